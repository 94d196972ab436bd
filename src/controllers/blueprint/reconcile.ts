// One pass over a Blueprint: the order of steps, nothing else.
import type { Blueprint } from "../../api/index.ts";
import type { Reconcile } from "../../runtime/index.ts";
import { carryOut } from "./act.ts";
import type { BlueprintDeps } from "./deps.ts";
import { observe } from "./observe.ts";
import { wakeAfter } from "./next.ts";
import { decide } from "./plan.ts";
import { statusOf } from "./status.ts";
import { tellTransitions } from "./transitions.ts";

/** Brings a Blueprint one step nearer to its spec. */
export const reconcileBlueprint: Reconcile<Blueprint, BlueprintDeps> = async (blueprint, ctx) => {
  const observed = await observe(blueprint, ctx);
  const now = ctx.clock.now();
  const next = decide(blueprint, observed, now);
  await carryOut(blueprint, next, ctx);
  const status = statusOf(blueprint, observed, next, now);
  tellTransitions(blueprint.status?.conditions, status.conditions, "Reconcile", ctx.events);
  return next.kind === "release" ? {} : { status, requeueAfter: wakeAfter(next) };
};

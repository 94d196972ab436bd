// One pass over a run: the order of steps, nothing else.
import type { BlueprintRun } from "../../api/index.ts";
import type { Reconcile } from "../../runtime/index.ts";
import { tellTransitions } from "../blueprint/transitions.ts";
import { carryOutRun, orphanLeftMs } from "./act.ts";
import type { RunDeps } from "./deps.ts";
import { observeRun } from "./observe.ts";
import { decideRun, type RunNext } from "./plan.ts";
import { runStatusOf } from "./status.ts";

/** Carries a run one step further. */
export const reconcileRun: Reconcile<BlueprintRun, RunDeps> = async (run, ctx) => {
  const observed = await observeRun(run, ctx);
  const next = decideRun(run, observed, ctx.clock.now());
  const done = await carryOutRun(run, observed, next, ctx);
  if (next.kind === "tidy") {
    const orphan = observed.blueprint === undefined;
    return orphan ? { requeueAfter: Math.max(1000, orphanLeftMs(run, ctx.clock.now())) } : {};
  }
  const status = runStatusOf(run, next, done, ctx.clock.now());
  tellTransitions(run.status?.conditions, status.conditions, run.spec.operation, ctx.events);
  return { status, requeueAfter: wakeAfter(next) };
};

/** Steps that follow from the record alone come at once; long work asks for a pass when it has ended. */
function wakeAfter(next: RunNext): number | undefined {
  switch (next.kind) {
    case "begin":
    case "judge":
    case "apply":
    case "finish":
      return 1;
    case "startWork":
      return 30_000;
    case "await":
    case "hold":
      return Math.max(1, next.wakeAfterMs);
    case "tidy":
      return undefined;
  }
}

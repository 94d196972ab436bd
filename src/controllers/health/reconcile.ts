// status.health of Blueprints: scored from what is known, written by a field manager of its own, only when it moved.
import type { Blueprint } from "../../api/index.ts";
import { apiVersion, blueprints } from "../../api/index.ts";
import type { Health, HealthStatus } from "../../inference/index.ts";
import { isKubeError } from "../../kube/index.ts";
import type { Predicate, Reconcile } from "../../runtime/index.ts";
import { sameValue } from "../../runtime/index.ts";

export interface HealthDeps {
  readonly health: Health;
}

/** A score that moves by less is not written: every write costs a watch event for everybody. */
const hysteresis = 5;
const fieldManager = "dharma-health";

/** Everything may move a score but the score itself. */
export const healthPredicate: Predicate<Blueprint> = (change) => {
  if (change.kind !== "modified") return change.kind === "added";
  const { health: _now, ...now } = change.new.status ?? {};
  const { health: _then, ...then } = change.old.status ?? {};
  return !sameValue(now, then);
};

/** Scores a Blueprint and writes what moved. */
export const reconcileHealth: Reconcile<Blueprint, HealthDeps> = async (blueprint, ctx) => {
  const { namespace = "", name, uid = "", generation = 1, deletionTimestamp } = blueprint.metadata;
  if (deletionTimestamp !== undefined || blueprint.status?.conditions === undefined) return {};
  const { observedGeneration, conditions } = blueprint.status;
  const subject = { kind: blueprints.kind, namespace, name, uid, generation, conditions };
  const scored = await ctx.health.score(
    { ...subject, ...(observedGeneration === undefined ? {} : { observedGeneration }) },
    { signal: ctx.signal },
  );
  if (!moved(blueprint.status.health, scored)) return {};
  const reasons = scored.reasons.slice(0, 16).map((reason) => ({ ...reason, message: reason.message.slice(0, 500) }));
  const status = { health: { ...scored, reasons } };
  const patch = { apiVersion, kind: blueprints.kind, metadata: { namespace, name }, status };
  try {
    await ctx.kube.apply(blueprints, patch, { fieldManager, subresource: "status", signal: ctx.signal });
  } catch (error) {
    if (!isKubeError(error, "notFound")) throw error;
  }
  return {};
};

function moved(before: NonNullable<Blueprint["status"]>["health"], now: HealthStatus): boolean {
  if (before?.class !== now.class) return true;
  return Math.abs((before.score ?? 0) - (now.score ?? 0)) > hysteresis;
}

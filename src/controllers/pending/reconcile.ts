// Kinds whose controller this version does not have: the object is kept as it is and says so.
import type { Condition, KubeObject } from "../../api/index.ts";
import type { Reconcile } from "../../runtime/index.ts";
import { settleConditions } from "../../runtime/index.ts";
import { standingAspects } from "../conditions.ts";

/** A kind with nothing but conditions in the part of its status that is written here. */
export interface PendingObject extends KubeObject {
  readonly status?: { readonly observedGeneration?: number; readonly conditions?: readonly Condition[] };
}

/** Ready False NotImplemented and Stalled, with the generation that was seen. */
export const reconcilePending: Reconcile<PendingObject> = async (object, ctx) => {
  const generation = object.metadata.generation ?? 1;
  const message = `this version of the operator has no controller for ${object.kind} yet: the object is kept as it is`;
  const aspects = standingAspects({ kind: "stalled", reason: "NotImplemented", message });
  const told = object.status?.observedGeneration === generation;
  if (!told) ctx.events.warning("NotImplemented", "Reconcile", message);
  const at = { generation, nowMs: ctx.clock.now() };
  return {
    status: { observedGeneration: generation, conditions: settleConditions(object.status?.conditions, aspects, at) },
  };
};

// Health as far as it can be told without signals and models.
import type { Clock } from "../kube/clock.ts";
import { scoreFromConditions } from "./from-conditions.ts";
import type { Health } from "./health.ts";

/** Conditions only; a later loop takes its place behind the same interface. */
export function conditionsHealth({ clock }: { readonly clock: Clock }): Health {
  return {
    score: async (subject, { signal }) => {
      signal.throwIfAborted();
      return scoreFromConditions(subject, clock.now());
    },
  };
}

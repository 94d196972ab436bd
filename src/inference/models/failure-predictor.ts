// FailurePredictor, variant `conditions`: how likely a resource is to fail within a day, from its own past.
import { failureFeatures, failureRow, type FailureInput } from "../features/failure-history.ts";
import { tabularFormula } from "../model/formula.ts";
import type { ModelSession, TabularScorer } from "../model/session.ts";
import { tabularScorer } from "../model/tabular.ts";

/** A failure is ten minutes or more without Ready, begun within the day or still going on. */
export function createFailurePredictor(session: ModelSession): TabularScorer<FailureInput> {
  return tabularScorer(session, failureFeatures, failureRow);
}

const week = 7 * 86_400_000;

/**
 * Failures as a Poisson process at the resource's own rate in the last week, or its whole life where that is shorter; one
 * failure in 100 days is assumed beforehand, with the weight of ten days.
 */
export function failureBaseline(): TabularScorer<FailureInput> {
  return tabularFormula({
    name: "FailurePredictor/rate",
    features: ["failures_week", "observed_days"],
    reference: Float32Array.of(0, 7),
    rowOf({ history, now }) {
      const recent = (time: number): boolean => time <= now && time > now - week;
      const outages = history.notReady.filter(({ from, to }) => from <= now && (to ?? now) > now - week).length;
      return Float32Array.of(
        outages + history.failedOperations.filter(recent).length,
        Math.min(7, history.ageSeconds / 86_400),
      );
    },
    probability: ([failures = 0, days = 0]) => 1 - Math.exp(-(failures + 0.1) / (days + 10)),
  });
}

// FailurePredictor: how likely a resource is to fail within a day, from its own past.
import { failureFeatures, failureRow, type FailureInput } from "../features/failure-history.ts";
import type { ModelSession, TabularScorer } from "../model/session.ts";
import { tabularScorer } from "../model/tabular.ts";

/** The variant `conditions`: a failure is a span of five minutes or more without Ready, begun or still going on. */
export function createFailurePredictor(session: ModelSession): TabularScorer<FailureInput> {
  return tabularScorer(session, failureFeatures, failureRow);
}

/**
 * Failures follow a Poisson process at the resource's own rate so far: one failure in 100 days is assumed beforehand, and
 * what happened in the last week, or its whole life where that is shorter, is added to it.
 */
export function failureBaseline(): TabularScorer<FailureInput> {
  const rowOf = ({ history, now }: FailureInput): Float32Array => {
    const since = now - 7 * 86_400_000;
    const recent = (time: number): boolean => time <= now && time > since;
    const outages = history.notReady.filter(({ from, to }) => from <= now && (to === undefined || to > since)).length;
    return Float32Array.of(
      outages + history.failedOperations.filter(recent).length,
      Math.min(7, history.ageSeconds / 86_400),
    );
  };
  const scoreRows = (rows: readonly Float32Array[]): Promise<readonly number[]> =>
    Promise.resolve(rows.map(([failures = 0, days = 0]) => 1 - Math.exp(-(failures + 0.1) / (days + 10))));
  return {
    model: { name: "FailurePredictor/lifetime-rate", version: "1.0.0" },
    features: ["failures_week", "observed_days"],
    reference: Float32Array.of(0, 7),
    rowOf,
    scoreRows: (rows, { signal }) => {
      signal.throwIfAborted();
      return scoreRows(rows);
    },
    score: async (batch, { signal }) => {
      signal.throwIfAborted();
      return (await scoreRows(batch.map(rowOf))).map((probability) => ({ probability }));
    },
  };
}

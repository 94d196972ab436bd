// What a choice among measured configurations costs more than the best one.
import type { PerformanceQuestion, RunTime } from "../../src/inference/models/performance-optimizer.ts";
import { median } from "../measurement.ts";
import type { JobConfiguration } from "./performance-jobs.ts";

export interface Predicted {
  readonly configuration: JobConfiguration;
  readonly model: RunTime;
  readonly baseline: RunTime;
}

/** Mean of some numbers; NaN of none. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/**
 * Share that is lost, of time where the fastest is wanted and of money otherwise. A choice that misses the deadline, or
 * none where there was one, counts as a whole (1): it is worth nothing.
 */
export function regretOf(
  rows: readonly Predicted[],
  which: "model" | "baseline",
  goal: PerformanceQuestion["goal"],
  choose: (question: PerformanceQuestion, predictions: readonly RunTime[]) => number | undefined,
): number {
  const deadline = goal.kind === "cheapest" ? (goal.deadlineSeconds ?? Infinity) : Infinity;
  const worth = rows.map(({ configuration: { candidate, times } }) => {
    const seconds = median(times);
    if (seconds > deadline) return Infinity;
    return goal.kind === "fastest" ? seconds : seconds * (candidate.pricePerHour ?? Number.NaN);
  });
  const question = { candidates: rows.map(({ configuration }) => configuration.candidate), goal };
  const chosen = choose(
    question,
    rows.map((row) => row[which]),
  );
  const taken = chosen === undefined ? Infinity : (worth[chosen] ?? Infinity);
  return Number.isFinite(taken) ? taken / Math.min(...worth) - 1 : 1;
}

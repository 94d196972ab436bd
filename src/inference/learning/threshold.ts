// From where on an anomaly of a target costs points: learnt from answers, within bounds, and forgotten again.
import { type AlarmStatistics, decayed, noStatistics, together } from "./statistics.ts";

/** Where nothing was learnt. */
export const defaultThreshold = 0.5;
/** How far answers can move it, either way: nobody can silence a target, nor make it cry at everything. */
export const span = 0.3;
/** Answers that the default weighs: one answer moves the threshold by a fifth of the span. */
const inertia = 4;
/** What others learnt counts for at most so many answers of one's own. */
const borrowedMost = 4;

/**
 * threshold = 0.5 + 0.3 (wrong - right) / (wrong + right + 4), with counts decayed to `now` by a half-life of 30 days, and
 * what other namespaces share scaled down to 4 answers at most. A false alarm never lowers it, a true one never raises it;
 * without new answers it goes back to 0.5.
 */
export function thresholdOf(own: AlarmStatistics, now: number, others: readonly AlarmStatistics[] = []): number {
  const mine = decayed(own, now);
  const theirs = borrowed(others, now);
  const wrong = mine.wrong + theirs.wrong;
  const right = mine.right + theirs.right;
  return defaultThreshold + (span * (wrong - right)) / (wrong + right + inertia);
}

function borrowed(others: readonly AlarmStatistics[], now: number): AlarmStatistics {
  if (others.length === 0) return noStatistics;
  const { wrong, right, time } = together(others, now);
  const scale = Math.min(1, borrowedMost / Math.max(borrowedMost, wrong + right));
  return { wrong: wrong * scale, right: right * scale, time };
}

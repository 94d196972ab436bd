// Mean scaled interval score.
import { seasonalScale } from "./mase.ts";

/**
 * Width of the interval plus 2 / alpha times what lies outside, over the seasonal scale of the history (M4; Gneiting & Raftery
 * 2007). alpha = .05 for an interval of 95 %. Steps whose outcome is not known are left out.
 */
export function msis(
  low: ArrayLike<number>,
  high: ArrayLike<number>,
  actual: ArrayLike<number>,
  history: ArrayLike<number>,
  period: number,
  alpha = 0.05,
): number {
  let sum = 0;
  let known = 0;
  for (let at = 0; at < actual.length; at++) {
    const value = actual[at] ?? Number.NaN;
    if (Number.isNaN(value)) continue;
    const below = low[at] ?? Number.NaN;
    const above = high[at] ?? Number.NaN;
    sum += above - below + (2 / alpha) * (Math.max(0, below - value) + Math.max(0, value - above));
    known += 1;
  }
  return sum / known / seasonalScale(history, period);
}

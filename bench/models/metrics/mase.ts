// Mean absolute scaled error.

/** Mean absolute change over one period within the history: the unit of MASE and MSIS. Unknown (NaN) pairs are left out. */
export function seasonalScale(history: ArrayLike<number>, period: number): number {
  let sum = 0;
  let pairs = 0;
  for (let at = period; at < history.length; at++) {
    const change = Math.abs((history[at] ?? Number.NaN) - (history[at - period] ?? Number.NaN));
    if (Number.isNaN(change)) continue;
    sum += change;
    pairs += 1;
  }
  return sum / pairs;
}

/**
 * Mean absolute error over the seasonal scale of the history (Hyndman & Koehler 2006). Steps whose outcome is not known are
 * left out; infinite or NaN for a history that never changes.
 */
export function mase(
  forecast: ArrayLike<number>,
  actual: ArrayLike<number>,
  history: ArrayLike<number>,
  period: number,
): number {
  let sum = 0;
  let known = 0;
  for (let at = 0; at < actual.length; at++) {
    const error = Math.abs((forecast[at] ?? Number.NaN) - (actual[at] ?? Number.NaN));
    if (Number.isNaN(actual[at])) continue;
    sum += error;
    known += 1;
  }
  return sum / known / seasonalScale(history, period);
}

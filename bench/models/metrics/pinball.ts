// Pinball loss and coverage of quantile forecasts.

/** Mean pinball loss of one quantile path, in the unit of the series. Steps whose outcome is not known are left out. */
export function pinball(path: ArrayLike<number>, actual: ArrayLike<number>, level: number): number {
  let sum = 0;
  let known = 0;
  for (let at = 0; at < actual.length; at++) {
    const error = (actual[at] ?? Number.NaN) - (path[at] ?? Number.NaN);
    if (Number.isNaN(actual[at])) continue;
    sum += Math.max(level * error, (level - 1) * error);
    known += 1;
  }
  return sum / known;
}

/** How many known outcomes lie within [low, high], and how many there are. */
export function covered(
  low: ArrayLike<number>,
  high: ArrayLike<number>,
  actual: ArrayLike<number>,
): { readonly within: number; readonly known: number } {
  let within = 0;
  let known = 0;
  for (let at = 0; at < actual.length; at++) {
    const value = actual[at] ?? Number.NaN;
    if (Number.isNaN(value)) continue;
    known += 1;
    if (value >= (low[at] ?? Number.NaN) && value <= (high[at] ?? Number.NaN)) within += 1;
  }
  return { within, known };
}

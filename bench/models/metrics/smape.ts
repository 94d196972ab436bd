// Symmetric mean absolute percentage error.

/**
 * Mean of 200 |f - a| / (|f| + |a|), in percent, 0 to 200 (as the M4 and NN5 competitions define it); both zero count 0.
 * Steps whose outcome is not known (NaN) are left out; NaN where none is known.
 */
export function smape(forecast: ArrayLike<number>, actual: ArrayLike<number>): number {
  let sum = 0;
  let known = 0;
  for (let at = 0; at < actual.length; at++) {
    const value = actual[at] ?? Number.NaN;
    if (Number.isNaN(value)) continue;
    const expected = forecast[at] ?? Number.NaN;
    const size = Math.abs(expected) + Math.abs(value);
    sum += size === 0 ? 0 : (200 * Math.abs(expected - value)) / size;
    known += 1;
  }
  return sum / known;
}

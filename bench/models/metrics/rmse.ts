// Root mean squared error.

/** In the unit of the values; NaN of none. */
export function rmse(predicted: readonly number[], actual: readonly number[]): number {
  const squares = predicted.reduce((sum, value, index) => sum + (value - (actual[index] ?? Number.NaN)) ** 2, 0);
  return Math.sqrt(squares / predicted.length);
}

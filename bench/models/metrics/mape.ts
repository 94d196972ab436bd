// Mean absolute percentage error.

/** Mean of |predicted - actual| / |actual| as a share. Where an actual is 0 the result is not finite. */
export function mape(predicted: ArrayLike<number>, actual: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < actual.length; index++) {
    const truth = actual[index] ?? Number.NaN;
    sum += Math.abs((predicted[index] ?? Number.NaN) - truth) / Math.abs(truth);
  }
  return sum / actual.length;
}

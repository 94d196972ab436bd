// Expected calibration error of probabilities.

/**
 * Mean distance of predicted probability and observed share over `bins` bins of equal width, weighted by the number of
 * cases in each (Guo et al. 2017, "On Calibration of Modern Neural Networks", for two classes).
 */
export function ece(probabilities: ArrayLike<number>, positive: ArrayLike<boolean>, bins = 10): number {
  const gap = new Float64Array(bins);
  for (let index = 0; index < probabilities.length; index++) {
    const probability = probabilities[index] ?? Number.NaN;
    const bin = Math.min(bins - 1, Math.floor(probability * bins));
    gap[bin] = (gap[bin] ?? 0) + probability - (positive[index] === true ? 1 : 0);
  }
  return gap.reduce((sum, value) => sum + Math.abs(value), 0) / probabilities.length;
}

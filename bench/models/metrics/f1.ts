/** Harmonic mean of precision and recall by row, never point-adjusted. NaN where nothing is positive and nothing was found. */
export function f1(found: readonly boolean[], positive: readonly boolean[]): number {
  const hits = found.filter((each, index) => each && positive[index] === true).length;
  return (2 * hits) / (found.filter(Boolean).length + positive.filter(Boolean).length);
}

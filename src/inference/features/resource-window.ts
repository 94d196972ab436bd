// Half a day of a resource's use, and its percentiles.

/** A sample every 5 minutes for 12 hours. */
export const windowSamples = 144;

/** The p-th percentile (0 to 100), between samples in proportion. NaN of none. */
export function percentile(values: ArrayLike<number>, p: number): number {
  const ordered = Float64Array.from(values).toSorted();
  const at = (p / 100) * (ordered.length - 1);
  const low = ordered[Math.floor(at)] ?? Number.NaN;
  const high = ordered[Math.ceil(at)] ?? Number.NaN;
  return low + (high - low) * (at - Math.floor(at));
}

// How fast something rises.

const hourMs = 3_600_000;

/** A slope of fewer points says nothing. */
const fewest = 10;

/** Least squares slope in units an hour; undefined for fewer than ten points or no time between them. */
export function slopePerHour(points: readonly { readonly time: number; readonly value: number }[]): number | undefined {
  if (points.length < fewest) return undefined;
  const meanTime = points.reduce((sum, { time }) => sum + time, 0) / points.length;
  const meanValue = points.reduce((sum, { value }) => sum + value, 0) / points.length;
  let across = 0;
  let spread = 0;
  for (const { time, value } of points) {
    across += (time - meanTime) * (value - meanValue);
    spread += (time - meanTime) ** 2;
  }
  return spread === 0 ? undefined : (across / spread) * hourMs;
}

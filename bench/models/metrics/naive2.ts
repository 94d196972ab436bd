// Naive2, the yardstick of the M4 competition: the last value, seasonally adjusted where the series has a season.

/**
 * `horizon` steps. A season counts where the autocorrelation at `period` is beyond its 90 % bound (the bound grows with the
 * autocorrelations before it); it is then taken out by classical multiplicative decomposition and put back.
 */
export function naive2(history: readonly number[], period: number, horizon: number): readonly number[] {
  const last = history.at(-1) ?? Number.NaN;
  const indices = period > 1 && isSeasonal(history, period) ? seasonalIndices(history, period) : undefined;
  if (indices === undefined) return Array.from({ length: horizon }, () => last);
  const end = history.length;
  const adjusted = last / (indices[(end - 1) % period] ?? 1);
  return Array.from({ length: horizon }, (_, step) => adjusted * (indices[(end + step) % period] ?? 1));
}

function isSeasonal(history: readonly number[], period: number): boolean {
  if (history.length < 3 * period) return false;
  const mean = history.reduce((sum, value) => sum + value, 0) / history.length;
  const centred = history.map((value) => value - mean);
  const variance = centred.reduce((sum, value) => sum + value * value, 0);
  if (variance === 0) return false;
  const correlation = (lag: number): number =>
    centred.slice(lag).reduce((sum, value, at) => sum + value * (centred[at] ?? 0), 0) / variance;
  let squares = 0;
  for (let lag = 1; lag < period; lag++) squares += correlation(lag) ** 2;
  // 1.645: the two-sided 90 % bound of a normal variable.
  const bound = 1.645 * Math.sqrt((1 + 2 * squares) / history.length);
  return Math.abs(correlation(period)) > bound;
}

/** Mean ratio of the series to its centred moving average, by phase of the whole series; they sum to `period`. */
function seasonalIndices(history: readonly number[], period: number): readonly number[] | undefined {
  const sums = Array.from({ length: period }, () => ({ ratio: 0, count: 0 }));
  const half = Math.floor(period / 2);
  for (let at = half; at + half < history.length; at++) {
    let total = 0;
    for (let offset = -half; offset <= half; offset++) {
      // An even period has no middle: the two ends count half each.
      const weight = period % 2 === 0 && Math.abs(offset) === half ? 0.5 : 1;
      total += weight * (history[at + offset] ?? 0);
    }
    const cell = sums[at % period];
    if (cell === undefined || total === 0) continue;
    cell.ratio += ((history[at] ?? 0) * period) / total;
    cell.count += 1;
  }
  const indices = sums.map(({ ratio, count }) => ratio / count);
  const total = indices.reduce((sum, value) => sum + value, 0);
  const usable = indices.every((value) => Number.isFinite(value) && value !== 0);
  return usable ? indices.map((value) => (value * period) / total) : undefined;
}

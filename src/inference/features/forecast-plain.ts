// Forecasts that need no model: medians by phase, or the last period again, with a band from their own past errors.

/** The values expected at one level of probability, a step ahead each. */
export interface QuantilePath {
  /** The share of outcomes that stay at or below the path, above 0 and below 1. */
  readonly level: number;
  /** In the unit of the history. */
  readonly values: readonly number[];
}

export interface PlainForecast {
  readonly period: number;
  readonly horizon: number;
  /** The median over so many last values of the phase; 1: seasonal naive. */
  readonly cycles: number;
  readonly levels: readonly number[];
}

/**
 * For each step the median of the last `cycles` known values of its phase (of all known values where the phase has none),
 * and around it the empirical quantiles of what the same rule missed by in the past. A known history of any length gives a
 * forecast; undefined where nothing is known.
 */
export function plainForecast(
  history: readonly number[],
  { period, horizon, cycles, levels }: PlainForecast,
): readonly QuantilePath[] | undefined {
  const all = history.filter(Number.isFinite);
  if (all.length === 0) return undefined;
  const expected = Array.from(
    { length: horizon },
    (_, step) => phaseMedian(history, history.length, step % period, period, cycles) ?? medianOf(all),
  );
  const errors = pastErrors(history, period, cycles).toSorted((a, b) => a - b);
  return levels.map((level) => {
    const offset = level === 0.5 || errors.length === 0 ? 0 : sortedQuantile(errors, level);
    return { level, values: expected.map((value) => value + offset) };
  });
}

/** Median of the last `cycles` known values of phase `phase` before `end`, phase 0 being that of `end` itself. */
function phaseMedian(
  history: readonly number[],
  end: number,
  phase: number,
  period: number,
  cycles: number,
): number | undefined {
  const known: number[] = [];
  for (let at = end + phase - period; at >= 0 && known.length < cycles; at -= period) {
    const value = history[at] ?? Number.NaN;
    if (Number.isFinite(value)) known.push(value);
  }
  return known.length === 0 ? undefined : medianOf(known);
}

/** What the rule would have missed by at the last places, each judged by what came before it only. */
function pastErrors(history: readonly number[], period: number, cycles: number): readonly number[] {
  const errors: number[] = [];
  const first = Math.max(period, history.length - Math.max(8, cycles) * Math.max(period, 8));
  for (let at = first; at < history.length; at++) {
    const value = history[at] ?? Number.NaN;
    const expected = Number.isFinite(value) ? phaseMedian(history, at, 0, period, cycles) : undefined;
    if (expected !== undefined) errors.push(value - expected);
  }
  return errors;
}

/** Of sorted values, between the two nearest. */
export function sortedQuantile(sorted: readonly number[], level: number): number {
  const place = level * (sorted.length - 1);
  const below = sorted[Math.floor(place)] ?? Number.NaN;
  const above = sorted[Math.ceil(place)] ?? Number.NaN;
  return below + (above - below) * (place - Math.floor(place));
}

function medianOf(values: readonly number[]): number {
  return sortedQuantile(
    values.toSorted((a, b) => a - b),
    0.5,
  );
}

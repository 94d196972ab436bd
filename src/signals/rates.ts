// Counters to rates: what grew between two readings of the same series, and nothing where that can't be known.
import { inTurns } from "../runtime/index.ts";
import type { Sample, SignalSource } from "./sample.ts";

/** The newest reading of a counter. */
export interface CounterPoint {
  readonly value: number;
  /** Milliseconds since the epoch. */
  readonly time: number;
}

/** The newest reading of each counter by series. */
export type CounterState = ReadonlyMap<string, CounterPoint>;

export interface Rates {
  /** Gauges `METRIC_per_second` (without `_total`), at the time of the newer of the two readings. */
  readonly samples: readonly Sample[];
  readonly state: CounterState;
}

/** No rate is told over a longer time between two readings, in milliseconds: what happened in it is not known. */
const MAX_GAP_MS = 300_000;

/**
 * Growth a second of every counter in `samples` since `previous`. Pure.
 * - A series seen for the first time has no rate yet; one that is not in `samples` has none now.
 * - A value below the one before is a reset: it grew from zero, at least by what it shows (as Prometheus' rate() takes it).
 * - Readings that are not newer than the one before are dropped, and so are negative and infinite ones.
 * - What was not read for longer than the gap is forgotten.
 */
export function rates(previous: CounterState, samples: readonly Sample[], maxGapMs: number = MAX_GAP_MS): Rates {
  const state = new Map(previous);
  const { found, newest } = advance(state, samples, maxGapMs);
  forget(state, newest - maxGapMs);
  return { samples: found, state };
}

/** Moves `state` on in place. */
function advance(
  state: Map<string, CounterPoint>,
  samples: readonly Sample[],
  maxGapMs: number,
): { readonly found: readonly Sample[]; readonly newest: number } {
  const found: Sample[] = [];
  let newest = -Infinity;
  for (const sample of samples) {
    const { series, value, time } = sample;
    if (!isCounter(sample) || !Number.isFinite(value) || value < 0) continue;
    const before = state.get(series);
    if (before !== undefined && time <= before.time) continue;
    state.set(series, { value, time });
    newest = Math.max(newest, time);
    if (before === undefined || time - before.time > maxGapMs) continue;
    const grown = value < before.value ? value : value - before.value;
    found.push(rateOf(sample, (grown / (time - before.time)) * 1000));
  }
  return { found, newest };
}

function forget(state: Map<string, CounterPoint>, since: number): void {
  for (const [series, { time }] of state) if (time < since) state.delete(series);
}

/** Whether growth is what the series tells. The sum of a histogram is left out: it falls where observations are negative. */
export function isCounter({ type, metric }: Pick<Sample, "type" | "metric">): boolean {
  if (type === "counter") return true;
  if (type === "histogram" || type === "summary") return /_(?:bucket|count)$/.test(metric);
  return (type === undefined || type === "unknown") && metric.endsWith("_total");
}

function rateOf({ metric, series, labels, time }: Sample, value: number): Sample {
  const name = `${metric.replace(/_total$/, "")}_per_second`;
  return { series: name + series.slice(metric.length), metric: name, labels, value, time, type: "gauge" };
}

/**
 * The source with every counter as its rate, which is a number to compare with others; everything else as it is. One reading at a time: it
 * remembers the one before.
 */
export function withRates(source: SignalSource, options: { readonly maxGapMs?: number } = {}): SignalSource {
  const { maxGapMs = MAX_GAP_MS } = options;
  const state = new Map<string, CounterPoint>();
  return {
    name: source.name,
    read: async (now, { signal }) => {
      const reading = await source.read(now, { signal });
      const samples: Sample[] = [];
      let newest = -Infinity;
      await inTurns(reading.samples, (part) => {
        const moved = advance(state, part, maxGapMs);
        for (const sample of part) if (!isCounter(sample)) samples.push(sample);
        for (const rate of moved.found) samples.push(rate);
        newest = Math.max(newest, moved.newest);
      });
      forget(state, newest - maxGapMs);
      return { samples, problems: reading.problems };
    },
  };
}

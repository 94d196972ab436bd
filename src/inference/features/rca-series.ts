// How far one series has moved from its normal window. models/training/rca_features.py computes the same for training.
import type { NodeMetric } from "./rca-input.ts";

export interface SeriesSummary {
  /** Mean of the worst 40 % of the anomalous samples, in robust deviations; of traffic, the signed median. */
  readonly z: number;
  /** Share of the normal samples below that, 0 to 1. */
  readonly rarity: number;
  /** The same mean of (sample - usual) x traffic: what the fault costs the callers, in the metric's unit. */
  readonly excess: number;
  /** Share of the anomalous window before the first sample above 3 deviations; 1 where there is none. */
  readonly onset: number;
}

/** Shares of the samples that speak for a window: a fault rarely fills it, and one sample is no evidence. */
const worst = 0.4;
const onsetAt = 3;
const limit = 1e6;
/** Consistency constants of the normal distribution. */
const madScale = 1.4826;
const iqrScale = 1.349;

/** Undefined where there are fewer than four normal samples or no anomalous one. */
export function summaryOf(metric: NodeMetric, traffic: NodeMetric | undefined): SeriesSummary | undefined {
  const normal = Float64Array.from(metric.normal.filter(Number.isFinite)).toSorted();
  const kept = [...metric.anomalous.keys()].filter((index) => Number.isFinite(metric.anomalous[index]));
  if (normal.length < 4 || kept.length === 0) return undefined;
  const centre = quantile(normal, 0.5);
  const sign = metric.kind === "availability" ? -1 : 1;
  const moved = Float64Array.from(kept, (index) => sign * ((metric.anomalous[index] ?? Number.NaN) - centre));
  const spread = spreadOf(normal, centre) || Math.max(largest(moved.map(Math.abs)) / 10, 1e-12);
  const z = moved.map((value) => Math.min(Math.max(value / spread, -limit), limit));
  if (metric.kind === "traffic") return { z: quantile(z.toSorted(), 0.5), rarity: 0, excess: 0, onset: 1 };
  const strength = worstMean(z);
  const reached = normal.filter((value) => (sign * (value - centre)) / spread >= strength).length;
  const weights = weightsOf(kept, metric, traffic);
  const first = z.findIndex((value) => value > onsetAt);
  return {
    z: strength,
    rarity: 1 - (1 + reached) / (normal.length + 1),
    excess: worstMean(moved.map((value, index) => value * (weights[index] ?? 1))),
    onset: first < 0 ? 1 : first / z.length,
  };
}

/** Requests at the samples; the usual number where traffic was not measured alike. 1 without traffic. */
function weightsOf(kept: readonly number[], metric: NodeMetric, traffic: NodeMetric | undefined): readonly number[] {
  if (traffic === undefined) return kept.map(() => 1);
  const before = Float64Array.from(traffic.normal.filter(Number.isFinite)).toSorted();
  const usual = before.length === 0 ? 0 : quantile(before, 0.5);
  if (traffic.anomalous.length !== metric.anomalous.length) return kept.map(() => usual);
  return kept.map((index) => {
    const calls = traffic.anomalous[index] ?? Number.NaN;
    return Number.isFinite(calls) ? calls : usual;
  });
}

/** Robust where it can be; a part of the deviation keeps a series that is nearly always the same from shouting. */
function spreadOf(normal: Float64Array, centre: number): number {
  const mad = madScale * quantile(normal.map((value) => Math.abs(value - centre)).toSorted(), 0.5);
  const iqr = (quantile(normal, 0.75) - quantile(normal, 0.25)) / iqrScale;
  const mean = normal.reduce((sum, value) => sum + value, 0) / normal.length;
  const variance = normal.reduce((sum, value) => sum + (value - mean) ** 2, 0) / normal.length;
  return Math.max(mad, iqr, 0.25 * Math.sqrt(variance), 1e-3 * Math.abs(centre));
}

function worstMean(values: Float64Array): number {
  const ordered = values.toSorted().toReversed();
  const count = Math.max(1, Math.ceil(worst * ordered.length));
  return ordered.subarray(0, count).reduce((sum, value) => sum + value, 0) / count;
}

/** Of ascending values, linear between the two nearest ranks. */
export function quantile(ordered: Float64Array, share: number): number {
  const at = share * (ordered.length - 1);
  const low = ordered[Math.floor(at)] ?? Number.NaN;
  const high = ordered[Math.min(Math.floor(at) + 1, ordered.length - 1)] ?? Number.NaN;
  return low + (at - Math.floor(at)) * (high - low);
}

const largest = (values: Float64Array): number => values.reduce((most, value) => Math.max(most, value), 0);

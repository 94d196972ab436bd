// The simplest detector that works: distance from the median of the last hour's samples, in median absolute deviations.
import type { Scorer } from "../model/session.ts";
import type { AnomalyInput, AnomalyResult } from "./anomaly-detector.ts";

/** Samples remembered. */
const memory = 60;
/** Samples before anything is called unusual. */
const warmUp = 10;
/** MAD times this is the standard deviation of a normal distribution. */
const perMad = 1.4826;
/** The spread is never below this part of the level: a constant series must not alarm at its first rounding error. */
const floor = 0.01;

/** Rolling robust z as a score: .5 at 4 deviations. Its state is the remembered values, oldest first. */
export function anomalyBaseline(): Scorer<AnomalyInput, AnomalyResult> {
  return {
    model: { name: "rolling-robust-z", version: "1.0.0" },
    score: (batch) => Promise.resolve(batch.map(scoreOne)),
  };
}

function scoreOne({ value, state = new Float32Array() }: AnomalyInput): AnomalyResult {
  if (state.length === 0 && !Number.isFinite(value)) return { score: 0, state, expected: 0, spread: 0 };
  const expected = state.length === 0 ? value : medianOf(state);
  const mad = state.length === 0 ? 0 : medianOf(state.map((each) => Math.abs(each - expected)));
  const spread = Math.max(perMad * mad, floor * Math.abs(expected));
  if (!Number.isFinite(value)) return { score: 0, state, expected, spread };
  const away = Math.abs(value - expected);
  const z = spread === 0 ? (away === 0 ? 0 : 100) : away / spread;
  return {
    score: state.length < warmUp ? 0 : (z * z) / (z * z + 16),
    state: Float32Array.of(...state.slice(-(memory - 1)), value),
    expected,
    spread,
  };
}

function medianOf(values: Float32Array): number {
  const sorted = values.toSorted();
  const middle = sorted.length >> 1;
  return ((sorted[middle] ?? 0) + (sorted[(sorted.length - 1) >> 1] ?? 0)) / 2;
}

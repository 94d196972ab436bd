// The part of a cycle that scores one row of features a subject.
import { setImmediate } from "node:timers/promises";
import type { RunOptions, TabularScorer } from "../model/session.ts";
import type { DriftInput } from "../features/drift-history.ts";
import type { FailureInput } from "../features/failure-history.ts";
import { slopePerHour } from "../features/slope.ts";
import type { ScoredRow, Standing } from "./standing.ts";
import { anomalyNow } from "./standing.ts";
import type { LoopSubject } from "./subject.ts";

const chunk = 2_048;

/** What the failure model is asked about a subject. */
export function failureInput({ past }: LoopSubject, standing: Standing, now: number): FailureInput {
  const anomaly = anomalyNow(standing);
  const fullest = fullestOf(standing);
  return {
    now,
    history: {
      ...past,
      ...(anomaly === undefined ? {} : { anomalyNow: anomaly }),
      ...(standing.anomalyHour === undefined ? {} : { anomalyHour: standing.anomalyHour.mean }),
      ...fullest,
    },
  };
}

/** What the drift model is asked; undefined where drift was never looked for: no data. */
export function driftInput({ drift }: LoopSubject, now: number): DriftInput | undefined {
  return drift?.firstCheckTime === undefined ? undefined : { facts: drift, now };
}

/** How things are asked about: `inputOf` gives undefined where there is no data; `keep` is told of each in order. */
export interface Question<T, I> {
  readonly inputOf: (thing: T) => I | undefined;
  readonly keep: (thing: T, scored: ScoredRow | undefined) => void;
}

/** Scores what there is an input for, in chunks, with a turn for everybody else between them. No more than a chunk of inputs is there at once. */
export async function scoreInputs<T, I>(
  scorer: TabularScorer<I>,
  things: readonly T[],
  { inputOf, keep }: Question<T, I>,
  options: RunOptions,
): Promise<void> {
  const { model, features } = scorer;
  for (let start = 0; start < things.length; start += chunk) {
    const part = things.slice(start, start + chunk);
    const rows = rowsOf(scorer, part.map(inputOf));
    // oxlint-disable-next-line no-await-in-loop -- one batch after the other, with room for others between
    const probabilities = await scorer.scoreRows(
      rows.filter((row) => row !== undefined),
      options,
    );
    let at = 0;
    for (const [index, thing] of part.entries()) {
      const row = rows[index];
      if (row === undefined) keep(thing, undefined);
      else keep(thing, { features, row, probability: probabilities[at++] ?? 0, model });
    }
    // oxlint-disable-next-line no-await-in-loop -- likewise
    await setImmediate();
  }
}

/** A row for each input. They share one buffer: a collector is slow at hundreds of thousands of small ones. */
function rowsOf<I>(
  scorer: TabularScorer<I>,
  inputs: readonly (I | undefined)[],
): readonly (Float32Array | undefined)[] {
  const width = scorer.features.length;
  const shared = new Float32Array(inputs.length * width);
  return inputs.map((input, index) => {
    if (input === undefined) return undefined;
    const row = shared.subarray(index * width, (index + 1) * width);
    row.set(scorer.rowOf(input));
    return row;
  });
}

/** The highest utilisation (0 to 1) among the subject's series, and how fast that one rises. */
function fullestOf({ tracks }: Standing): { saturation?: number; saturationPerHour?: number } {
  let fullest: { saturation: number; saturationPerHour?: number } | undefined;
  for (const { metric, meaning, steps, value, recent } of tracks.values()) {
    if (meaning.kind !== "saturation" || steps === 0 || !/_(ratio|percent)$/.test(metric)) continue;
    const saturation = metric.endsWith("_percent") ? value / 100 : value;
    if (fullest !== undefined && fullest.saturation >= saturation) continue;
    const slope = slopePerHour(recent);
    const scale = metric.endsWith("_percent") ? 100 : 1;
    fullest = { saturation, ...(slope === undefined ? {} : { saturationPerHour: slope / scale }) };
  }
  return fullest ?? {};
}

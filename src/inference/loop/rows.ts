// The part of a cycle that scores one row of features a subject.
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

/** Scores what there is an input for, in chunks, pausing between them. */
export async function scoreInputs<I>(
  scorer: TabularScorer<I>,
  inputs: readonly (I | undefined)[],
  pause: () => Promise<void>,
  options: RunOptions,
): Promise<readonly (ScoredRow | undefined)[]> {
  const results: (ScoredRow | undefined)[] = [];
  const { model, features } = scorer;
  for (let start = 0; start < inputs.length; start += chunk) {
    const rows = inputs
      .slice(start, start + chunk)
      .map((input) => (input === undefined ? undefined : scorer.rowOf(input)));
    // oxlint-disable-next-line no-await-in-loop -- one batch after the other, with room for others between
    const probabilities = await scorer.scoreRows(
      rows.filter((row) => row !== undefined),
      options,
    );
    let at = 0;
    for (const row of rows) {
      if (row === undefined) results.push(undefined);
      else results.push({ features, row, probability: probabilities[at++] ?? 0, model });
    }
    // oxlint-disable-next-line no-await-in-loop -- likewise
    await pause();
  }
  return results;
}

/** The highest utilisation (0 to 1) among the subject's series, and how fast that one rises. */
function fullestOf({ tracks }: Standing): { saturation?: number; saturationPerHour?: number } {
  let fullest: { saturation: number; saturationPerHour?: number } | undefined;
  for (const { metric, meaning, step, recent } of tracks.values()) {
    if (meaning.kind !== "saturation" || step === undefined || !/_(ratio|percent)$/.test(metric)) continue;
    const saturation = metric.endsWith("_percent") ? step.value / 100 : step.value;
    if (fullest !== undefined && fullest.saturation >= saturation) continue;
    const slope = slopePerHour(recent);
    const scale = metric.endsWith("_percent") ? 100 : 1;
    fullest = { saturation, ...(slope === undefined ? {} : { saturationPerHour: slope / scale }) };
  }
  return fullest ?? {};
}

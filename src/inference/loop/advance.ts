// The part of a cycle that moves series on: samples to their subjects, through the detector in batches, and back.
import { setImmediate } from "node:timers/promises";
import { inTurns } from "../../runtime/index.ts";
import type { AnomalyInput, AnomalyResult } from "../models/anomaly-detector.ts";
import type { RunOptions, Scorer } from "../model/session.ts";
import type { Sample } from "../../signals/index.ts";
import { burnAfter } from "./burn.ts";
import type { LoopSettings } from "./settings.ts";
import { anomalyNow, type Standing } from "./standing.ts";
import { newTrack, take, type Track } from "./track.ts";

/** Samples of one cycle by the uid of the subject they are about. */
export type SamplesOf = ReadonlyMap<string, readonly Sample[]>;

export interface Advanced {
  /** Samples that were not scored because their subject has too many series. */
  readonly leftOut: number;
  /** Series scored. */
  readonly series: number;
}

interface Due {
  readonly sample: Sample;
  readonly track: Track;
}

/** How many series are handed to the detector at once, between turns for everybody else. */
const chunk = 2_048;

/**
 * Moves every standing on by this cycle's samples, in place. Series that fell silent are dropped, and with them what they said. Where it
 * rejects, what was scored before stays scored: a sample is taken once.
 */
export async function advance(
  standings: ReadonlyMap<string, Standing>,
  samples: SamplesOf,
  {
    now,
    detector,
    settings,
  }: {
    readonly now: number;
    readonly detector: Scorer<AnomalyInput, AnomalyResult>;
    readonly settings: LoopSettings;
  },
  options: RunOptions,
): Promise<Advanced> {
  const { model } = detector;
  const due: Due[] = [];
  let leftOut = 0;
  await inTurns(standings, (part) => {
    for (const [uid, standing] of part) {
      dropSilent(standing, now - settings.staleMs);
      const own = samples.get(uid) ?? [];
      if (!isOf(standing, model)) forgetMemory(standing, own);
      leftOut += gather(due, standing, own, settings.seriesPerSubject);
    }
  });
  for (let start = 0; start < due.length; start += chunk) {
    const part = due.slice(start, start + chunk);
    const inputs = part.map(({ sample: { value, time }, track: { state } }) => ({ value, time, state }));
    // oxlint-disable-next-line no-await-in-loop -- one batch after the other, with room for others between
    const results = await detector.score(inputs, options);
    for (const [index, { sample, track }] of part.entries()) {
      const result = results[index];
      if (result !== undefined) take(track, sample, result);
    }
    // oxlint-disable-next-line no-await-in-loop -- likewise
    await setImmediate();
  }
  await inTurns(standings.values(), (part) => {
    for (const standing of part) {
      standing.anomalyModel = standing.tracks.size > 0 ? model : undefined;
      moveMeans(standing, now);
    }
  });
  return { leftOut, series: due.length };
}

/** Adds what is to be scored of a subject's samples, with tracks for new series; gives how many are beyond its bound. */
function gather(due: Due[], { tracks }: Standing, samples: readonly Sample[], most: number): number {
  let leftOut = 0;
  for (const sample of samples) {
    const known = tracks.get(sample.series);
    if (known === undefined && tracks.size >= most) leftOut += 1;
    else if (known !== undefined && sample.time <= known.seen) continue;
    else {
      const track = known ?? newTrack(sample);
      if (known === undefined) tracks.set(sample.series, track);
      due.push({ sample, track });
    }
  }
  return leftOut;
}

function dropSilent({ tracks }: Standing, since: number): void {
  for (const [series, { steps, seen }] of tracks) if (steps === 0 || seen < since) tracks.delete(series);
}

const isOf = ({ anomalyModel }: Standing, model: { name: string; version: string }): boolean =>
  anomalyModel?.name === model.name && anomalyModel.version === model.version;

/** Another model begins with no memory. Series without a sample for it are dropped: what the one before said is none of its. */
function forgetMemory({ tracks }: Standing, samples: readonly Sample[]): void {
  const present = new Set(samples.map(({ series }) => series));
  for (const [key, track] of tracks) {
    if (present.has(key)) track.state = undefined;
    else tracks.delete(key);
  }
}

const hourMs = 3_600_000;

function moveMeans(standing: Standing, now: number): void {
  const worst = anomalyNow(standing);
  const { anomalyHour: before } = standing;
  const kept = before === undefined ? 0 : Math.exp((before.time - now) / hourMs);
  standing.anomalyHour =
    worst === undefined ? undefined : { mean: (before?.mean ?? 0) * kept + worst * (1 - kept), time: now };
  const ratio = errorRatio(standing);
  standing.burn = ratio === undefined ? undefined : burnAfter(standing.burn, ratio, now);
}

/** The highest share of failed requests among the subject's series. */
function errorRatio({ tracks }: Standing): number | undefined {
  let highest: number | undefined;
  for (const { metric, meaning, steps, value } of tracks.values())
    if (meaning.kind === "errors" && metric.endsWith("_ratio") && steps > 0)
      highest = Math.max(highest ?? value, value);
  return highest;
}

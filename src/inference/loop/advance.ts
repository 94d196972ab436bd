// The part of a cycle that moves series on: samples to their subjects, through the detector in batches, and back.
import type { AnomalyInput, AnomalyResult } from "../models/anomaly-detector.ts";
import type { RunOptions, Scorer } from "../model/session.ts";
import type { Sample } from "../../signals/index.ts";
import { burnAfter } from "./burn.ts";
import type { LoopSettings } from "./settings.ts";
import { anomalyNow, type Standing } from "./standing.ts";
import { newTrack, stepped, type Track } from "./track.ts";

/** Samples of one cycle by the uid of the subject they are about. */
export type SamplesOf = ReadonlyMap<string, readonly Sample[]>;

export interface Advanced {
  readonly standings: Map<string, Standing>;
  /** Samples that were not scored because their subject has too many series. */
  readonly leftOut: number;
  /** Series scored. */
  readonly series: number;
}

interface Due {
  readonly uid: string;
  readonly sample: Sample;
  readonly track: Track;
}

/** How many series are handed to the detector at once, between pauses for everybody else. */
const chunk = 2_048;

/** Every subject's standing after this cycle's samples. Series that fell silent are dropped, and with them what they said. */
export async function advance(
  before: (uid: string) => Standing,
  samples: SamplesOf,
  {
    uids,
    now,
    detector,
    settings,
    pause,
  }: {
    readonly uids: readonly string[];
    readonly now: number;
    readonly detector: Scorer<AnomalyInput, AnomalyResult>;
    readonly settings: LoopSettings;
    readonly pause: () => Promise<void>;
  },
  options: RunOptions,
): Promise<Advanced> {
  const due: Due[] = [];
  const standings = new Map<string, Standing>();
  const moving = new Map<string, Map<string, Track>>();
  const { model } = detector;
  let leftOut = 0;
  for (const [index, uid] of uids.entries()) {
    if (index % chunk === chunk - 1) await pause();
    const standing = before(uid);
    const tracks = keptTracks(standing, model, now - settings.staleMs);
    for (const sample of samples.get(uid) ?? []) {
      const track = tracks.get(sample.series);
      if (track === undefined && tracks.size >= settings.seriesPerSubject) leftOut += 1;
      else if (track?.step !== undefined && sample.time <= track.step.time) continue;
      else {
        const entry = track ?? newTrack(sample);
        tracks.set(sample.series, entry);
        due.push({ uid, sample, track: entry });
      }
    }
    moving.set(uid, tracks);
    standings.set(uid, { ...standing, tracks, anomalyModel: tracks.size > 0 ? model : undefined });
  }
  for (let start = 0; start < due.length; start += chunk) {
    const part = due.slice(start, start + chunk);
    const inputs = part.map(({ sample: { value, time }, track: { state } }) => ({ value, time, state }));
    // oxlint-disable-next-line no-await-in-loop -- one batch after the other, with room for others between
    const results = await detector.score(inputs, options);
    for (const [index, { uid, sample, track }] of part.entries()) {
      const result = results[index];
      if (result !== undefined) moving.get(uid)?.set(sample.series, stepped(track, sample, result));
    }
    // oxlint-disable-next-line no-await-in-loop -- likewise
    await pause();
  }
  for (const [index, uid] of uids.entries()) {
    // oxlint-disable-next-line no-await-in-loop -- likewise
    if (index % chunk === chunk - 1) await pause();
    const standing = standings.get(uid);
    if (standing !== undefined) standings.set(uid, { ...standing, ...meansOf(standing, now) });
  }
  return { standings, leftOut, series: due.length };
}

/** Tracks that are not stale; another model begins with no memory. */
function keptTracks(standing: Standing, model: { name: string; version: string }, since: number): Map<string, Track> {
  const same = standing.anomalyModel?.name === model.name && standing.anomalyModel.version === model.version;
  const tracks = new Map<string, Track>();
  for (const [series, track] of standing.tracks) {
    if (track.step === undefined || track.seen < since) continue;
    tracks.set(series, same ? track : { ...track, state: undefined });
  }
  return tracks;
}

const hourMs = 3_600_000;

function meansOf(standing: Standing, now: number): Pick<Standing, "anomalyHour" | "burn"> {
  const worst = anomalyNow(standing);
  const { anomalyHour: before } = standing;
  const kept = before === undefined ? 0 : Math.exp((before.time - now) / hourMs);
  const anomalyHour =
    worst === undefined ? undefined : { mean: (before?.mean ?? 0) * kept + worst * (1 - kept), time: now };
  const ratios = [...standing.tracks.values()].flatMap(({ metric, meaning, step }) =>
    meaning.kind === "errors" && metric.endsWith("_ratio") && step !== undefined ? [step.value] : [],
  );
  if (ratios.length === 0) return { anomalyHour, burn: undefined };
  return { anomalyHour, burn: burnAfter(standing.burn, Math.max(...ratios), now) };
}

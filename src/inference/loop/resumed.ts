// Going on from a written score: what the detectors of a subject remembered, as its newest record holds it.
import type { RunOptions } from "../model/session.ts";
import type { LoopModels } from "./models.ts";
import type { HealthRecord } from "./record.ts";
import { isMadeBy, tracksOf } from "./replay.ts";
import { newStanding, type Standing } from "./standing.ts";

/** A memory older than this says little about what is ordinary now. */
const memoryMs = 86_400_000;

/**
 * The standing behind a record, as if its series had been seen just before `now`: one that comes again goes on from there, one that stays
 * away is dropped as silent. Undefined where there is nothing to go on from: no series, another model, too long ago.
 * Rejects with ModelError where the detector can't score.
 */
export async function resumedStanding(
  { time, anomaly, burn }: HealthRecord,
  { models, now }: { readonly models: LoopModels; readonly now: number },
  options: RunOptions,
): Promise<Standing | undefined> {
  if (anomaly === undefined || now - time > memoryMs || !isMadeBy(anomaly.model, models.anomaly.model))
    return undefined;
  const tracks = await tracksOf(anomaly, models, options);
  for (const track of tracks.values()) track.seen = now - 1;
  return { ...newStanding(), tracks, anomalyModel: anomaly.model, burn };
}

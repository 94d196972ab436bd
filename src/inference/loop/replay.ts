// A recorded score, computed again from what was recorded.
import { ModelError } from "../model/errors.ts";
import type { RunOptions } from "../model/session.ts";
import type { HealthStatus } from "../health.ts";
import { scoreHealth } from "../score.ts";
import { becauseOf } from "./because.ts";
import type { LoopModels } from "./models.ts";
import type { HealthRecord, RecordedModel, RecordedRow } from "./record.ts";
import { evidenceOf, type ScoredRow, type Standing } from "./standing.ts";
import { take, type Track, trackFrom } from "./track.ts";

/**
 * The status that the recorded inputs give now: with the same models it is the recorded one, bit for bit. Rejects with
 * ModelError `NotFound` when a model of the record is not the one at hand.
 */
export async function replay(record: HealthRecord, models: LoopModels, options: RunOptions): Promise<HealthStatus> {
  const { anomaly, failure, drift, burn, threshold, objective } = record;
  const standing: Standing = {
    tracks: anomaly === undefined ? new Map() : await tracksOf(anomaly, models, options),
    anomalyHour: undefined,
    burn,
    anomalyModel: anomaly?.model,
    failure: failure === undefined ? undefined : await scoredRow(failure, models.failure, options),
    drift: drift === undefined ? undefined : await scoredRow(drift, models.drift, options),
  };
  const because = await becauseOf(standing, models, options);
  const evidence = evidenceOf(standing, objective, threshold, because);
  return scoreHealth(record.subject, evidence, record.time);
}

/** The recorded series after their sample was scored again. Rejects with ModelError `NotFound` where another model made them. */
export async function tracksOf(
  { model, series }: NonNullable<HealthRecord["anomaly"]>,
  { anomaly }: LoopModels,
  options: RunOptions,
): Promise<Map<string, Track>> {
  same(model, anomaly.model);
  const inputs = series.map(({ value, time, state }) => ({
    value: value ?? Number.NaN,
    time,
    state: state === null ? undefined : Float32Array.from(state),
  }));
  const results = await anomaly.score(inputs, options);
  const tracks = new Map<string, Track>();
  for (const [index, { series: key, metric, about, value, time, previous }] of series.entries()) {
    const result = results[index];
    if (result === undefined) continue;
    const track = trackFrom({ series: key, metric, about, state: inputs[index]?.state, newest: previous });
    take(track, { value: value ?? Number.NaN, time }, result);
    tracks.set(key, track);
  }
  return tracks;
}

async function scoredRow(
  { model, features, row: numbers }: RecordedRow,
  scorer: LoopModels["failure"] | LoopModels["drift"],
  options: RunOptions,
): Promise<ScoredRow> {
  same(model, scorer.model);
  const row = Float32Array.from(numbers.map((value) => value ?? Number.NaN));
  const [probability = Number.NaN] = await scorer.scoreRows([row], options);
  return { features, row, probability, model };
}

/** Whether the model at hand is the recorded one. */
export const isMadeBy = (recorded: RecordedModel, present: RecordedModel): boolean =>
  recorded.name === present.name && recorded.version === present.version;

function same(recorded: RecordedModel, present: RecordedModel): void {
  if (isMadeBy(recorded, present)) return;
  throw new ModelError(
    "NotFound",
    `the score was made by ${recorded.name} ${recorded.version}; at hand is ${present.name} ${present.version}`,
  );
}

// The models of live health, how each is made from a session, and what stands in for it.
import { join } from "node:path";
import { anomalyBaseline } from "../models/anomaly-baseline.ts";
import { createAnomalyDetector } from "../models/anomaly-detector.ts";
import { createDriftPredictor, driftBaseline } from "../models/drift-predictor.ts";
import { createFailurePredictor, failureBaseline } from "../models/failure-predictor.ts";
import { evenBatches } from "../model/even-batches.ts";
import { readModelFolder } from "../model/folder.ts";
import type { ModelName } from "../model/names.ts";
import { openModel, type OpenModel } from "../model/open.ts";
import type { ModelSession } from "../model/session.ts";
import type { LoopModels } from "./models.ts";
import type { HealthRecord } from "./record.ts";
import { defaultLoopSettings } from "./settings.ts";

/** Which model and variant judges what. */
export const liveVariants = {
  anomaly: { name: "AnomalyDetector", variant: "streaming" },
  failure: { name: "FailurePredictor", variant: "conditions" },
  drift: { name: "DriftPredictor", variant: "changes" },
} as const satisfies Readonly<Record<keyof LoopModels, { readonly name: ModelName; readonly variant: string }>>;

/** How each is made. The version told carries the first of the digest: what is replayed must be the same bytes. */
export const liveFactories = {
  anomaly: (session: ModelSession) =>
    told(createAnomalyDetector(evenBatches(session, defaultLoopSettings.batchRows)), session),
  failure: (session: ModelSession) => told(createFailurePredictor(session), session),
  drift: (session: ModelSession) => told(createDriftPredictor(session), session),
} as const;

/** What answers where there is no model. */
export function liveBaselines(): LoopModels {
  return { anomaly: anomalyBaseline(), failure: failureBaseline(), drift: driftBaseline() };
}

/** Models opened in this thread, for replay; the caller closes them. */
export interface OpenLiveModels {
  readonly shipped: LoopModels;
  /** The models that made a record, where they are at hand: shipped ones or baselines, by their names. */
  madeOf(record: HealthRecord): LoopModels;
  close(): Promise<void>;
}

/** Opens the shipped variants below `models`. Rejects with ModelError. */
export async function openLiveModels(models: string, signal: AbortSignal): Promise<OpenLiveModels> {
  const open = async ({ name, variant }: { name: string; variant: string }): Promise<OpenModel> =>
    openModel(await readModelFolder(join(models, name, variant), signal));
  const [anomaly, failure, drift] = await Promise.all([
    open(liveVariants.anomaly),
    open(liveVariants.failure),
    open(liveVariants.drift),
  ]);
  const shipped: LoopModels = {
    anomaly: liveFactories.anomaly(anomaly),
    failure: liveFactories.failure(failure),
    drift: liveFactories.drift(drift),
  };
  const baselines = liveBaselines();
  return {
    shipped,
    madeOf: (record) => ({
      anomaly: record.anomaly?.model.name === baselines.anomaly.model.name ? baselines.anomaly : shipped.anomaly,
      failure: record.failure?.model.name === baselines.failure.model.name ? baselines.failure : shipped.failure,
      drift: record.drift?.model.name === baselines.drift.model.name ? baselines.drift : shipped.drift,
    }),
    async close() {
      await Promise.all([anomaly, failure, drift].map((model) => model.close()));
    },
  };
}

function told<S extends { readonly model: { readonly name: string; readonly version: string } }>(
  scorer: S,
  { manifest }: ModelSession,
): S {
  const { name, variant, version, digest } = manifest;
  return { ...scorer, model: { name: `${name}/${variant}`, version: `${version}+${digest.slice(7, 15)}` } };
}

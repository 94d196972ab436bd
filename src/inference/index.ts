// Inference: how well an object is, from what is known about it.
export type { Health, HealthReason, HealthStatus, HealthSubject } from "./health.ts";
export { conditionsHealth } from "./baseline.ts";
export { scoreFromConditions } from "./from-conditions.ts";
export { ModelError, type ModelProblem } from "./model/errors.ts";
export { type ModelFile, modelFile, readModelFolder } from "./model/folder.ts";
export { type Manifest, readManifest, thresholdOf } from "./model/manifest.ts";
export { modelNamed, type ModelName, modelNames } from "./model/names.ts";
export { openModel, type OpenModel } from "./model/open.ts";
export type { ModelSession, RunOptions, Scorer, TabularScorer, Tensors } from "./model/session.ts";
export { matrix, rowOf, type Tensor } from "./model/tensor.ts";
export { type FailureHistory, type FailureInput } from "./features/failure-history.ts";
export { tabularScorer } from "./model/tabular.ts";
export { createFailurePredictor, failureBaseline } from "./models/failure-predictor.ts";
export { anomalyBaseline } from "./models/anomaly-baseline.ts";
export { type AnomalyInput, type AnomalyResult, createAnomalyDetector } from "./models/anomaly-detector.ts";
export { createDriftPredictor, driftBaseline, type DriftFacts, type DriftInput } from "./models/drift-predictor.ts";
export { createModelHost, type ModelHost, type ModelHostOptions } from "./host/host.ts";
export type {
  AnsweredBy,
  Factories,
  Judged,
  Loss,
  Models,
  ModelsOptions,
  ModelsStatus,
  Outcome,
  Slot,
  SlotDefinition,
  SlotScorer,
  SlotStatus,
} from "./registry/models.ts";
export type { FoundModel, ModelSource } from "./registry/source.ts";

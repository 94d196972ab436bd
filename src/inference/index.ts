// Inference: how well an object is, from what is known about it.
export type { Health, HealthReason, HealthStatus, HealthSubject } from "./health.ts";
export { createModelHost, type ModelHost, type ModelHostOptions } from "./host/host.ts";
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
export type { Evidence } from "./loop/evidence.ts";
export { type Cycle, createHealthLoop, type HealthLoop, type LoopOptions } from "./loop/loop.ts";
export type { LoopModels } from "./loop/models.ts";
export { moved } from "./loop/moved.ts";
export type { HealthRecord, RecordedSeries } from "./loop/record.ts";
export { replay } from "./loop/replay.ts";
export { defaultLoopSettings, type LoopSettings } from "./loop/settings.ts";
export type { LoopSubject, Past } from "./loop/subject.ts";
export type { Feedback, Learnt } from "./learning/feedback.ts";
export { createLearner, type Learner, type Target } from "./learning/learner.ts";
export type { AlarmStatistics, Answer } from "./learning/statistics.ts";
export { evenBatches } from "./model/even-batches.ts";
export { scoreHealth } from "./score.ts";
export type { MetricKind, NodeMetric, RootCauseInput, RootCauseNode } from "./features/rca-input.ts";
export { type Cause, createRootCauseAnalyzer, type RootCauseResult } from "./models/root-cause-analyzer.ts";
export { rootCauseBaseline, traversalBaseline } from "./models/root-cause-baseline.ts";
export { directorySource as modelDirectory } from "./registry/directory.ts";
export { createModels, type ModelLimits, type Models, type ModelsOptions } from "./registry/models.ts";
export type { Loss, Outcome } from "./registry/outcome.ts";
export type { RaceRules } from "./registry/race.ts";
export type { AnsweredBy, Factories, Judged, Memory, Slot, SlotDefinition, SlotScorer } from "./registry/slot.ts";
export type { ModelsStatus, ModelStatus, RaceStatus, Refusal, SlotStatus } from "./registry/status.ts";
export type { FoundModel, ModelSource } from "./registry/source.ts";
export { type NodeInput, type SystemFailures } from "./features/failure-nodes.ts";
export { createNodeFailurePredictor, nodeFailureBaseline } from "./models/failure-nodes.ts";
export { type Check, createCheck } from "./loop/check.ts";
export { type LiveSlots, liveSlots } from "./loop/slots.ts";
export { liveBaselines, liveFactories, liveVariants, openLiveModels, type OpenLiveModels } from "./loop/live.ts";
export {
  complianceBaseline,
  type ComplianceFacts,
  type ComplianceInput,
  createCompliancePredictor,
  type Tally,
  type ViolationSpan,
} from "./models/compliance-predictor.ts";
export { createNoveltyDetector, type NoveltyResult } from "./models/anomaly-novelty.ts";
export { type CostForecast, type CostInput, costBaseline, createCostPredictor } from "./models/cost-predictor.ts";
export { fnv1a } from "./features/text-ngrams.ts";
export {
  createIncidentClassifier,
  incidentBaseline,
  type IncidentInput,
  type IncidentLabel,
  type IncidentResult,
} from "./models/incident-classifier.ts";
export { createMetricsDetector, type MetricsInput, type MetricsResult } from "./models/anomaly-multivariate.ts";
export {
  capacityBaseline,
  type CapacityForecast,
  type CapacityInput,
  createCapacityForecaster,
} from "./models/capacity-forecaster.ts";
export { type AuditEvent, type AuditInput } from "./features/security-audit.ts";
export { createThreatDetector, threatBaseline } from "./models/security-audit.ts";
export { connectionBaseline, createConnectionJudge } from "./models/security-connections.ts";
export { createTraceJudge, traceBaseline } from "./models/security-syscalls.ts";
export { churnBaseline, type ChurnRisk, createChurnPredictor } from "./models/churn-predictor.ts";
export type { CustomerRecord, CustomerService } from "./features/churn-customer.ts";
export type { RunCandidate } from "./features/performance-run.ts";
export {
  createPerformanceBaseline,
  createPerformanceOptimizer,
  type PerformanceChoice,
  type PerformanceQuestion,
  type RunTime,
} from "./models/performance-optimizer.ts";
export { createRunScaling, scalingBaseline, type ScalingQuestion } from "./models/performance-scaling.ts";
export { createReplicaOptimizer, hpaBaseline, type ReplicaRecommendation } from "./models/resource-autoscaler.ts";
export type { ReplicaInput } from "./features/resource-replicas.ts";
export {
  createResourceOptimizer,
  fleetPrice,
  resourceBaseline,
  type ResourceInput,
  type ResourceRecommendation,
} from "./models/resource-optimizer.ts";

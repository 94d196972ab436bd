// Provisioning: Blueprint spec -> resource graph -> plan -> worker process that runs the Pulumi engine.
export type {
  CloudProvider,
  ComponentNode,
  Json,
  NodeOptions,
  PackageUse,
  ResourceGraph,
  ResourceNode,
  Value,
} from "./graph/graph.ts";
export type {
  BlueprintIdentity,
  BuildOptions,
  BuildSpec,
  ComponentSpec,
  RawResourceSpec,
  ResolvedInput,
  ResolvedInputs,
} from "./graph/spec.ts";
export type { SpecProblem, SpecReason } from "./graph/problem.ts";
export { type ChangeCounts, isChange, type PlanStep, type StepOp } from "./plan/step.ts";
export {
  summarizePlan,
  type PlanRisk,
  type PlanSummary,
  type PlanToSummarize,
  type RiskLevel,
} from "./plan/summary.ts";
export { asksApproval, assessRisk } from "./plan/risk.ts";
export { isStateful, keptBy, natureOf } from "./plan/stateful.ts";
export { planId, type PlanBasis } from "./plan/plan-id.ts";
export type { DriftedResource, DriftIgnore, DriftReport } from "./plan/drift.ts";
export type {
  Backend,
  FailureAction,
  FailureReason,
  OperationEvent,
  OperationFailure,
  OperationJob,
  OperationRequest,
  OperationResult,
  OutputValue,
  Plugins,
  SavedPlan,
} from "./worker/job.ts";
export type { RunningWorker, RunOptions, WorkerPool } from "./worker/contract.ts";
export { nodesOf } from "./graph/draft.ts";
export { nameOfUrn } from "./plan/events.ts";
export { translate, checkSpec, type Translation } from "./graph/translate.ts";
export { DEFAULT_PACKAGES, TRANSLATOR_VERSION, type TranslateContext } from "./graph/context.ts";
export { createSdkCatalog, type TypeCatalog } from "./graph/catalog.ts";
export { createWorkerPool, type WorkerPoolOptions } from "./worker/pool.ts";
export { processStart } from "./worker/session.ts";
export { ignoreDrift, judgeReading } from "./plan/drift.ts";
export { type CloudIdentity, type CloudPackage, compareIdentity } from "./plan/identity.ts";

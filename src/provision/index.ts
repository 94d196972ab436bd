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
export type { ChangeCounts, PlanStep, StepOp } from "./plan/step.ts";
export type { PlanRisk, PlanSummary, RiskLevel } from "./plan/summary.ts";
export type { DriftedResource, DriftIgnore, DriftReport } from "./plan/drift.ts";
export type {
  Backend,
  FailureAction,
  FailureReason,
  ImportTarget,
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
// Coming in this file, in these shapes:
//   translate(spec: BuildSpec, inputs: ResolvedInputs, context: TranslateContext): { kind: "ok", graph } | { kind: "refused", problems }
//   checkSpec(spec: BuildSpec, context): readonly SpecProblem[]
//   summarizePlan({ uid, spec, inputs, inputKey, graph, planned }): PlanSummary
//   createWorkerPool({ size, clock, cli, ... }): WorkerPool
//   judgeDrift(report, ignore): DriftReport

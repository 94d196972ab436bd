// The kinds and what they share.
export * from "./object.ts";
export * from "./core.ts";
export { type Health, type HealthClass, healthClass } from "./schema/status.ts";
export { apiVersion, group, version, type Column, type KindDefinition } from "./schema/kind.ts";
export { durationMs, durationText } from "./schema/duration.ts";
export { isTimeZone, type Window } from "./schema/schedule.ts";
export type { LabelSelector } from "./schema/selector.ts";
export { sameJson } from "./schema/immutable.ts";
export * from "./v1alpha1/blueprint.ts";
export type { ApprovalPolicy, BlueprintSpec, DriftMode } from "./v1alpha1/blueprint-spec.ts";
export * from "./v1alpha1/blueprint-run.ts";
export {
  providers,
  type Component,
  type ComponentOptions,
  type Provider,
  type RawResource,
  type RawResourceOptions,
} from "./v1alpha1/component.ts";
export type { Input, OutputShare } from "./v1alpha1/input.ts";
export type {
  Approval,
  CostChange,
  Denial,
  PlanStep,
  RecordedDecision,
  Risk,
  RunDrift,
  RunFailure,
  RunPlan,
  StepOp,
} from "./v1alpha1/plan.ts";
export { isReason, reasons, retryClass, type Reason, type ReasonEntry, type RetryClass } from "./reasons.ts";
export { finalizer } from "./schema/kind.ts";
export * from "./v1alpha1/remediation-policy.ts";
export * from "./v1alpha1/remediation.ts";
export * from "./v1alpha1/cost-budget.ts";
export * from "./v1alpha1/edge-cluster.ts";
export type { Signal } from "./v1alpha1/signal.ts";
export type { RemediationAction, RemediationStep } from "./v1alpha1/step.ts";
export { kindNamed, kinds } from "./kinds.ts";
export {
  conditionOf,
  dropCondition,
  isTrue,
  setCondition,
  stand,
  timeText,
  type Judgement,
  type NextCondition,
  type Standing,
} from "./status.ts";
export { checkStatus } from "./status-check.ts";
export { validateObject } from "./validate/validate.ts";
export { withDefaults, type Manifest } from "./validate/defaults.ts";
export { editDistance, nearest } from "./validate/names.ts";
export type { Problem } from "./validate/shape.ts";
export { crdOf, crds } from "./generate/crd.ts";
export { clipStatus } from "./validate/clip.ts";

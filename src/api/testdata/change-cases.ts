// Changes that a server refuses: rules about whole specs, types and bounds, and rules about updates.

/** A change to an object of this folder. */
export interface ChangeCase {
  readonly object: string;
  readonly set: Readonly<Record<string, unknown>>;
  readonly path: string;
  /** The rule's message, or part of the server's own words. */
  readonly message: string;
}

/** Rules about whole specs: refused changes; the objects unchanged are the passing cases. */
export const specCases: readonly ChangeCase[] = [
  {
    object: "blueprint-contract",
    set: { "spec.observeOnly": true },
    path: "spec",
    message:
      "observeOnly never changes anything: choose drift.mode Ignore, Report or Propose, or leave observeOnly out",
  },
  {
    object: "blueprint-contract",
    set: { "spec.resources[0].name": "api" },
    path: "spec",
    message: "names must be unique across components and resources",
  },
  {
    object: "blueprint-run-every-field",
    set: { "spec.operation": "Apply" },
    path: "spec",
    message: "rollbackTo belongs to operation Rollback only",
  },
];

/** Changes that types, bounds and lists refuse. The message is what the API server says. */
export const nativeCases: readonly ChangeCase[] = [
  {
    object: "blueprint-contract",
    set: { "spec.provider": "awz" },
    path: "spec.provider",
    message: 'supported values: "aws", "azure", "gcp"',
  },
  {
    object: "blueprint-contract",
    set: { "spec.provider": undefined },
    path: "spec.provider",
    message: "Required value",
  },
  { object: "blueprint-contract", set: { "spec.region": undefined }, path: "spec.region", message: "Required value" },
  {
    object: "blueprint-contract",
    set: { "spec.approval": "Sometimes" },
    path: "spec.approval",
    message: "supported values",
  },
  {
    object: "blueprint-contract",
    set: { "spec.drift.mode": "heal" },
    path: "spec.drift.mode",
    message: "supported values",
  },
  {
    object: "blueprint-contract",
    set: { "spec.paused": "yes" },
    path: "spec.paused",
    message: "must be of type boolean",
  },
  {
    object: "blueprint-contract",
    set: { "spec.components[1].name": "net" },
    path: "spec.components[1]",
    message: "Duplicate value",
  },
  {
    object: "blueprint-contract",
    set: { "spec.resources[-]": { name: "queue", type: "aws:s3/bucket:Bucket" } },
    path: "spec.resources[1]",
    message: "Duplicate value",
  },
  {
    object: "blueprint-contract",
    set: { "spec.inputs[-]": { name: "vpc", value: "x" } },
    path: "spec.inputs[2]",
    message: "Duplicate value",
  },
  {
    object: "blueprint-contract",
    set: { "spec.components[0].type": undefined },
    path: "spec.components[0].type",
    message: "Required value",
  },
  {
    object: "blueprint-contract",
    set: { "spec.components[2].options.dependsOn[-]": "assets" },
    path: "spec.components[2].options.dependsOn[1]",
    message: "Duplicate value",
  },
  {
    object: "blueprint-contract",
    set: { "spec.runHistoryLimit": 0 },
    path: "spec.runHistoryLimit",
    message: "greater than or equal to 1",
  },
  {
    object: "blueprint-contract",
    set: { "spec.description": "x".repeat(1025) },
    path: "spec.description",
    message: "Too long",
  },
  {
    object: "remediation-policy-every-field",
    set: { "spec.when.any[3].score.value": 101 },
    path: "spec.when.any[3].score.value",
    message: "less than or equal to 100",
  },
  {
    object: "remediation-policy-every-field",
    set: { "spec.steps": [] },
    path: "spec.steps",
    message: "at least 1 items",
  },
  {
    object: "remediation-policy-every-field",
    set: { "spec.steps[0].action": "Reboot" },
    path: "spec.steps[0].action",
    message: "supported values",
  },
  {
    object: "remediation-policy-every-field",
    set: { "spec.autonomy": "Full" },
    path: "spec.autonomy",
    message: "supported values",
  },
  {
    object: "cost-budget-every-field",
    set: { "spec.rollover.maxPercent": 101 },
    path: "spec.rollover.maxPercent",
    message: "less than or equal to 100",
  },
  {
    object: "cost-budget-every-field",
    set: { "spec.rollover.maxPercent": -1 },
    path: "spec.rollover.maxPercent",
    message: "greater than or equal to 0",
  },
  {
    object: "cost-budget-every-field",
    set: { "spec.thresholds[0].atPercent": 0 },
    path: "spec.thresholds[0].atPercent",
    message: "greater than or equal to 1",
  },
  {
    object: "cost-budget-every-field",
    set: { "spec.startDate": "2026-02-30" },
    path: "spec.startDate",
    message: "must be of type date",
  },
  {
    object: "cost-budget-every-field",
    set: { "spec.thresholds[1].name": "early" },
    path: "spec.thresholds[1]",
    message: "Duplicate value",
  },
  {
    object: "edge-cluster-every-field",
    set: { "spec.bundles[0].wave": -1 },
    path: "spec.bundles[0].wave",
    message: "greater than or equal to 0",
  },
  {
    object: "edge-cluster-every-field",
    set: { "spec.models[-]": "anomaly-edge" },
    path: "spec.models[1]",
    message: "Duplicate value",
  },
];

/** Rules about changes of stored objects: refused updates, the spec otherwise unchanged. */
export const updateCases: readonly ChangeCase[] = [
  {
    object: "blueprint-run-every-field",
    set: { "spec.note": "another" },
    path: "spec",
    message: "the spec of a BlueprintRun cannot be changed: it records what was decided",
  },
  {
    object: "remediation-every-field",
    set: { "spec.step": "another" },
    path: "spec",
    message: "the spec of a Remediation cannot be changed: it records what was decided",
  },
];

/** The rule that also looks at status: tried by a test of its own. */
export const backendMessage =
  "spec.state.backendRef cannot change while resources exist: export the state, or destroy the resources first";

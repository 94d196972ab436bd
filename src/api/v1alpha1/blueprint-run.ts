// BlueprintRun: the immutable record of one operation on a Blueprint.
import { type Static, Type } from "typebox";
import type { Condition, KubeObject, ResourceType } from "../object.ts";
import type { Frozen } from "../schema/frozen.ts";
import { immutable } from "../schema/immutable.ts";
import { type KindDefinition, resourceType } from "../schema/kind.ts";
import { count } from "../schema/number.ts";
import { rules } from "../schema/rule.ts";
import { statusFields } from "../schema/status.ts";
import { label, objectName, text, time } from "../schema/text.ts";
import {
  approvalSchema,
  costChangeSchema,
  decisionSchema,
  failureSchema,
  planSchema,
  riskSchema,
  runDriftSchema,
} from "./plan.ts";

const operations = ["Plan", "Apply", "Refresh", "Destroy", "Rollback", "Import"] as const;
const causes = ["SpecChange", "Drift", "Schedule", "Remediation", "Rollback", "Deletion", "Manual"] as const;

const specSchema = Type.Object(
  {
    blueprintRef: Type.Object(
      {
        name: objectName("Name of the Blueprint."),
        namespace: Type.Optional(
          label(
            "Its namespace. Default: this one. Elsewhere only from the operator's namespace, where runs are kept for Blueprints whose namespace is going away.",
          ),
        ),
        uid: text({
          description: "Its UID: a Blueprint made anew under the same name is another one.",
          maxLength: 64,
          minLength: 1,
        }),
        generation: Type.Integer({ description: "Its metadata.generation when the run was made.", minimum: 1 }),
      },
      { description: "The Blueprint that is operated on." },
    ),
    operation: Type.Enum([...operations], {
      description:
        "Plan: preview only. Apply: plan, gate, approve, apply. Refresh, Destroy, Rollback, Import likewise through the gates.",
    }),
    cause: Type.Enum([...causes], { description: "What set it off." }),
    attempt: Type.Integer({
      description: "Which try of the same operation on the same generation this is.",
      minimum: 1,
      default: 1,
    }),
    inputs: Type.Optional(
      text({
        description: "Digest of the spec and the inputs it was made for: equal when nothing would change.",
        maxLength: 71,
      }),
    ),
    rollbackTo: Type.Optional(objectName("Rollback only: the successful run whose spec is applied again.")),
    targets: Type.Optional(
      Type.Array(text({ description: "Name of a component or resource.", maxLength: 63, minLength: 1 }), {
        description: "Operate on these and what they need only. Absent: all.",
        maxItems: 64,
      }),
    ),
    note: Type.Optional(text({ description: "Why, for people." })),
  },
  {
    description: "What is done to which Blueprint, and why. Immutable.",
    ...rules<{ operation: string; rollbackTo?: string }>(immutable("the spec of a BlueprintRun"), {
      rule: "!has(self.rollbackTo) || self.operation == 'Rollback'",
      message: "rollbackTo belongs to operation Rollback only",
      holds: (self) => self.rollbackTo === undefined || self.operation === "Rollback",
    }),
  },
);

const statusSchema = Type.Object(
  {
    ...statusFields,
    phase: Type.Optional(
      Type.Enum(["Pending", "Running", "AwaitingApproval", "Succeeded", "Failed", "Cancelled", "Stale"], {
        description: "Where it stands. Stale: spec or state moved on since it was planned.",
      }),
    ),
    plan: Type.Optional(planSchema),
    cost: Type.Optional(costChangeSchema),
    risk: Type.Optional(riskSchema),
    decisions: Type.Optional(
      Type.Array(decisionSchema, { description: "What policies decided, oldest first.", maxItems: 32 }),
    ),
    drift: Type.Optional(runDriftSchema),
    approval: Type.Optional(approvalSchema),
    startTime: Type.Optional(time("When work began.")),
    completionTime: Type.Optional(time("When it ended.")),
    error: Type.Optional(failureSchema),
    outputs: Type.Optional(
      Type.Unsafe<Record<string, unknown>>({
        type: "object",
        description: "Outputs of the Blueprint after it, by name; never a secret.",
        "x-kubernetes-preserve-unknown-fields": true,
      }),
    ),
    resources: Type.Optional(count("Resources in the state after it.")),
    worker: Type.Optional(text({ description: "Who carries it out: replica and worker.", maxLength: 253 })),
    stateVersion: Type.Optional(Type.Integer({ description: "Version of the state it left.", minimum: 0 })),
  },
  { description: "What came of it." },
);

const schema = Type.Object(
  { spec: specSchema, status: Type.Optional(statusSchema) },
  { description: "One plan, apply, refresh, destroy, rollback or import of a Blueprint. Made by the operator." },
);

/** What is done to which Blueprint, and why. */
export type BlueprintRunSpec = Frozen<Static<typeof specSchema>>;
/** What came of it. */
export type BlueprintRunStatus = Omit<Frozen<Static<typeof statusSchema>>, "conditions"> & {
  readonly conditions?: readonly Condition[];
};
/** What a run does. */
export type Operation = BlueprintRunSpec["operation"];
/** What set a run off. */
export type Cause = BlueprintRunSpec["cause"];
/** Where a run stands. */
export type RunPhase = NonNullable<BlueprintRunStatus["phase"]>;

/** One operation on a Blueprint: intent in spec, outcome in status. */
export interface BlueprintRun extends KubeObject {
  readonly spec: BlueprintRunSpec;
  readonly status?: BlueprintRunStatus;
}

/** blueprintruns.iacdharma.com */
export const blueprintRuns: ResourceType<BlueprintRun> = resourceType("BlueprintRun", "blueprintruns", "namespaced");

/** Set on a BlueprintRun or Remediation to approve the plan it names. */
export const approveAnnotation = "iacdharma.com/approve";
/** Set on a BlueprintRun or Remediation to reject the plan it names. */
export const rejectAnnotation = "iacdharma.com/reject";

/** All that is generated for BlueprintRun. */
export const blueprintRunKind: KindDefinition<BlueprintRun> = {
  type: blueprintRuns,
  shortName: "bprun",
  purpose:
    "The record of one plan, apply, refresh, destroy, rollback or import, with plan, cost, decisions, approval and result.",
  schema,
  selectable: [".spec.blueprintRef.name", ".spec.operation"],
  columns: [
    { name: "Blueprint", type: "string", jsonPath: ".spec.blueprintRef.name", description: "Blueprint operated on." },
    { name: "Operation", type: "string", jsonPath: ".spec.operation", description: "What is done." },
    { name: "Cause", type: "string", jsonPath: ".spec.cause", description: "What set it off." },
    { name: "Phase", type: "string", jsonPath: ".status.phase", description: "Where it stands." },
    { name: "Risk", type: "string", jsonPath: ".status.risk.level", description: "Risk of the plan." },
    { name: "Cost", type: "string", jsonPath: ".status.cost.after", description: "Monthly cost after.", priority: 1 },
    { name: "Error", type: "string", jsonPath: ".status.error.reason", description: "Why it failed." },
    { name: "Plan", type: "string", jsonPath: ".status.plan.id", description: "What an approval names.", priority: 1 },
    { name: "Approver", type: "string", jsonPath: ".status.approval.user", description: "Who approved.", priority: 1 },
    { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp", description: "Since when." },
  ],
};

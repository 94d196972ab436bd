// Remediation: the record of one incident and what was done about it.
import { type Static, Type } from "typebox";
import type { Condition, KubeObject, ResourceType } from "../object.ts";
import type { Frozen } from "../schema/frozen.ts";
import { immutable } from "../schema/immutable.ts";
import { type KindDefinition, open, resourceType } from "../schema/kind.ts";
import { percent } from "../schema/number.ts";
import { rules } from "../schema/rule.ts";
import { statusFields } from "../schema/status.ts";
import { label, objectName, text, time } from "../schema/text.ts";
import { approvalSchema, decisionSchema } from "./plan.ts";
import { targetKind } from "./signal.ts";

const specSchema = Type.Object(
  {
    policyRef: Type.Object(
      {
        name: objectName("Name of the RemediationPolicy, in this namespace."),
        uid: text({ description: "Its UID.", maxLength: 64, minLength: 1 }),
        generation: Type.Integer({
          description: "Its metadata.generation when the incident was detected.",
          minimum: 1,
        }),
      },
      { description: "The policy that asked for it." },
    ),
    target: Type.Object(
      {
        ...targetKind,
        name: objectName("Name of the target."),
        namespace: Type.Optional(label("Its namespace; absent for Nodes.")),
        uid: text({
          description: "Its UID: a target made anew under the same name is another one.",
          maxLength: 64,
          minLength: 1,
        }),
      },
      { description: "What is healed." },
    ),
    incident: text({
      description: "Key of the incident: the same for all signals of one fault on one target.",
      maxLength: 253,
      minLength: 1,
    }),
    step: label("Name of the step that was chosen."),
  },
  {
    description: "What was decided. Immutable.",
    ...rules<object>(immutable("the spec of a Remediation")),
  },
);

const resultSchema = (description: string) => Type.Enum(["Success", "Failure", "Inconclusive"], { description });

const recordedStepSchema = Type.Object(
  {
    name: text({ description: "Name of the step.", maxLength: 63 }),
    action: text({ description: "What was done.", maxLength: 63 }),
    inverse: Type.Optional(open("What takes it back, captured before it ran.")),
    dryRun: Type.Boolean({ description: "Whether the server was only asked." }),
    result: Type.Optional(resultSchema("What came of it.")),
    message: Type.Optional(text({ description: "What happened; never a secret.", maxLength: 4096 })),
    startTime: Type.Optional(time("When it began.")),
    completionTime: Type.Optional(time("When it ended.")),
  },
  { description: "A step that ran." },
);

const outcomeSchema = (description: string) =>
  Type.Object(
    {
      result: resultSchema("What was found."),
      message: Type.Optional(text({ description: "What was looked at.", maxLength: 4096 })),
      time: time("When it was found."),
    },
    { description },
  );

const statusSchema = Type.Object(
  {
    ...statusFields,
    phase: Type.Optional(
      Type.Enum(["Detected", "AwaitingApproval", "Acting", "Verifying", "Undoing", "Mitigated", "Failed", "Blocked"], {
        description: "Where it stands, for people.",
      }),
    ),
    evidence: Type.Optional(
      Type.Array(
        Type.Object({
          signal: text({ description: "Name of the signal.", maxLength: 63 }),
          message: text({ description: "What it showed.", maxLength: 4096 }),
          time: time("When."),
        }),
        { description: "The signals that set it off.", maxItems: 64 },
      ),
    ),
    causes: Type.Optional(
      Type.Array(
        Type.Object({
          object: text({ description: "The object that is to blame: KIND/NAMESPACE/NAME.", maxLength: 700 }),
          scorePercent: percent("How sure."),
          path: Type.Optional(
            Type.Array(text({ description: "An object.", maxLength: 700 }), {
              description: "From the cause to the target.",
              maxItems: 32,
            }),
          ),
          message: Type.Optional(text({ description: "Why.", maxLength: 4096 })),
        }),
        { description: "Likely causes, the likeliest first.", maxItems: 16 },
      ),
    ),
    decision: Type.Optional(decisionSchema),
    steps: Type.Optional(Type.Array(recordedStepSchema, { description: "What ran, in order.", maxItems: 32 })),
    verification: Type.Optional(outcomeSchema("Whether the target got better.")),
    undo: Type.Optional(outcomeSchema("Whether the step was taken back.")),
    approval: Type.Optional(approvalSchema),
    detectTime: Type.Optional(time("When the signal began to hold.")),
    actTime: Type.Optional(time("When the first step began.")),
    recoverTime: Type.Optional(time("When the target was found better.")),
    feedback: Type.Optional(Type.Enum(["TrueAlarm", "FalseAlarm"], { description: "What a person said about it." })),
  },
  { description: "What came of it." },
);

const schema = Type.Object(
  { spec: specSchema, status: Type.Optional(statusSchema) },
  { description: "One incident: evidence, causes, decision, steps, verification, undo. Made by the operator." },
);

/** What was decided about which target. */
export type RemediationSpec = Frozen<Static<typeof specSchema>>;
/** What came of it. */
export type RemediationStatus = Omit<Frozen<Static<typeof statusSchema>>, "conditions"> & {
  readonly conditions?: readonly Condition[];
};

/** One incident and what was done about it. */
export interface Remediation extends KubeObject {
  readonly spec: RemediationSpec;
  readonly status?: RemediationStatus;
}

/** remediations.iacdharma.com */
export const remediations: ResourceType<Remediation> = resourceType("Remediation", "remediations", "namespaced");

/** All that is generated for Remediation. */
export const remediationKind: KindDefinition<Remediation> = {
  type: remediations,
  shortName: "rem",
  purpose: "The record of one incident, with evidence, causes, decision, steps, verification and undo.",
  schema,
  selectable: [".spec.policyRef.name", ".spec.target.name"],
  columns: [
    { name: "Policy", type: "string", jsonPath: ".spec.policyRef.name", description: "Policy that asked for it." },
    { name: "Kind", type: "string", jsonPath: ".spec.target.kind", description: "Kind of the target." },
    { name: "Target", type: "string", jsonPath: ".spec.target.name", description: "What is healed." },
    { name: "Step", type: "string", jsonPath: ".spec.step", description: "Step that was chosen." },
    { name: "Phase", type: "string", jsonPath: ".status.phase", description: "Where it stands." },
    {
      name: "Cause",
      type: "string",
      jsonPath: ".status.causes[0].object",
      description: "Likeliest cause.",
      priority: 1,
    },
    { name: "Verified", type: "string", jsonPath: ".status.verification.result", description: "Whether it helped." },
    {
      name: "Undone",
      type: "string",
      jsonPath: ".status.undo.result",
      description: "Whether it was taken back.",
      priority: 1,
    },
    { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp", description: "Since when." },
  ],
};

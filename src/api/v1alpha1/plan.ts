// What a run's plan says: steps, cost, risk, decisions.
import { type Static, Type } from "typebox";
import type { Reason } from "../reasons.ts";
import type { Frozen } from "../schema/frozen.ts";
import { count, figure } from "../schema/number.ts";
import { text, time } from "../schema/text.ts";

const stepSchema = Type.Object(
  {
    op: Type.Enum(["same", "create", "update", "replace", "delete", "import", "refresh", "read", "discard"], {
      description: "What happens to the resource.",
    }),
    urn: text({ description: "Pulumi URN.", maxLength: 1024 }),
    type: text({ description: "Pulumi type token.", maxLength: 253 }),
    name: text({ description: "Name in the Blueprint.", maxLength: 253 }),
    changed: Type.Optional(
      Type.Array(text({ description: "Property path.", maxLength: 253 }), {
        description: "Properties that change.",
        maxItems: 100,
      }),
    ),
    replaceReasons: Type.Optional(
      Type.Array(text({ description: "Property path.", maxLength: 253 }), {
        description: "Properties that force a replacement.",
        maxItems: 100,
      }),
    ),
  },
  { description: "One step." },
);

/** The plan of a run. */
export const planSchema = Type.Object(
  {
    id: text({ description: "SHA-256 of all that the plan depends on; what an approval names.", maxLength: 71 }),
    stateDigest: Type.Optional(text({ description: "Digest of the state it was made from.", maxLength: 71 })),
    expireTime: Type.Optional(time("After this it can be approved no more.")),
    steps: Type.Optional(
      Type.Array(stepSchema, {
        description: "The first 100 steps, in order, without what stays the same.",
        maxItems: 100,
      }),
    ),
    stepCount: Type.Optional(count("Steps in all; what is past 100 is kept in chunks.")),
    chunks: Type.Optional(
      Type.Array(text({ description: "Name of a chunk.", maxLength: 253 }), {
        description: "Where the remaining steps are.",
        maxItems: 100,
      }),
    ),
    creates: Type.Optional(count("Resources it creates.")),
    updates: Type.Optional(count("Resources it updates.")),
    replaces: Type.Optional(count("Resources it replaces.")),
    deletes: Type.Optional(count("Resources it deletes.")),
  },
  { description: "What the run does." },
);

/** What a run changes in cost. */
export const costChangeSchema = Type.Object(
  {
    before: Type.Optional(figure("Monthly cost before.")),
    after: Type.Optional(figure("Monthly cost after.")),
    currency: text({ description: "Currency of both.", maxLength: 3 }),
    carbonKgBefore: Type.Optional(figure("Monthly emissions before, kg CO2e.")),
    carbonKgAfter: Type.Optional(figure("Monthly emissions after, kg CO2e.")),
    unknownResources: Type.Optional(
      Type.Array(text({ description: "Name of a resource.", maxLength: 253 }), {
        description: "Resources without a known price.",
        maxItems: 100,
      }),
    ),
  },
  { description: "Cost before and after, 730 hours." },
);

/** How risky a plan is. */
export const riskSchema = Type.Object(
  {
    blastRadius: count("Resources touched, with those that depend on them."),
    irreversible: count("Steps that cannot be undone."),
    score: Type.Integer({ description: "0 (none) to 100.", minimum: 0, maximum: 100 }),
    level: Type.Enum(["Low", "Medium", "High", "Critical"], {
      description: "Medium and above need approval under OnRisk.",
    }),
  },
  { description: "How risky the plan is." },
);

const denialSchema = Type.Object(
  {
    rule: text({ description: "Id of the rule.", maxLength: 253 }),
    message: text({ description: "What is wrong and how to put it right.", maxLength: 4096 }),
    resource: Type.Optional(text({ description: "Resource concerned.", maxLength: 1024 })),
    controls: Type.Optional(
      Type.Array(text({ description: "Framework and control.", maxLength: 253 }), {
        description: "Controls concerned.",
        maxItems: 64,
      }),
    ),
    severity: Type.Optional(Type.Enum(["Low", "Medium", "High", "Critical"], { description: "How bad." })),
  },
  { description: "One finding of a policy." },
);

/** A policy decision, as recorded. */
export const decisionSchema = Type.Object(
  {
    point: Type.Enum(["Admission", "Plan", "Remediation", "Edge"], { description: "Where it was asked." }),
    allow: Type.Boolean({ description: "Whether it may go on." }),
    requireApproval: Type.Boolean({ description: "Whether a person must agree." }),
    deny: Type.Optional(Type.Array(denialSchema, { description: "Why not.", maxItems: 100 })),
    warn: Type.Optional(Type.Array(denialSchema, { description: "What to look at.", maxItems: 100 })),
    bundle: text({ description: "Digest of the policy bundle.", maxLength: 71 }),
    settings: Type.Optional(
      text({ description: "Digest of the settings and exceptions it was decided under.", maxLength: 71 }),
    ),
    input: text({ description: "Keyed digest of the masked input.", maxLength: 128 }),
    inputDigest: Type.Optional(
      text({
        description:
          "Salted digest of the masked input that is kept for `dharma policy replay`; absent: too large to be kept.",
        maxLength: 71,
      }),
    ),
    time: Type.Optional(time("When it was decided.")),
  },
  { description: "A policy decision." },
);

/** What a drift check found. */
export const runDriftSchema = Type.Object(
  {
    checkedResources: count("Resources compared with the cloud."),
    driftedResources: count("Resources that differ."),
    resources: Type.Optional(
      Type.Array(
        Type.Object({
          kind: Type.Enum(["changed", "deleted"], { description: "What happened to it." }),
          urn: text({ description: "Pulumi URN.", maxLength: 1024 }),
          type: text({ description: "Pulumi type token.", maxLength: 253 }),
          name: text({ description: "Name in the Blueprint.", maxLength: 253 }),
          changed: Type.Optional(
            Type.Array(text({ description: "Property path.", maxLength: 253 }), {
              description: "Properties that differ.",
              maxItems: 100,
            }),
          ),
        }),
        { description: "The first 100 resources that differ.", maxItems: 100 },
      ),
    ),
  },
  { description: "What a drift check found." },
);

/** An approval, as attested by the webhook. */
export const approvalSchema = Type.Object(
  {
    user: text({ description: "Who approved.", maxLength: 1024 }),
    time: time("When."),
    plan: text({ description: "The plan that was approved.", maxLength: 71 }),
  },
  { description: "Who approved which plan when." },
);

/** Why something failed, for people and programs. */
export const failureSchema = Type.Object(
  {
    reason: Type.Unsafe<Reason>({
      type: "string",
      description: "A code of the documented list of reasons.",
      maxLength: 253,
    }),
    message: text({ description: "What happened and what to do next; never a secret.", maxLength: 32768 }),
    resource: Type.Optional(text({ description: "Resource concerned.", maxLength: 1024 })),
  },
  { description: "Why it failed." },
);

/** One step of a plan. */
export type PlanStep = Frozen<Static<typeof stepSchema>>;
/** What happens to one resource. */
export type StepOp = PlanStep["op"];
/** The plan of a run, as status keeps it. */
export type RunPlan = Frozen<Static<typeof planSchema>>;
/** What a run changes in cost. */
export type CostChange = Frozen<Static<typeof costChangeSchema>>;
/** How risky a plan is. */
export type Risk = Frozen<Static<typeof riskSchema>>;
/** One finding of a policy, as recorded. */
export type Denial = Frozen<Static<typeof denialSchema>>;
/** A policy decision, as recorded. */
export type RecordedDecision = Frozen<Static<typeof decisionSchema>>;
/** What a drift check found. */
export type RunDrift = Frozen<Static<typeof runDriftSchema>>;
/** Who approved which plan when. */
export type Approval = Frozen<Static<typeof approvalSchema>>;
/** Why a run failed. */
export type RunFailure = Frozen<Static<typeof failureSchema>>;

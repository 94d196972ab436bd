// Blueprint: components and raw resources on a cloud.
import { type Static, Type } from "typebox";
import type { Condition, KubeObject, ResourceType } from "../object.ts";
import type { Frozen } from "../schema/frozen.ts";
import { type KindDefinition, resourceType } from "../schema/kind.ts";
import { count, figure, percent } from "../schema/number.ts";
import { rules } from "../schema/rule.ts";
import { byName } from "../schema/schedule.ts";
import { statusFields } from "../schema/status.ts";
import { text, time } from "../schema/text.ts";
import { type BlueprintSpec, blueprintSpecSchema } from "./blueprint-spec.ts";

const statusSchema = Type.Object(
  {
    ...statusFields,
    phase: Type.Optional(
      Type.Enum(["Pending", "Planning", "AwaitingApproval", "Applying", "Ready", "Drifted", "Failed", "Destroying"], {
        description: "Where it stands, for people; the conditions are the truth.",
      }),
    ),
    resources: Type.Optional(count("Resources in the state.")),
    lastAppliedGeneration: Type.Optional(count("The metadata.generation that was last applied with success.")),
    lastHandledReconcileAt: Type.Optional(
      text({
        description: "Value of the annotation iacdharma.com/reconcile-at that was last acted on.",
        maxLength: 253,
      }),
    ),
    plan: Type.Optional(
      Type.Object(
        {
          id: text({ description: "Plan id: sha256 and 64 hexadecimal digits.", maxLength: 71 }),
          run: text({ description: "The BlueprintRun that holds it.", maxLength: 253 }),
          creates: count("Resources it creates."),
          updates: count("Resources it updates."),
          replaces: count("Resources it replaces."),
          deletes: count("Resources it deletes."),
        },
        { description: "The newest plan." },
      ),
    ),
    outputs: Type.Optional(
      Type.Unsafe<Record<string, unknown>>({
        type: "object",
        description: "Published outputs by name; never a secret.",
        "x-kubernetes-preserve-unknown-fields": true,
      }),
    ),
    cost: Type.Optional(
      Type.Object(
        {
          monthly: Type.Optional(figure("Cost of 730 hours, in the currency; absent when nothing could be priced.")),
          currency: text({ description: "Currency of monthly.", maxLength: 3 }),
          unknownCount: count("Resources without a known price; they are not part of monthly."),
          carbonKg: Type.Optional(figure("Emissions of 730 hours, kg CO2e.")),
        },
        { description: "What it costs." },
      ),
    ),
    compliance: Type.Optional(
      Type.Object(
        {
          scorePercent: percent("Weighted share of passed controls."),
          passed: Type.Optional(count("Controls that pass.")),
          failed: Type.Optional(count("Controls that fail; the worst are in failedControls.")),
          excepted: Type.Optional(count("Findings under an exception; they count neither way.")),
          frameworks: Type.Optional(
            Type.Array(
              Type.Object({
                name: text({ description: "Framework.", maxLength: 63 }),
                scorePercent: percent("Weighted share of its passed controls."),
                passed: Type.Optional(count("Its controls that pass.")),
                failed: Type.Optional(count("Its controls that fail.")),
                excepted: Type.Optional(count("Its controls that are under an exception.")),
              }),
              { description: "Score per framework.", maxItems: 32, ...byName },
            ),
          ),
          failedControls: Type.Optional(
            Type.Array(
              Type.Object({
                rule: text({ description: "The rule's id; docs/reference/controls.md tells of it.", maxLength: 253 }),
                severity: Type.Enum(["Low", "Medium", "High", "Critical"], { description: "How bad it is." }),
                controls: Type.Array(text({ description: "FRAMEWORK/ID.", maxLength: 100 }), {
                  description: "Controls of frameworks it is evidence against.",
                  maxItems: 64,
                }),
                message: text({ description: "What is wrong with the first resource, and what to set." }),
                resources: Type.Array(text({ description: "Name of a resource.", maxLength: 253 }), {
                  description: "Resources that fail, 10 at most.",
                  maxItems: 10,
                }),
                resourceCount: count("Resources that fail."),
                judged: count("Resources it looked at."),
              }),
              { description: "What fails, worst first, 32 at most.", maxItems: 32 },
            ),
          ),
          bundle: Type.Optional(text({ description: "Digest of the policy bundle that judged.", maxLength: 71 })),
          basis: Type.Optional(
            text({
              description: "Digest of what was judged and by what; it is judged again when that changes.",
              maxLength: 71,
            }),
          ),
          evaluateTime: Type.Optional(time("When it was judged.")),
        },
        { description: "How far it complies; absent while nothing could be judged." },
      ),
    ),
    drift: Type.Optional(
      Type.Object(
        {
          lastCheckTime: Type.Optional(time("When drift was last looked for.")),
          driftedResources: count("Resources that differ from the state."),
        },
        { description: "Result of the last drift check." },
      ),
    ),
    cloud: Type.Optional(
      Type.Object(
        { identity: text({ description: "Cloud and account, such as aws:123456789012.", maxLength: 253 }) },
        { description: "The cloud the state belongs to." },
      ),
    ),
    failures: Type.Optional(
      Type.Object(
        {
          count: count("Equal failures in a row."),
          inputs: text({
            description: "Digest of the inputs that failed; a new try starts when they change.",
            maxLength: 71,
          }),
        },
        { description: "Failures that repeat." },
      ),
    ),
  },
  { description: "What is." },
);

interface BackendView {
  readonly spec: { readonly state?: { readonly backendRef?: string } };
  readonly status?: { readonly resources?: number };
}

const backend = (object: string): string =>
  `(has(${object}.spec.state) && has(${object}.spec.state.backendRef) ? ${object}.spec.state.backendRef : '')`;

const schema = Type.Object(
  { spec: blueprintSpecSchema, status: Type.Optional(statusSchema) },
  {
    description: "Components and raw resources on a cloud, kept as declared.",
    ...rules<BackendView>({
      rule: `!has(oldSelf.status) || !has(oldSelf.status.resources) || oldSelf.status.resources == 0 || ${backend("self")} == ${backend("oldSelf")}`,
      message:
        "spec.state.backendRef cannot change while resources exist: export the state, or destroy the resources first",
      holds: (self, oldSelf) =>
        (oldSelf?.status?.resources ?? 0) === 0 || self.spec.state?.backendRef === oldSelf?.spec.state?.backendRef,
    }),
  },
);

/** What is: written by the operator only. */
export type BlueprintStatus = Omit<Frozen<Static<typeof statusSchema>>, "conditions"> & {
  readonly conditions?: readonly Condition[];
};
/** Where a Blueprint stands, for people. */
export type BlueprintPhase = NonNullable<BlueprintStatus["phase"]>;

/** Components and raw resources on a cloud, kept as declared. */
export interface Blueprint extends KubeObject {
  readonly spec: BlueprintSpec;
  readonly status?: BlueprintStatus;
}

/** blueprints.iacdharma.com */
export const blueprints: ResourceType<Blueprint> = resourceType("Blueprint", "blueprints", "namespaced");

/** All that is generated for Blueprint. */
export const blueprintKind: KindDefinition<Blueprint> = {
  type: blueprints,
  shortName: "bp",
  purpose:
    "Components and raw resources on a cloud: planned, gated, applied, watched for drift, healed, rolled back and destroyed.",
  schema,
  selectable: [".spec.provider", ".spec.region"],
  columns: [
    { name: "Provider", type: "string", jsonPath: ".spec.provider", description: "Cloud." },
    { name: "Region", type: "string", jsonPath: ".spec.region", description: "Region of the cloud.", priority: 1 },
    { name: "Phase", type: "string", jsonPath: ".status.phase", description: "Where it stands." },
    {
      name: "Ready",
      type: "string",
      jsonPath: '.status.conditions[?(@.type=="Ready")].status',
      description: "Whether it is as declared.",
    },
    { name: "Reason", type: "string", jsonPath: '.status.conditions[?(@.type=="Ready")].reason', description: "Why." },
    { name: "Resources", type: "integer", jsonPath: ".status.resources", description: "Resources in the state." },
    { name: "Health", type: "integer", jsonPath: ".status.health.score", description: "Health score, 0 to 100." },
    { name: "Monthly", type: "string", jsonPath: ".status.cost.monthly", description: "Monthly cost." },
    {
      name: "Currency",
      type: "string",
      jsonPath: ".status.cost.currency",
      description: "Currency of the cost.",
      priority: 1,
    },
    { name: "Plan", type: "string", jsonPath: ".status.plan.run", description: "Run of the newest plan.", priority: 1 },
    {
      name: "Message",
      type: "string",
      jsonPath: '.status.conditions[?(@.type=="Ready")].message',
      description: "What to do next.",
      priority: 1,
    },
    { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp", description: "Since when." },
  ],
};

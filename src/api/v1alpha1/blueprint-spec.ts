// Blueprint.spec: what a person wants built and how it may change.
import { type Static, Type } from "typebox";
import { duration } from "../schema/duration.ts";
import type { Frozen } from "../schema/frozen.ts";
import { defaulted } from "../schema/kind.ts";
import { rules } from "../schema/rule.ts";
import { asSet, byName, windows } from "../schema/schedule.ts";
import { label, objectName, shaped, text } from "../schema/text.ts";
import { exactlyOne } from "../schema/union.ts";
import { componentSchema, providers, rawResourceSchema } from "./component.ts";
import { inputSchema, shareSchema } from "./input.ts";

const ignoreSchema = Type.Object(
  {
    resource: text({ description: "Name of a component or resource.", maxLength: 63, minLength: 1 }),
    fields: Type.Array(text({ description: "Property path.", maxLength: 253, minLength: 1 }), {
      description: "Properties whose drift does not count; empty: all of them.",
      maxItems: 64,
      ...asSet,
    }),
  },
  { description: "Drift that does not count." },
);

const driftSchema = defaulted(
  {
    mode: Type.Enum(["Ignore", "Report", "Propose", "Heal"], {
      description:
        "Ignore: never look. Report: say so. Propose: also make a plan that waits for approval. Heal: put it right, through the gates.",
      default: "Report",
    }),
    interval: duration({ description: "How often to look, with 10 % jitter.", default: "1h", atLeast: "1m" }),
    ignore: Type.Optional(
      Type.Array(ignoreSchema, {
        description: "Drift that does not count.",
        maxItems: 64,
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["resource"],
      }),
    ),
  },
  { description: "What to do about changes made behind the operator's back." },
);

const rollbackSchema = defaulted(
  {
    automatic: Type.Boolean({
      description:
        "Go back to the last good spec when an apply fails or health falls by a hard signal within the window.",
      default: false,
    }),
    window: duration({
      description: "How long after an apply a failure counts against it.",
      default: "10m",
      atLeast: "1m",
    }),
  },
  { description: "What to do when a change turns out bad." },
);

/** Blueprint.spec. */
export const blueprintSpecSchema = Type.Object(
  {
    description: Type.Optional(text({ description: "What it is for, for people." })),
    provider: Type.Enum([...providers], {
      description:
        "The cloud where components are built. Raw resources may be of any allowed Pulumi package. A change is a move and needs approval.",
    }),
    region: shaped(
      "^[a-z][a-z0-9]*(-[a-z0-9]+)*$",
      "must be a region of the provider, such as eu-west-1, westeurope or europe-west1",
      {
        description: "Region of the provider. A change is a move and needs approval.",
        maxLength: 63,
      },
    ),
    components: Type.Optional(
      Type.Array(componentSchema, {
        description: "Abstract components, translated to the provider.",
        maxItems: 1000,
        ...byName,
      }),
    ),
    resources: Type.Optional(
      Type.Array(rawResourceSchema, {
        description: "Raw resources of any allowed Pulumi package.",
        maxItems: 1000,
        ...byName,
      }),
    ),
    inputs: Type.Optional(
      Type.Array(inputSchema, { description: "Values from elsewhere: ${inputs.NAME}.", maxItems: 128, ...byName }),
    ),
    outputs: Type.Optional(
      Type.Record(Type.String(), text({ description: "Expression.", maxLength: 4096 }), {
        description:
          "Values to publish in status, by name; expressions such as ${api.address}. What is secret is left out of status.",
        maxProperties: 128,
      }),
    ),
    shareOutputs: Type.Optional(
      Type.Array(shareSchema, { description: "Outputs that other namespaces may read by blueprintRef.", maxItems: 32 }),
    ),
    writeOutputsToSecret: Type.Optional(
      objectName(
        "Secret that receives all outputs, secret ones too. Refused where a Secret of that name is not this Blueprint's.",
      ),
    ),
    approval: Type.Enum(["Never", "OnRisk", "OnDestroy", "Always"], {
      description:
        "When a person must approve a plan. OnRisk: whatever deletes or replaces something stateful, protected or irreversible, is of medium risk or above, or cannot be priced.",
      default: "OnRisk",
    }),
    drift: driftSchema,
    rollback: rollbackSchema,
    deletionPolicy: Type.Enum(["Destroy", "Retain"], {
      description:
        "What happens to the resources when the Blueprint is deleted. What was imported is retained unless its own options say otherwise.",
      default: "Destroy",
    }),
    paused: Type.Boolean({ description: "Change nothing; deletion waits too.", default: false }),
    observeOnly: Type.Boolean({ description: "Never change anything; excludes drift.mode Heal.", default: false }),
    ttl: Type.Optional(
      duration({
        description: "Delete the Blueprint this long after its creation, through the same gates.",
        atLeast: "1m",
      }),
    ),
    maintenanceWindows: Type.Optional(windows("When changes may be applied. Empty or absent: always.")),
    credentials: Type.Optional(
      Type.Object(
        {
          secretRef: Type.Optional(
            Type.Object(
              { name: objectName("Name of the Secret, in this namespace.") },
              { description: "A Secret with the provider's credentials." },
            ),
          ),
          serviceAccountName: Type.Optional(
            objectName("ServiceAccount of this namespace whose cloud identity is used."),
          ),
        },
        {
          description: "Who builds. Absent: what the operator's administrator allows the namespace.",
          ...rules(exactlyOne("secretRef", "serviceAccountName")),
        },
      ),
    ),
    state: Type.Optional(
      Type.Object(
        {
          backendRef: Type.Optional(
            label("Name of a state backend that an administrator set up. Default: the operator's own."),
          ),
        },
        { description: "Where the state is kept; immutable while resources exist." },
      ),
    ),
    execution: Type.Enum(["Local", "Job"], {
      description: "Where Pulumi runs: in the operator's worker pool, or as a Job under the tenant's service account.",
      default: "Local",
    }),
    runHistoryLimit: Type.Integer({
      description: "How many finished BlueprintRuns are kept.",
      minimum: 1,
      maximum: 100,
      default: 10,
    }),
  },
  {
    description: "What is wanted.",
    ...rules<{
      observeOnly: boolean;
      drift: { mode: string };
      components?: readonly Named[];
      resources?: readonly Named[];
    }>(
      {
        rule: "!(self.observeOnly && self.drift.mode == 'Heal')",
        message:
          "observeOnly never changes anything: choose drift.mode Ignore, Report or Propose, or leave observeOnly out",
        holds: (self) => !(self.observeOnly && self.drift.mode === "Heal"),
      },
      {
        rule: "!has(self.components) || !has(self.resources) || !sets.intersects(self.components.map(c, c.name), self.resources.map(r, r.name))",
        message: "names must be unique across components and resources",
        holds: ({ components = [], resources = [] }) => {
          const taken = new Set(components.map((component) => component.name));
          return !resources.some((resource) => taken.has(resource.name));
        },
      },
    ),
  },
);

interface Named {
  readonly name: string;
}

/** What is wanted: components and raw resources on a cloud, and how they may change. As read from the server, defaults filled. */
export type BlueprintSpec = Frozen<Static<typeof blueprintSpecSchema>>;
/** What is done about drift. */
export type DriftMode = BlueprintSpec["drift"]["mode"];
/** When a person must approve a plan. */
export type ApprovalPolicy = BlueprintSpec["approval"];

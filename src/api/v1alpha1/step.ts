// Steps: what a RemediationPolicy may do, and with which parameters.
import { type Static, Type } from "typebox";
import { duration } from "../schema/duration.ts";
import type { Frozen } from "../schema/frozen.ts";
import { quantity } from "../schema/number.ts";
import { type RuleOf, rules } from "../schema/rule.ts";
import { label, objectName, text } from "../schema/text.ts";

const actions = [
  "RestartPod",
  "RestartWorkload",
  "RollbackWorkload",
  "ScaleWorkload",
  "AdjustResources",
  "ExpandVolume",
  "EvictPods",
  "CordonNode",
  "UncordonNode",
  "DrainNode",
  "RestoreObject",
  "ReconcileBlueprint",
  "RollbackBlueprint",
  "RunJob",
  "Notify",
] as const;

/** The parameter that an action takes; the others take none. */
const parameterOf = {
  notify: "Notify",
  scale: "ScaleWorkload",
  job: "RunJob",
  resources: "AdjustResources",
  volume: "ExpandVolume",
} as const;
const required = ["notify", "scale", "job"] as const;

interface StepShape {
  readonly action: string;
  readonly [parameter: string]: unknown;
}

const onlyForItsAction: RuleOf<StepShape> = {
  rule: Object.entries(parameterOf)
    .map(([parameter, action]) => `(!has(self.${parameter}) || self.action == '${action}')`)
    .join(" && "),
  message: `parameters belong to their action only: ${Object.entries(parameterOf)
    .map(([parameter, action]) => `${parameter} to ${action}`)
    .join(", ")}`,
  holds: (self) =>
    Object.entries(parameterOf).every(([parameter, action]) => self[parameter] === undefined || self.action === action),
};

const presentForItsAction: RuleOf<StepShape> = {
  rule: required
    .map((parameter) => `(self.action != '${parameterOf[parameter]}' || has(self.${parameter}))`)
    .join(" && "),
  message: "Notify needs notify, ScaleWorkload needs scale and RunJob needs job",
  holds: (self) =>
    required.every((parameter) => self.action !== parameterOf[parameter] || self[parameter] !== undefined),
};

/** Who is told; the operator's configuration says what a name stands for. */
export const notifySchema = Type.Object(
  { to: label("Name of a receiver that the administrator set up.") },
  { description: "Who is told." },
);

/** One step of the ladder. */
export const stepSchema = Type.Object(
  {
    name: label("Name of the step, unique in the ladder."),
    action: Type.Enum([...actions], { description: "What is done to the target." }),
    timeout: duration({ description: "The next step follows when this one takes longer.", default: "5m" }),
    approval: Type.Optional(
      Type.Enum(["OnRisk", "Always"], {
        description: "Ask for more approval than the autonomy does; never for less. Default: as the autonomy says.",
      }),
    ),
    notify: Type.Optional(notifySchema),
    scale: Type.Optional(
      Type.Object(
        { replicas: Type.Integer({ description: "Replicas to scale to.", minimum: 0, maximum: 10000 }) },
        { description: "How far ScaleWorkload scales." },
      ),
    ),
    job: Type.Optional(
      Type.Object(
        {
          templateRef: Type.Object(
            { name: objectName("Name of a CronJob in the target's namespace.") },
            { description: "The CronJob whose Job template is run." },
          ),
        },
        { description: "What RunJob runs." },
      ),
    ),
    resources: Type.Optional(
      Type.Object(
        {
          maxCpu: Type.Optional(text({ description: "Largest CPU request, a quantity.", maxLength: 30 })),
          maxMemory: Type.Optional(quantity("Largest memory request.")),
        },
        { description: "Bounds of AdjustResources." },
      ),
    ),
    volume: Type.Optional(
      Type.Object({ maxSize: quantity("Largest size.") }, { description: "Bounds of ExpandVolume." }),
    ),
  },
  {
    description: "One step: an action, its bounds and how long it may take.",
    ...rules<StepShape>(onlyForItsAction, presentForItsAction),
  },
);

/** One step of the ladder. */
export type RemediationStep = Frozen<Static<typeof stepSchema>>;
/** What a step does. */
export type RemediationAction = RemediationStep["action"];

// RemediationPolicy: which signals on which targets are answered by which steps, and how far that may go.
import { type Static, Type } from "typebox";
import type { Condition, KubeObject, ResourceType } from "../object.ts";
import { duration } from "../schema/duration.ts";
import type { Frozen } from "../schema/frozen.ts";
import { type KindDefinition, defaulted, resourceType } from "../schema/kind.ts";
import { count, countOrPercent } from "../schema/number.ts";
import { rules } from "../schema/rule.ts";
import { asSet, byName, cron, timeZone, windows } from "../schema/schedule.ts";
import { selector } from "../schema/selector.ts";
import { statusFields } from "../schema/status.ts";
import { label, objectName, text } from "../schema/text.ts";
import { exactlyOne } from "../schema/union.ts";
import { signals, targetKind } from "./signal.ts";
import { stepSchema } from "./step.ts";

const targetsSchema = Type.Object(
  {
    ...targetKind,
    selector: Type.Optional(selector("Which of them.")),
    namespaces: Type.Optional(
      Type.Array(label("Name of a namespace."), {
        description:
          "Where they are. Default: this namespace. Others only from the operator's namespace or by their grant.",
        maxItems: 64,
        ...asSet,
      }),
    ),
  },
  { description: "What is watched and healed." },
);

const guardsSchema = defaulted(
  {
    dryRun: Type.Boolean({ description: "Decide and record, change nothing.", default: false }),
    maxConcurrent: Type.Integer({
      description: "Remediations at the same time.",
      minimum: 1,
      maximum: 100,
      default: 1,
    }),
    maxPerHour: Type.Integer({ description: "Remediations an hour.", minimum: 1, maximum: 1000, default: 6 }),
    minHealthy: Type.Optional(
      countOrPercent(
        "How many targets must be healthy, count or percentage, for a disruptive step. Targets under repair are not healthy.",
      ),
    ),
    windows: Type.Optional(windows("When steps may run. Empty or absent: always.")),
  },
  { description: "Hard limits; one that says no is final." },
);

const drillSchema = Type.Object(
  {
    name: label("Name of the drill, unique in its list."),
    schedule: cron("When it runs."),
    timeZone: timeZone("Time zone of the schedule."),
    fault: Type.Enum(["PodDelete", "PodFailure", "NodeCordon", "NodeNotReady", "ScaleToZero", "BadImage"], {
      description: "The fault that is injected, and cured when the drill ends.",
    }),
    duration: duration({ description: "How long the fault lasts at most.", default: "5m" }),
    abortWhen: defaulted(
      { healthBelow: Type.Integer({ description: "Health score.", minimum: 0, maximum: 100, default: 50 }) },
      { description: "When the drill ends early." },
    ),
  },
  { description: "A fault on purpose, to earn autonomy by measured success." },
);

const specSchema = Type.Object(
  {
    targets: targetsSchema,
    when: Type.Object(
      {
        any: Type.Optional(signals("One of these is enough.")),
        all: Type.Optional(signals("All of these are needed.")),
      },
      { description: "What sets the ladder off: exactly one of any and all.", ...rules(exactlyOne("any", "all")) },
    ),
    cooldown: duration({ description: "How long a target is left alone after a remediation.", default: "10m" }),
    steps: Type.Array(stepSchema, {
      description: "The ladder: the next when one fails or times out.",
      minItems: 1,
      maxItems: 16,
      ...byName,
    }),
    verify: defaulted(
      {
        within: duration({ description: "How long the target has to get better after a step.", default: "3m" }),
        healthAtLeast: Type.Integer({ description: "Health score to reach.", minimum: 0, maximum: 100, default: 80 }),
      },
      { description: "When a step counts as a success; otherwise its inverse runs." },
    ),
    guards: guardsSchema,
    autonomy: Type.Enum(["Suggest", "Approve", "Auto"], {
      description:
        "The most it may ever reach. Suggest: say what it would do. Approve: ask first. Auto: act. It starts lower and is promoted by measured success.",
      default: "Approve",
    }),
    serviceAccountName: Type.Optional(
      objectName(
        "ServiceAccount of this namespace whose rights bound every step. Default: the administrator's choice.",
      ),
    ),
    drills: Type.Optional(Type.Array(drillSchema, { description: "Faults on purpose.", maxItems: 16, ...byName })),
    paused: Type.Boolean({ description: "Neither detect nor act.", default: false }),
  },
  { description: "What is wanted." },
);

const statusSchema = Type.Object(
  {
    ...statusFields,
    counts: Type.Optional(
      Type.Object(
        {
          detected: count("Incidents detected."),
          mitigated: count("Incidents ended by a verified step."),
          undone: count("Steps that were taken back."),
          blocked: count("Steps that a guard forbade."),
        },
        { description: "Since the policy was made." },
      ),
    ),
    autonomy: Type.Optional(
      Type.Object(
        {
          current: Type.Enum(["Suggest", "Approve", "Auto"], { description: "What it may do now." }),
          successes: count("Successes in a row at this level."),
          needed: count("Successes that promote it."),
        },
        { description: "Autonomy earned." },
      ),
    ),
    targets: Type.Optional(count("Targets that are selected.")),
    allowance: Type.Optional(count("Remediations that the guards still allow now.")),
    lastRemediation: Type.Optional(text({ description: "The newest Remediation.", maxLength: 253 })),
  },
  { description: "What is." },
);

const schema = Type.Object(
  { spec: specSchema, status: Type.Optional(statusSchema) },
  { description: "Signals, targets, steps and guards." },
);

/** What is wanted: signals on targets answered by steps, within guards. */
export type RemediationPolicySpec = Frozen<Static<typeof specSchema>>;
/** What is. */
export type RemediationPolicyStatus = Omit<Frozen<Static<typeof statusSchema>>, "conditions"> & {
  readonly conditions?: readonly Condition[];
};
/** What a policy may do without asking. */
export type Autonomy = RemediationPolicySpec["autonomy"];

/** Signals on targets answered by a ladder of steps, within guards. */
export interface RemediationPolicy extends KubeObject {
  readonly spec: RemediationPolicySpec;
  readonly status?: RemediationPolicyStatus;
}

/** remediationpolicies.iacdharma.com */
export const remediationPolicies: ResourceType<RemediationPolicy> = resourceType(
  "RemediationPolicy",
  "remediationpolicies",
  "namespaced",
);

/** All that is generated for RemediationPolicy. */
export const remediationPolicyKind: KindDefinition<RemediationPolicy> = {
  type: remediationPolicies,
  shortName: "rp",
  purpose:
    "Signals on targets answered by a ladder of steps, within guards: detected, diagnosed, decided, acted on, verified, undone, learned from.",
  schema,
  selectable: [".spec.targets.kind"],
  columns: [
    { name: "Target", type: "string", jsonPath: ".spec.targets.kind", description: "Kind that is healed." },
    {
      name: "Ready",
      type: "string",
      jsonPath: '.status.conditions[?(@.type=="Ready")].status',
      description: "Whether it watches.",
    },
    { name: "Reason", type: "string", jsonPath: '.status.conditions[?(@.type=="Ready")].reason', description: "Why." },
    { name: "Autonomy", type: "string", jsonPath: ".status.autonomy.current", description: "What it may do now." },
    {
      name: "Dry run",
      type: "boolean",
      jsonPath: ".spec.guards.dryRun",
      description: "Whether it changes nothing.",
      priority: 1,
    },
    { name: "Mitigated", type: "integer", jsonPath: ".status.counts.mitigated", description: "Incidents ended." },
    {
      name: "Blocked",
      type: "integer",
      jsonPath: ".status.counts.blocked",
      description: "Steps that a guard forbade.",
    },
    {
      name: "Last",
      type: "string",
      jsonPath: ".status.lastRemediation",
      description: "Newest Remediation.",
      priority: 1,
    },
    { name: "Health", type: "integer", jsonPath: ".status.health.score", description: "Health score, 0 to 100." },
    { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp", description: "Since when." },
  ],
};

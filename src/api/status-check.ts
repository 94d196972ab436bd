// The invariants of every status, executable: kstatus' rules and the table of situations. Every controller test runs them.
import type { Condition, KubeObject } from "./object.ts";
import { isReason } from "./reasons.ts";
import { healthClass } from "./schema/status.ts";
import { conditionOf, isTrue } from "./status.ts";

interface View {
  readonly kind: string;
  readonly generation: number;
  readonly observed: number | undefined;
  readonly conditions: readonly Condition[];
  readonly phase: string | undefined;
  readonly health: { readonly score?: unknown; readonly class?: unknown } | undefined;
  readonly ready: Condition | undefined;
  readonly reconciling: boolean;
  readonly stalled: boolean;
  readonly paused: boolean;
}

interface Invariant {
  /** What holds, for people. */
  readonly says: string;
  holds(view: View): boolean;
}

/** The conditions that exist only while True (kstatus: "abnormal-true" conditions). */
const onlyWhileTrue = ["Reconciling", "Stalled"];

const invariants: readonly Invariant[] = [
  {
    says: "observedGeneration is written and never ahead of metadata.generation",
    holds: ({ observed, generation }) => observed !== undefined && observed <= generation,
  },
  { says: "Ready is always there", holds: ({ ready }) => ready !== undefined },
  {
    says: "each condition type is there once",
    holds: ({ conditions }) => new Set(conditions.map(({ type }) => type)).size === conditions.length,
  },
  {
    says: "every reason is on the documented list",
    holds: ({ conditions }) => conditions.every(({ reason }) => isReason(reason)),
  },
  {
    says: "every condition that is not well says what happened",
    holds: ({ conditions }) =>
      conditions.every(({ type, status, message }) => message !== "" || (type === "Ready" && status === "True")),
  },
  {
    says: "every lastTransitionTime is a time",
    holds: ({ conditions }) =>
      conditions.every(({ lastTransitionTime }) => !Number.isNaN(Date.parse(lastTransitionTime))),
  },
  {
    says: "no condition is ahead of metadata.generation",
    holds: ({ conditions, generation }) =>
      conditions.every(({ observedGeneration = 0 }) => observedGeneration <= generation),
  },
  {
    says: "Reconciling and Stalled are there only while True",
    holds: ({ conditions }) =>
      conditions.every(({ type, status }) => !onlyWhileTrue.includes(type) || status === "True"),
  },
  {
    says: "Reconciling and Stalled are never both there",
    holds: ({ reconciling, stalled }) => !(reconciling && stalled),
  },
  {
    says: "while Reconciling, Ready is Unknown",
    holds: ({ reconciling, ready }) => !reconciling || ready?.status === "Unknown",
  },
  { says: "while Stalled, Ready is False", holds: ({ stalled, ready }) => !stalled || ready?.status === "False" },
  {
    says: "Ready is Unknown only while Reconciling or Paused",
    holds: ({ ready, reconciling, paused }) => ready?.status !== "Unknown" || reconciling || paused,
  },
  {
    says: "Ready is False only while Stalled, Drifted or Paused",
    holds: ({ ready, stalled, paused, conditions, kind }) =>
      ready?.status !== "False" || stalled || paused || isTrue(conditions, "Drifted") || kind === "EdgeCluster",
  },
  {
    says: "NotImplemented is Ready False and Stalled",
    holds: ({ ready, stalled, paused }) =>
      ready?.reason !== "NotImplemented" || (ready.status === "False" && (stalled || paused)),
  },
  {
    says: "AwaitingApproval is Ready Unknown, Reconciling and Approved False",
    holds: ({ ready, reconciling, conditions, paused }) =>
      ready?.reason !== "AwaitingApproval" ||
      (ready.status === "Unknown" &&
        (reconciling || paused) &&
        conditionOf(conditions, "Approved")?.status === "False"),
  },
  {
    says: "Ready with reason Drifted is False, with Drifted True",
    holds: ({ ready, conditions }) =>
      ready?.reason !== "Drifted" || (ready.status === "False" && isTrue(conditions, "Drifted")),
  },
  {
    says: "while Drifted, Ready is not True",
    holds: ({ ready, conditions, paused }) => paused || !isTrue(conditions, "Drifted") || ready?.status !== "True",
  },
  {
    says: "without data nothing is True: reason NoData means Unknown",
    holds: ({ conditions }) => conditions.every(({ reason, status }) => reason !== "NoData" || status === "Unknown"),
  },
  {
    says: "the phase agrees with Ready",
    holds: ({ phase, ready, paused }) => paused || phase === undefined || agrees(phase, ready?.status),
  },
  {
    says: "the class of health is the class of its score",
    holds: ({ health }) =>
      health === undefined || health.class === healthClass(typeof health.score === "number" ? health.score : undefined),
  },
  {
    says: "an EdgeCluster says whether it is Accepted and Connected",
    holds: ({ kind, ready, conditions }) =>
      kind !== "EdgeCluster" ||
      ready?.reason === "NotImplemented" ||
      ["Accepted", "Connected"].every((type) => conditionOf(conditions, type) !== undefined),
  },
];

/** What a phase says about Ready; phases that are not listed say nothing. */
const readyOf: Readonly<Record<string, Condition["status"]>> = {
  Ready: "True",
  Succeeded: "True",
  Drifted: "False",
  AwaitingApproval: "Unknown",
  Planning: "Unknown",
  Applying: "Unknown",
};

function agrees(phase: string, status: Condition["status"] | undefined): boolean {
  const expected = readyOf[phase];
  return expected === undefined || expected === status;
}

/**
 * What is wrong with the object's status, one sentence each; empty when nothing is. For objects that a controller has
 * handled: a status that was never written is a fault.
 */
export function checkStatus(object: KubeObject & { readonly status?: unknown }): readonly string[] {
  const name = `${object.kind} ${object.metadata.name}`;
  if (!isRecord(object.status)) return [`${name}: status was never written`];
  const view = viewOf(object, object.status);
  return invariants
    .filter((invariant) => !invariant.holds(view))
    .map((invariant) => `${name}: does not hold that ${invariant.says} (${shown(view)})`);
}

function viewOf(object: KubeObject, status: Readonly<Record<string, unknown>>): View {
  const conditions = Array.isArray(status["conditions"]) ? status["conditions"].filter(isCondition) : [];
  return {
    kind: object.kind,
    generation: object.metadata.generation ?? 0,
    observed: typeof status["observedGeneration"] === "number" ? status["observedGeneration"] : undefined,
    conditions,
    phase: typeof status["phase"] === "string" ? status["phase"] : undefined,
    health: isRecord(status["health"]) ? status["health"] : undefined,
    ready: conditionOf(conditions, "Ready"),
    reconciling: conditionOf(conditions, "Reconciling") !== undefined,
    stalled: conditionOf(conditions, "Stalled") !== undefined,
    paused: isTrue(conditions, "Paused"),
  };
}

function shown({ conditions, observed, generation, phase }: View): string {
  const list = conditions.map(({ type, status, reason }) => `${type} ${status} ${reason}`).join(", ");
  return `generation ${generation}, observed ${observed ?? "never"}, phase ${phase ?? "none"}, ${list === "" ? "no conditions" : list}`;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isCondition(value: unknown): value is Condition {
  return isRecord(value) && typeof value["type"] === "string" && typeof value["status"] === "string";
}

// Conditions as pure functions: kstatus' three and the table of situations, so that every kind says the same the same way.
import type { Condition } from "./object.ts";
import type { Reason } from "./reasons.ts";

/** A condition about to be set; the time is added when its status changes. */
export type NextCondition = Omit<Condition, "lastTransitionTime" | "reason"> & { readonly reason: Reason };

/** Where an object stands; each decides Ready, Reconciling and Stalled, and what goes with them. */
export type Standing =
  /** All is as declared. */
  | { readonly kind: "ready"; readonly reason: Reason; readonly message: string }
  /** Work is under way, or will be tried again by itself. */
  | { readonly kind: "working"; readonly reason: Reason; readonly message: string }
  /** A plan waits for a person. */
  | { readonly kind: "awaitingApproval"; readonly message: string }
  /** Will not get better by itself. */
  | { readonly kind: "stalled"; readonly reason: Reason; readonly message: string }
  /** Drift was found and is not healed. */
  | { readonly kind: "drifted"; readonly message: string }
  /** Nothing is changed; Ready stays as it was. */
  | { readonly kind: "paused"; readonly message: string };

/** Which generation is judged, and when (milliseconds since the epoch). */
export interface Judgement {
  readonly generation: number;
  readonly now: number;
}

/** The condition of that type. */
export function conditionOf(conditions: readonly Condition[] | undefined, type: string): Condition | undefined {
  return conditions?.find((condition) => condition.type === type);
}

/** True when the condition is there and True. */
export function isTrue(conditions: readonly Condition[] | undefined, type: string): boolean {
  return conditionOf(conditions, type)?.status === "True";
}

/** Sets one condition; lastTransitionTime moves only when the status does. The order of the others is kept. */
export function setCondition(
  conditions: readonly Condition[] | undefined,
  next: NextCondition,
  now: number,
): readonly Condition[] {
  const before = conditionOf(conditions, next.type);
  const kept = before?.status === next.status ? before.lastTransitionTime : undefined;
  const set: Condition = { ...next, lastTransitionTime: kept ?? timeText(now) };
  if (before === undefined) return [...(conditions ?? []), set];
  return (conditions ?? []).map((condition) => (condition.type === next.type ? set : condition));
}

/** Takes a condition away. */
export function dropCondition(conditions: readonly Condition[] | undefined, type: string): readonly Condition[] {
  return (conditions ?? []).filter((condition) => condition.type !== type);
}

/**
 * Ready, Reconciling and Stalled for where the object stands, and Approved, Drifted or Paused where they go with it. Other
 * conditions stay. Reconciling and Stalled are there only while True, and never both.
 */
export function stand(
  conditions: readonly Condition[] | undefined,
  standing: Standing,
  { generation, now }: Judgement,
): readonly Condition[] {
  const say = (
    list: readonly Condition[],
    type: string,
    status: Condition["status"],
    reason: Reason,
    message: string,
  ) => setCondition(list, { type, status, reason, message, observedGeneration: generation }, now);
  const calm = dropCondition(dropCondition(conditions, "Reconciling"), "Stalled");
  const going = dropCondition(calm, "Paused");
  switch (standing.kind) {
    case "ready":
      return say(dropCondition(going, "Drifted"), "Ready", "True", standing.reason, standing.message);
    case "working":
      return say(
        say(going, "Ready", "Unknown", standing.reason, standing.message),
        "Reconciling",
        "True",
        standing.reason,
        standing.message,
      );
    case "awaitingApproval": {
      const asked = say(going, "Approved", "False", "AwaitingApproval", standing.message);
      return stand(
        asked,
        { kind: "working", reason: "AwaitingApproval", message: standing.message },
        { generation, now },
      );
    }
    case "stalled":
      return say(
        say(going, "Ready", "False", standing.reason, standing.message),
        "Stalled",
        "True",
        standing.reason,
        standing.message,
      );
    case "drifted":
      return say(
        say(going, "Ready", "False", "Drifted", standing.message),
        "Drifted",
        "True",
        "Drifted",
        standing.message,
      );
    case "paused": {
      const before = conditionOf(calm, "Ready");
      const judged =
        before === undefined
          ? say(calm, "Ready", "Unknown", "Paused", standing.message)
          : keepUpToDate(calm, before, generation);
      return say(judged, "Paused", "True", "Paused", standing.message);
    }
  }
}

function keepUpToDate(conditions: readonly Condition[], ready: Condition, generation: number): readonly Condition[] {
  return conditions.map((condition) =>
    condition === ready ? { ...ready, observedGeneration: generation } : condition,
  );
}

/** RFC 3339 in whole seconds, as metav1.Time has it. */
export function timeText(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

// Conditions: set purely, with transition times that move only when the status does.
import type { Condition, KubeObject } from "../api/object.ts";

/** What a controller says of one condition; time and generation are filled in. */
export type ConditionInput = Pick<Condition, "type" | "status" | "reason" | "message">;

/** The conditions of any object; empty when it has none. */
export function conditionsOf(object: KubeObject): readonly Condition[] {
  const status: unknown = Reflect.get(object, "status");
  const conditions: unknown =
    typeof status === "object" && status !== null ? Reflect.get(status, "conditions") : undefined;
  return Array.isArray(conditions) ? conditions.filter(isCondition) : [];
}

/** One condition by type. */
export function findCondition(conditions: readonly Condition[] | undefined, type: string): Condition | undefined {
  return conditions?.find((condition) => condition.type === type);
}

/**
 * The conditions a status should carry: exactly `next`, sorted by type. A condition whose status did not change keeps
 * its lastTransitionTime; others get `nowMs` (wall clock). Messages are cut to the schema's 32,768 characters.
 */
export function settleConditions(
  previous: readonly Condition[] | undefined,
  next: readonly ConditionInput[],
  at: { readonly generation: number | undefined; readonly nowMs: number },
): Condition[] {
  return next
    .map((input): Condition => {
      const before = findCondition(previous, input.type);
      return {
        type: input.type,
        status: input.status,
        reason: input.reason,
        message: input.message.slice(0, 32_768),
        lastTransitionTime: before?.status === input.status ? before.lastTransitionTime : rfc3339(at.nowMs),
        ...(at.generation === undefined ? {} : { observedGeneration: at.generation }),
      };
    })
    .toSorted((a, b) => (a.type < b.type ? -1 : 1));
}

/** metav1.Time: seconds. */
export function rfc3339(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** metav1.MicroTime. */
export function rfc3339Micro(ms: number): string {
  return new Date(ms).toISOString().replace("Z", "000Z");
}

function isCondition(value: unknown): value is Condition {
  return typeof value === "object" && value !== null && "type" in value && "status" in value;
}

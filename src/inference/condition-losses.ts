// What the conditions say of health, by one documented table.
import type { Condition } from "../api/index.ts";
import type { HealthSubject } from "./health.ts";
import type { Loss } from "./loop/points.ts";

/** Why the conditions say nothing: there is no Ready condition, it is Unknown, or it is of an older generation. */
export function whyUnknown(subject: HealthSubject): string | undefined {
  const ready = conditionOf(subject, "Ready");
  if (ready === undefined) return "there is no Ready condition yet";
  if (ready.reason === "NotImplemented") return `nobody looks after it: ${ready.message || ready.reason}`;
  if (ready.status === "Unknown") return `it is not known whether it is ready: ${ready.message || ready.reason}`;
  const observed = ready.observedGeneration ?? subject.observedGeneration;
  if (observed !== undefined && observed < subject.generation) {
    return `the conditions are of generation ${observed}, the spec is at ${subject.generation}`;
  }
  return undefined;
}

/**
 * | condition | points |
 * |---|---|
 * | Ready False | 70; 40 when its reason is Drifted (built and running, but not as declared) |
 * | Stalled True | 15 |
 * | Drifted True, Ready not False for it | 25 |
 * | Degraded True | 40 |
 *
 * Each condition that gets worse can only cost more.
 */
export function conditionLosses(subject: HealthSubject): readonly Loss[] {
  const losses: Loss[] = [];
  const lose = (condition: Condition, points: number) =>
    losses.push({
      signal: `condition/${condition.type}`,
      points,
      message: condition.message || `${condition.type} is ${condition.status}: ${condition.reason}`,
    });
  const ready = conditionOf(subject, "Ready");
  const driftedReady = ready?.status === "False" && ready.reason === "Drifted";
  if (ready?.status === "False") lose(ready, driftedReady ? 40 : 70);
  for (const [type, points] of [
    ["Stalled", 15],
    ["Drifted", driftedReady ? 0 : 25],
    ["Degraded", 40],
  ] as const) {
    const condition = conditionOf(subject, type);
    if (condition?.status === "True" && points > 0) lose(condition, points);
  }
  return losses;
}

function conditionOf(subject: HealthSubject, type: string): Condition | undefined {
  return subject.conditions.find((condition) => condition.type === type);
}

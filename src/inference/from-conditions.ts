// The baseline of health: conditions only, by one documented table.
import { type Condition, healthClass } from "../api/index.ts";
import type { HealthReason, HealthStatus, HealthSubject } from "./health.ts";

interface Loss {
  readonly signal: string;
  /** Points of 100. */
  readonly points: number;
  readonly message: string;
}

/**
 * score = 100 - sum of the points lost, never below 0:
 *
 * | condition | points |
 * |---|---|
 * | Ready False | 70; 40 when its reason is Drifted (built and running, but not as declared) |
 * | Stalled True | 15 |
 * | Drifted True, Ready not False for it | 25 |
 * | Degraded True | 40 |
 * | driftPercent | a tenth of it |
 *
 * Unknown without data: no Ready condition, Ready Unknown, or conditions of an older generation. Each condition that gets
 * worse can only lower the score.
 */
export function scoreFromConditions(subject: HealthSubject, now: number): HealthStatus {
  const updateTime = new Date(now).toISOString();
  const ready = conditionOf(subject, "Ready");
  const unknown = whyUnknown(subject, ready);
  const drift = subject.driftPercent === undefined ? {} : { driftPercent: subject.driftPercent };
  const models = [{ name: "conditions", version: "1" }];
  if (unknown !== undefined) {
    const reasons = [{ signal: "condition/Ready", contributionPercent: 100, message: unknown }];
    return { class: "Unknown", ...drift, reasons, models, updateTime };
  }
  const losses = lossesOf(subject, ready);
  const score = Math.max(0, Math.round(100 - losses.reduce((sum, { points }) => sum + points, 0)));
  return { score, class: healthClass(score), ...drift, reasons: reasonsOf(losses), models, updateTime };
}

function whyUnknown(subject: HealthSubject, ready: Condition | undefined): string | undefined {
  if (ready === undefined) return "there is no Ready condition yet";
  if (ready.status === "Unknown") return `it is not known whether it is ready: ${ready.message || ready.reason}`;
  const observed = ready.observedGeneration ?? subject.observedGeneration;
  if (observed !== undefined && observed < subject.generation) {
    return `the conditions are of generation ${observed}, the spec is at ${subject.generation}`;
  }
  return undefined;
}

function lossesOf(subject: HealthSubject, ready: Condition | undefined): readonly Loss[] {
  const losses: Loss[] = [];
  const lose = (condition: Condition, points: number) =>
    losses.push({
      signal: `condition/${condition.type}`,
      points,
      message: condition.message || `${condition.type} is ${condition.status}: ${condition.reason}`,
    });
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
  const { driftPercent } = subject;
  if (driftPercent !== undefined && driftPercent > 0) {
    const message = `drift is expected within a day with ${driftPercent} %`;
    losses.push({ signal: "driftRate", points: driftPercent / 10, message });
  }
  return losses;
}

/** Shares in whole percent that give exactly 100, largest first (largest remainder). */
function reasonsOf(losses: readonly Loss[]): readonly HealthReason[] {
  const total = losses.reduce((sum, { points }) => sum + points, 0);
  const shares = losses.map(({ points }) => (points * 100) / total);
  const whole = shares.map(Math.floor);
  const left = Math.round(100 - whole.reduce((sum, share) => sum + share, 0));
  const byRemainder = shares.map((share, index) => ({ index, rest: share % 1 })).toSorted((a, b) => b.rest - a.rest);
  for (const { index } of byRemainder.slice(0, left)) whole[index] = (whole[index] ?? 0) + 1;
  return losses
    .map(({ signal, message }, index) => ({ signal, contributionPercent: whole[index] ?? 0, message }))
    .toSorted((a, b) => b.contributionPercent - a.contributionPercent);
}

function conditionOf(subject: HealthSubject, type: string): Condition | undefined {
  return subject.conditions.find((condition) => condition.type === type);
}

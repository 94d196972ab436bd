// The health score: conditions and evidence as one number of 0 to 100, with the reasons for what is missing from it.
import { healthClass } from "../api/index.ts";
import { conditionLosses, whyUnknown } from "./condition-losses.ts";
import type { HealthStatus, HealthSubject } from "./health.ts";
import type { Evidence, Strengths } from "./loop/evidence.ts";
import { evidenceLosses, pointsOf } from "./loop/points.ts";
import { reasonsOf } from "./reasons.ts";

/** The numbers of a status, without the words. Absent: not known. */
export type HealthNumbers = Pick<
  HealthStatus,
  "score" | "class" | "anomalyPercent" | "failurePercent" | "driftPercent"
>;

/**
 * score = 100 - the points lost to conditions (condition-losses.ts) and to evidence (points.ts), never below 0, rounded; it
 * never rises when one of them gets worse. Where the conditions say nothing it is Unknown, unless the signals have bad
 * news: what is measured is not unknown, but no bad news without conditions is no good news.
 */
export function healthNumbers(subject: HealthSubject, evidence: Strengths): HealthNumbers {
  const known = {
    ...percentOf("anomalyPercent", evidence.anomaly?.probability),
    ...percentOf("failurePercent", evidence.failure?.probability),
    ...percentOf("driftPercent", evidence.drift?.probability),
  };
  if (whyUnknown(subject) !== undefined && !isBadNews(evidence)) return { class: "Unknown", ...known };
  const { anomaly, failure, drift, burn } = pointsOf(evidence);
  const lost = conditionLosses(subject).reduce((sum, { points }) => sum + points, 0) + anomaly + failure + drift + burn;
  const score = Math.max(0, Math.round(100 - lost));
  return { score, class: healthClass(score), ...known };
}

/** The whole status: the score, what it was made of, and the reasons for what is missing. */
export function scoreHealth(subject: HealthSubject, evidence: Evidence, now: number): HealthStatus {
  const updateTime = new Date(now).toISOString();
  const { anomaly, failure, drift } = evidence;
  const models = [
    { name: "conditions", version: "1" },
    ...[anomaly, failure, drift].flatMap((judged) => (judged === undefined ? [] : [judged.model])),
  ].filter(({ name }, index, all) => all.findIndex((other) => other.name === name) === index);
  const numbers = healthNumbers(subject, evidence);
  const reasons =
    numbers.score === undefined
      ? [{ signal: "condition/Ready", contributionPercent: 100, message: whyUnknown(subject) ?? "there is no data" }]
      : numbers.score === 100
        ? []
        : reasonsOf([...conditionLosses(subject), ...evidenceLosses(evidence)]);
  return { ...numbers, reasons, models, updateTime };
}

/** Something measured is wrong now; what may come (failure, drift) is no news of the present. */
function isBadNews({ anomaly, threshold, burn }: Strengths): boolean {
  return (anomaly !== undefined && anomaly.probability > threshold) || (burn !== undefined && burn.rate > 1);
}

function percentOf<K extends string>(name: K, probability: number | undefined): Partial<Record<K, number>> {
  if (probability === undefined) return {};
  const entry: Partial<Record<K, number>> = {};
  entry[name] = Math.round(100 * Math.min(1, Math.max(0, probability)));
  return entry;
}

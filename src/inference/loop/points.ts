// How many of 100 points each part of the evidence costs: the formula of docs/health.md.
import type { Evidence, Judged, Strengths } from "./evidence.ts";

/** Points lost to one signal. */
export interface Loss {
  readonly signal: string;
  /** Of 100, not negative. */
  readonly points: number;
  readonly message: string;
}

/** The most that each part can cost. */
export const weights = { anomaly: 60, failure: 30, drift: 10, burn: 40 } as const;

/** A burn rate that spends 2 % of a 30-day budget in an hour: the one to page for (Google, The Site Reliability Workbook, ch. 5). */
export const pagingBurn = 14.4;

/**
 * | part | points |
 * |---|---|
 * | anomaly a, threshold t | 60 (a - t) / (1 - t), none below t |
 * | failure probability f | 30 f |
 * | drift probability d | 10 d |
 * | SLO burn rate b | 40 ln b / ln 14.4, none up to 1, 40 from 14.4 |
 *
 * Each grows with its part and with nothing else; a part without data costs nothing.
 */
export function pointsOf({ anomaly, failure, drift, burn, threshold }: Strengths): Readonly<Record<Part, number>> {
  const excess = anomaly === undefined ? 0 : Math.max(0, (anomaly.probability - threshold) / (1 - threshold));
  return {
    anomaly: weights.anomaly * Math.min(1, excess),
    failure: weights.failure * (failure?.probability ?? 0),
    drift: weights.drift * (drift?.probability ?? 0),
    burn: burn === undefined ? 0 : burnPoints(burn.rate),
  };
}

export type Part = keyof typeof weights;

/** The same points over what each part rests on; a part that costs nothing is not shown. */
export function evidenceLosses(evidence: Evidence): readonly Loss[] {
  const { anomaly, failure, drift, burn } = evidence;
  const points = pointsOf(evidence);
  return [
    ...shared(anomaly, points.anomaly),
    ...shared(failure, points.failure),
    ...shared(drift, points.drift),
    ...(burn === undefined ? [] : [{ signal: "slo/burn", points: points.burn, message: burn.message }]),
  ].filter((loss) => loss.points > 0);
}

function burnPoints(rate: number): number {
  if (rate <= 1) return 0;
  return weights.burn * Math.min(1, Math.log(rate) / Math.log(pagingBurn));
}

/** A part's points over what it rests on, by weight. */
function shared(judged: Judged | undefined, points: number): readonly Loss[] {
  if (judged === undefined || points <= 0) return [];
  const total = judged.because.reduce((sum, { weight }) => sum + weight, 0);
  if (total <= 0) return [{ signal: judged.model.name, points, message: `${judged.model.name} says so` }];
  return judged.because.map(({ signal, weight, message }) => ({ signal, points: (points * weight) / total, message }));
}

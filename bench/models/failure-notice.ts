// Lead time of a failure predictor and of its baseline, at the same number of alarms.
import type { Measurement } from "../measurement.ts";
import { scored } from "./bench.ts";
import { calm, medianNotice, type Notice, noticed, notices, type Watch } from "./metrics/lead-time.ts";
import { thresholdAtFalsePositiveRate } from "./metrics/recall-at-fpr.ts";

/** One thing, when it was asked about and what was answered. Times are hours. */
export interface Answered extends Omit<Watch, "alarms"> {
  readonly model: readonly number[];
  readonly baseline: readonly number[];
}

/** From `from` (hours) until the next one: the probability above which the model raises an alarm. */
export interface Threshold {
  readonly from: number;
  readonly above: number;
}

/** How many of the calm moments (no failure within the horizon) that thresholds are taken from may raise an alarm. */
const budget = 0.02;

/** One threshold, from things that are not measured. */
export function fixedThreshold(training: readonly Answered[], horizon: number): readonly Threshold[] {
  const above = thresholdAtFalsePositiveRate(
    calmMoments(training, horizon).map(({ score }) => score),
    budget,
  );
  return [{ from: -Infinity, above }];
}

/**
 * A threshold for every `every` hours from `from` to `to`, each from the calm moments of the `span` hours before, as far as
 * their horizons had ended by then.
 */
export function keptThresholds(
  known: readonly Answered[],
  horizon: number,
  { from, to, every, span }: Readonly<Record<"from" | "to" | "every" | "span", number>>,
): readonly Threshold[] {
  const moments = calmMoments(known, horizon);
  return Array.from({ length: Math.max(1, Math.ceil((to - from) / every)) }, (_, index) => {
    const start = from + index * every;
    const before = moments.filter(({ time }) => time >= start - span && time + horizon <= start);
    return {
      from: start,
      above: thresholdAtFalsePositiveRate(
        before.map(({ score }) => score),
        budget,
      ),
    };
  });
}

function calmMoments(all: readonly Answered[], horizon: number): readonly { time: number; score: number }[] {
  return all.flatMap((one) =>
    calm(one, horizon).flatMap((quiet, index) =>
      quiet ? [{ time: one.asked[index] ?? Number.NaN, score: one.model[index] ?? Number.NaN }] : [],
    ),
  );
}

export interface NoticeQuestion {
  readonly weights: "shipped" | "fitted";
  /** What is watched, in a row's `data`. */
  readonly what: string;
  /** Hours that an answer is about. */
  readonly horizon: number;
  readonly thresholds: readonly Threshold[];
  readonly measured: readonly Answered[];
  /** Hours of notice of which the share is told. */
  readonly least: readonly number[];
  /** Which failures count: also those that another came before within a horizon, or only those that none did. */
  readonly counted: readonly ("all" | "new")[];
}

/**
 * Median notice of the failures that were caught, and shares of the failures with at least so much notice. The baseline raises as many alarms as the model under each threshold, its
 * highest; where several are equally high at the edge, all or none of them, whichever is nearer.
 */
export function noticeFigures(question: NoticeQuestion): readonly Measurement[] {
  const { weights, what, horizon, thresholds, measured, least, counted } = question;
  const levels = thresholds.map(({ above }) => above);
  const ours = judge(question, (one) => one.model, levels);
  const simple = judge(question, (one) => one.baseline, equalLevels(question, ours.alarms));
  const moments = measured.reduce((sum, { asked }) => sum + asked.length, 0);
  const [alarms, others] = [ours, simple].map((one) => percent(one.alarms.reduce((a, b) => a + b, 0) / moments));
  return counted.flatMap((group) => {
    const keep = ({ quiet }: Notice): boolean => group === "all" || quiet > horizon;
    const [given, plain] = [ours.given.filter(keep), simple.given.filter(keep)];
    const which = group === "all" ? "failures" : `failures with none in the ${horizon} h before`;
    const data =
      `${what}: ${given.length} ${which}; alarms at ${alarms} of all moments (baseline ${others}), ` +
      `at ${percent(ours.falseShare)} of the calm ones (${percent(simple.falseShare)})`;
    const figure = (metric: string, unit: string, of: (some: readonly Notice[]) => number): readonly Measurement[] => {
      const [value, baseline] = [of(given), of(plain)];
      // Where nothing failed, or nothing was caught, there is no such figure.
      if (Number.isNaN(value)) return [];
      const compared = Number.isNaN(baseline) ? {} : { baseline };
      return [scored("FailurePredictor", weights, { data, metric, unit, value, ...compared })];
    };
    return [
      ...figure("lead time, median of the failures caught", "h", medianNotice),
      ...least.flatMap((hours) => figure(`caught at least ${hours} h before`, "share", (some) => noticed(some, hours))),
    ];
  });
}

interface Judgement {
  readonly given: readonly Notice[];
  /** By threshold. */
  readonly alarms: readonly number[];
  /** Share of the calm moments with an alarm. */
  readonly falseShare: number;
}

type Scores = (one: Answered) => readonly number[];

/** `levels[i]` is in force while `thresholds[i]` is. */
function judge(
  { thresholds, measured, horizon }: NoticeQuestion,
  scoresOf: Scores,
  levels: readonly number[],
): Judgement {
  const counts = levels.map(() => 0);
  let [quiet, wrong] = [0, 0];
  const given = measured.flatMap((one) => {
    const scores = scoresOf(one);
    const alarms = one.asked.map((time, index) => {
      const place = placeOf(thresholds, time);
      const alarm = (scores[index] ?? Number.NaN) > (levels[place] ?? Infinity);
      if (alarm) counts[place] = (counts[place] ?? 0) + 1;
      return alarm;
    });
    for (const [index, isCalm] of calm(one, horizon).entries()) {
      quiet += isCalm ? 1 : 0;
      wrong += isCalm && alarms[index] === true ? 1 : 0;
    }
    return notices({ ...one, alarms }, horizon);
  });
  return { given, alarms: counts, falseShare: wrong / quiet };
}

/** Levels under which the baseline raises `counts[i]` alarms while `thresholds[i]` is in force. */
function equalLevels({ thresholds, measured }: NoticeQuestion, counts: readonly number[]): readonly number[] {
  const scores: number[][] = thresholds.map(() => []);
  for (const { asked, baseline } of measured)
    for (const [index, time] of asked.entries()) scores[placeOf(thresholds, time)]?.push(baseline[index] ?? Number.NaN);
  return scores.map((some, index) => levelOf(some, counts[index] ?? 0));
}

/** The level that about `count` scores exceed. */
function levelOf(scores: readonly number[], count: number): number {
  const descending = Float64Array.from(scores).toSorted((a, b) => b - a);
  const edge = descending[count] ?? -Infinity;
  const [first, end] = [descending.indexOf(edge), descending.lastIndexOf(edge) + 1];
  return count - first <= end - count ? edge : (descending[end] ?? -Infinity);
}

/** The place of the threshold in force at `time`. */
function placeOf(thresholds: readonly Threshold[], time: number): number {
  let place = 0;
  while (place + 1 < thresholds.length && (thresholds[place + 1]?.from ?? Infinity) <= time) place += 1;
  return place;
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

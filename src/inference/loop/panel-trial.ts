// A trial of detectors on one series: a copy of it has a fault for a while, and what each said of both is held against it. Pure.
import type { Random } from "../../kube/index.ts";
import type { AnomalyInput } from "../models/anomaly-detector.ts";
import type { Sample } from "../../signals/index.ts";
import { isHarmful, type MetricMeaning } from "./metric-kinds.ts";
import { type Fault, underFault } from "./panel-fault.ts";

/** What everybody said of one sample. */
export interface Opinions {
  /** What the one that answers asks to be remembered. */
  readonly state: Float32Array;
  readonly by: ReadonlyMap<string, { readonly score: number; readonly expected: number }>;
}

/** A series, or a copy of one, on its way through the detectors. */
export interface Course {
  readonly state: Float32Array | undefined;
  /** The harmful score of the newest sample, by digest. */
  readonly newest: ReadonlyMap<string, number>;
}

export interface Trial {
  readonly fault: Fault;
  /** ms since the epoch. */
  readonly faultUntil: number;
  readonly until: number;
  readonly copy: Course;
  /** Samples since the fault began, and since it was over. */
  readonly since: number;
  readonly sinceOver: number;
  /** Of the series as it is. */
  readonly values: readonly number[];
  /** Of those that take part and have said something of every sample so far. */
  readonly tallies: ReadonlyMap<string, Tally>;
}

/** Sums of squared errors, and of how many samples. */
interface Tally {
  readonly missed: number;
  readonly faulty: number;
  readonly alarmed: number;
  readonly ordinary: number;
}

/** How wrong each was in a trial, 0 to 1, by digest. */
export type Losses = Readonly<Record<string, number>>;

export const trialMs = 2_400_000;
/** A fault lasts so long; short ones are as frequent as long ones. */
const shortestMs = 180_000;
const longestMs = 1_800_000;
/** Samples of either sort without which a trial tells nothing. */
const least = 2;
/** A loss below this is as good as none: so much is lost by saying .8 of every sample of a fault. */
const smallest = 0.02;

/** A trial that begins after the sample of `time`, of those that are `ready`. Its copy goes on from the series as it is. */
export function beginTrial(
  fault: Fault,
  { time, own, ready }: { readonly time: number; readonly own: Course; readonly ready: readonly string[] },
  random: Random,
): Trial {
  return {
    fault,
    faultUntil: time + shortestMs * (longestMs / shortestMs) ** random(),
    until: time + trialMs,
    copy: own,
    since: 0,
    sinceOver: 0,
    values: [],
    tallies: new Map(ready.map((digest) => [digest, { missed: 0, faulty: 0, alarmed: 0, ordinary: 0 }])),
  };
}

/** What the copy is to be judged by. */
export function inputOfCopy(trial: Trial, { value, time }: Sample): AnomalyInput {
  return { value: valueOfCopy(trial, value, time), time, state: trial.copy.state };
}

const valueOfCopy = ({ fault, faultUntil }: Trial, value: number, time: number): number =>
  time < faultUntil ? underFault(value, fault) : value;

/** The trial after a sample: `before` and `after` are the series as it is, `copy` what was said of the copy. */
export function continueTrial(
  trial: Trial,
  { value, time }: Sample,
  said: {
    readonly meaning: MetricMeaning;
    readonly before: Course;
    readonly after: Course;
    readonly copy: Opinions;
  },
): Trial {
  const isFaulty = time < trial.faultUntil;
  const since = trial.since + 1;
  const sinceOver = isFaulty ? 0 : trial.sinceOver + 1;
  const copy = courseAfter(said.meaning, valueOfCopy(trial, value, time), said.copy);
  const tallies = new Map<string, Tally>();
  for (const [digest, tally] of trial.tallies) {
    if (!said.after.newest.has(digest) || !copy.newest.has(digest)) continue;
    const own = counted(tally, 0, sustained(said.before, said.after, digest));
    // The first sample can't be told yet, and the two after a fault are a matter of taste.
    const isClear = isFaulty ? since > 1 : sinceOver > 2;
    const both = isClear ? counted(own, isFaulty ? 1 : 0, sustained(trial.copy, copy, digest)) : own;
    tallies.set(digest, both);
  }
  return { ...trial, copy, since, sinceOver, values: [...trial.values, value], tallies };
}

function counted(tally: Tally, actual: 0 | 1, score: number): Tally {
  const { missed, faulty, alarmed, ordinary } = tally;
  const loss = (score - actual) ** 2;
  return actual === 1
    ? { ...tally, missed: missed + loss, faulty: faulty + 1 }
    : { ...tally, alarmed: alarmed + loss, ordinary: ordinary + 1 };
}

/** The course after a sample, with the scores that count as trouble. */
export function courseAfter(meaning: MetricMeaning, value: number, { state, by }: Opinions): Course {
  const newest = [...by].map(([digest, { score, expected }]): [string, number] => [
    digest,
    isHarmful(meaning, value, expected) ? score : 0,
  ]);
  return { state, newest: new Map(newest) };
}

/** As health takes it (track.ts): both of the last two samples are at least so odd. */
const sustained = (before: Course, after: Course, digest: string): number =>
  Math.min(before.newest.get(digest) ?? 0, after.newest.get(digest) ?? 0);

/** Half for the fault where it was missed, half for alarms about nothing; undefined where nobody can be judged. */
export function lossesOf({ tallies }: Trial): Losses | undefined {
  const losses = [...tallies].flatMap(([digest, { missed, faulty, alarmed, ordinary }]): [string, number][] =>
    faulty < least || ordinary < least
      ? []
      : [[digest, Math.max(smallest, (missed / faulty + alarmed / ordinary) / 2)]],
  );
  return losses.length === 0 ? undefined : Object.fromEntries(losses);
}

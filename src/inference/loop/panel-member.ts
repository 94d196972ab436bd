// One series of the panel: what has been seen of it, by whom, and the trial that is going on. Pure.
import type { Random } from "../../kube/index.ts";
import type { AnomalyInput } from "../models/anomaly-detector.ts";
import type { Sample } from "../../signals/index.ts";
import { type MetricMeaning, meaningOf } from "./metric-kinds.ts";
import { faultFor, isOrdinary } from "./panel-fault.ts";
import {
  beginTrial,
  continueTrial,
  type Course,
  courseAfter,
  inputOfCopy,
  type Losses,
  lossesOf,
  type Opinions,
  type Trial,
  trialMs,
} from "./panel-trial.ts";

export interface Member {
  readonly uid: string;
  readonly series: string;
  readonly meaning: MetricMeaning;
  /** Of its newest sample, ms since the epoch. */
  readonly time: number;
  /** The series as it is. */
  readonly own: Course;
  /** Samples that each has seen in a row, by digest. */
  readonly seen: ReadonlyMap<string, number>;
  /** The newest values known as ordinary, oldest first. */
  readonly ordinary: readonly number[];
  /** No trial begins before, ms since the epoch. */
  readonly notBefore: number;
  readonly trial: Trial | undefined;
  /** Trials that are over. */
  readonly trials: number;
}

/** Samples of a series that somebody has seen before what it says of it counts. */
const warmUp = 60;
/** Ordinary values that are kept. */
const kept = 240;
/** Trials after which a member makes room for another. */
export const term = 8;

/** A series that joins with its sample of now: nobody remembers anything of it. */
export function newMember(uid: string, { series, metric, time }: Sample, random: Random): Member {
  return {
    uid,
    series,
    meaning: meaningOf(metric),
    time: time - 1,
    own: { state: undefined, newest: new Map() },
    seen: new Map(),
    ordinary: [],
    // Spread out, so that the panel's outcomes are.
    notBefore: time + trialMs * random(),
    trial: undefined,
    trials: 0,
  };
}

/** What is to be judged for a sample: the series as it is, and its copy during a trial. */
export function inputsOf({ own, trial }: Member, sample: Sample): readonly AnomalyInput[] {
  const asItIs = { value: sample.value, time: sample.time, state: own.state };
  return trial === undefined ? [asItIs] : [asItIs, inputOfCopy(trial, sample)];
}

/** The member after a sample was judged, by the opinions on its inputs in order, and what its trial told if that is over now. */
export function judged(
  member: Member,
  sample: Sample,
  [said, saidOfCopy]: readonly (Opinions | undefined)[],
  random: Random,
): { readonly member: Member; readonly losses?: Losses | undefined } {
  const { value, time } = sample;
  if (said === undefined) return { member: { ...member, time } };
  const own = courseAfter(member.meaning, value, said);
  const seen = new Map([...said.by.keys()].map((digest) => [digest, (member.seen.get(digest) ?? 0) + 1]));
  const next = { ...member, time, own, seen };
  if (member.trial === undefined || saidOfCopy === undefined) {
    const ordinary = [...member.ordinary, value].slice(-kept);
    const waits = ordinary.length < warmUp || time < member.notBefore;
    return { member: waits ? { ...next, ordinary } : tried({ ...next, ordinary }, random) };
  }
  const { meaning } = member;
  const trial = continueTrial(member.trial, sample, { meaning, before: member.own, after: own, copy: saidOfCopy });
  if (time < trial.until) return { member: { ...next, trial } };
  const trials = member.trials + 1;
  if (!isOrdinary(trial.values, member.ordinary)) return { member: tried({ ...next, trials }, random) };
  const ordinary = trial.values.slice(-kept);
  return { member: tried({ ...next, trials, ordinary }, random), losses: lossesOf(trial) };
}

/** With a new trial from its next sample on. Its term is over where there is no fault to try it with. */
function tried(member: Member, random: Random): Member {
  const fault = faultFor(member.ordinary, member.meaning.bad, random);
  if (fault === undefined) return { ...member, trial: undefined, trials: term };
  const ready = [...member.seen].flatMap(([digest, samples]) => (samples < warmUp ? [] : [digest]));
  return { ...member, trial: beginTrial(fault, { time: member.time, own: member.own, ready }, random) };
}

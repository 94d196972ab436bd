// The inference loop: signals, features, batches, scores. It knows subjects by their uid and nothing of their kinds.
import type { Clock } from "../../kube/index.ts";
import { inTurns } from "../../runtime/index.ts";
import type { Sample, SignalProblem, SignalSource } from "../../signals/index.ts";
import type { Health, HealthStatus, HealthSubject } from "../health.ts";
import { healthNumbers, scoreHealth } from "../score.ts";
import { advance } from "./advance.ts";
import { becauseOf } from "./because.ts";
import { claim } from "./claim.ts";
import type { Check } from "./check.ts";
import type { LoopModels } from "./models.ts";
import { moved } from "./moved.ts";
import { type HealthRecord, recordOf } from "./record.ts";
import { driftInput, failureInput, scoreInputs } from "./rows.ts";
import { defaultLoopSettings, type LoopSettings } from "./settings.ts";
import { evidenceOf, type ScoredRow, strengthsOf } from "./standing.ts";
import { createStandings } from "./standings.ts";
import type { LoopSubject } from "./subject.ts";

export interface LoopOptions {
  readonly sources: readonly SignalSource[];
  /** Asked at each cycle: models are swapped while the loop runs. */
  readonly models: () => LoopModels;
  /** What is scored, asked at each cycle. */
  readonly subjects: () => readonly LoopSubject[];
  /** The uid of the subject a sample is about; undefined: of none. */
  readonly subjectOf: (sample: Sample) => string | undefined;
  /** From where on an anomaly of a subject costs points (learning/threshold.ts). */
  readonly threshold: (uid: string) => number;
  /** Compares what was predicted with what came (check.ts). */
  readonly check?: Check;
  readonly clock: Clock;
  readonly settings?: Partial<LoopSettings>;
}

/** What a cycle did. */
export interface Cycle {
  /** Subjects whose health moved from what is written: theirs is to be written. */
  readonly moved: readonly LoopSubject[];
  readonly subjects: number;
  readonly series: number;
  /** Samples of no subject, and samples beyond the bound of their subject. */
  readonly unclaimed: number;
  readonly leftOut: number;
  readonly problems: readonly (SignalProblem & { readonly source: string })[];
}

/** A score with everything it was made from. */
export interface Judgement {
  readonly status: HealthStatus;
  readonly record: HealthRecord;
}

/** Scores by the evidence of the last cycle. */
export interface HealthLoop extends Health {
  /**
   * Reads the signals and scores everything once. Rejects with ModelError or the signal's reason; then what it had scored so far is scored, and
   * nothing is known to have moved.
   */
  cycle(options: { readonly signal: AbortSignal }): Promise<Cycle>;
  /** Whether a cycle has scored the subject. Before that a score rests on its conditions alone. */
  knows(uid: string): boolean;
  /**
   * The record of a written score to go on from, in the first cycle that scores the subject: whoever begins anew in the middle of
   * trouble would take the trouble for ordinary. Without effect where it does not serve; undefined: there is none.
   */
  resume(uid: string, record: HealthRecord | undefined): void;
  /** The score, and what it was made from at that same moment. Rejects only with the signal's reason. */
  judge(subject: HealthSubject, options: { readonly signal: AbortSignal }): Promise<Judgement>;
}

export function createHealthLoop(options: LoopOptions): HealthLoop {
  const settings = { ...defaultLoopSettings, ...options.settings };
  const { clock } = options;
  const standings = createStandings();
  /** What the last cycle scored, by uid. */
  let scored: ReadonlyMap<string, LoopSubject> = new Map();

  const judge: HealthLoop["judge"] = async (subject, { signal }) => {
    signal.throwIfAborted();
    const { failure, drift } = standings.of(subject.uid);
    const because = await becauseOf({ failure, drift }, options.models(), { signal });
    // From here on at one moment: a cycle may be moving the standing on. The rows are those that `because` is about.
    const standing = { ...standings.of(subject.uid), failure, drift };
    const objective = scored.get(subject.uid)?.objective;
    const threshold = options.threshold(subject.uid);
    const evidence = evidenceOf(standing, objective, threshold, because);
    const status = scoreHealth(subject, evidence, clock.now());
    const time = Date.parse(status.updateTime);
    return {
      status,
      record: recordOf({ subject, status, time, threshold, objective }, standing, settings.recordedSeries),
    };
  };

  return {
    async cycle({ signal }) {
      const now = clock.now();
      const models = options.models();
      const subjects = options.subjects();
      const readings = await Promise.all(
        options.sources.map(async (source) => ({ source: source.name, ...(await source.read(now, { signal })) })),
      );
      const byUid = new Map<string, LoopSubject>();
      await inTurns(subjects, (part) => {
        for (const subject of part) byUid.set(subject.uid, subject);
      });
      const { samples, unclaimed } = await claim(readings, options.subjectOf, byUid);
      await standings.settle(byUid, { models, now }, { signal });
      const detector = models.anomaly;
      const { series, leftOut } = await advance(standings.all, samples, { now, detector, settings }, { signal });
      const failureOf = (subject: LoopSubject) => failureInput(subject, standings.of(subject.uid), now);
      const driftOf = (subject: LoopSubject) => driftInput(subject, now);
      const keep = (part: "failure" | "drift") => (subject: LoopSubject, row: ScoredRow | undefined) => {
        standings.of(subject.uid)[part] = row;
      };
      await scoreInputs(models.failure, subjects, { inputOf: failureOf, keep: keep("failure") }, { signal });
      await scoreInputs(models.drift, subjects, { inputOf: driftOf, keep: keep("drift") }, { signal });
      scored = byUid;
      const questions = { failure: failureOf, drift: driftOf };
      await options.check?.({ subjects, subject: (uid) => byUid.get(uid), questions, samples }, now, { signal });
      const left: LoopSubject[] = [];
      await inTurns(subjects, (part) => {
        for (const subject of part) {
          const { uid, objective, written } = subject;
          const strengths = strengthsOf(standings.of(uid), objective, options.threshold(uid));
          if (moved(written, healthNumbers(subject, strengths))) left.push(subject);
        }
      });
      return {
        moved: left,
        subjects: subjects.length,
        series,
        unclaimed,
        leftOut,
        problems: readings.flatMap(({ source, problems }) => problems.map((problem) => ({ ...problem, source }))),
      };
    },

    knows: (uid) => scored.has(uid),

    resume: (uid, record) => standings.resume(uid, record),

    judge,
    score: async (subject, during) => (await judge(subject, during)).status,
  };
}

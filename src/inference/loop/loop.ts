// The inference loop: signals, features, batches, scores. It knows subjects by their uid and nothing of their kinds.
import type { Clock } from "../../kube/index.ts";
import type { Sample, SignalProblem, SignalSource } from "../../signals/index.ts";
import type { Health, HealthStatus, HealthSubject } from "../health.ts";
import { scoreHealth } from "../score.ts";
import { advance } from "./advance.ts";
import { becauseOf } from "./because.ts";
import type { Asked, Check } from "./check.ts";
import type { LoopModels } from "./models.ts";
import { moved } from "./moved.ts";
import { type HealthRecord, recordOf } from "./record.ts";
import { driftInput, failureInput, scoreInputs } from "./rows.ts";
import { resumedStanding } from "./resumed.ts";
import { defaultLoopSettings, type LoopSettings } from "./settings.ts";
import { evidenceOf, noStanding, type Standing } from "./standing.ts";
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

/** Scores by the evidence of the last cycle. */
export interface HealthLoop extends Health {
  /** Reads the signals and scores everything once. Rejects with ModelError or the signal's reason; then nothing has moved. */
  cycle(options: { readonly signal: AbortSignal }): Promise<Cycle>;
  /** Whether a cycle has scored the subject. Before that a score rests on its conditions alone. */
  knows(uid: string): boolean;
  /**
   * Goes on from the record of a written score, in the next cycle, for a subject that none has scored yet: whoever begins anew
   * in the middle of trouble would take the trouble for ordinary. Without effect where the record does not serve.
   */
  resume(record: HealthRecord, options: { readonly signal: AbortSignal }): Promise<void>;
  /** What the newest score of a subject was made from. */
  record(subject: HealthSubject, status: HealthStatus): HealthRecord;
}

export function createHealthLoop(options: LoopOptions): HealthLoop {
  const settings = { ...defaultLoopSettings, ...options.settings };
  const { clock } = options;
  let standings: ReadonlyMap<string, Standing> = new Map();
  const resumed = new Map<string, Standing>();
  let objectives: ReadonlyMap<string, number> = new Map();

  const subjectFacts = (uid: string): { objective?: number } => {
    const objective = objectives.get(uid);
    return objective === undefined ? {} : { objective };
  };

  return {
    async cycle({ signal }) {
      const now = clock.now();
      const models = options.models();
      const subjects = options.subjects();
      const readings = await Promise.all(
        options.sources.map(async (source) => ({ source: source.name, ...(await source.read(now, { signal })) })),
      );
      const known = new Set(subjects.map(({ uid }) => uid));
      const taken = new Map(resumed);
      const claimed = await claim(readings, options.subjectOf, known);
      const uids = subjects.map(({ uid }) => uid);
      const advanced = await advance(
        (uid) => standings.get(uid) ?? taken.get(uid) ?? noStanding,
        claimed.samples,
        { uids, now, detector: models.anomaly, settings, pause },
        { signal },
      );
      const standingOf = (uid: string): Standing => advanced.standings.get(uid) ?? noStanding;
      const asked: Asked[] = [];
      for (const subject of subjects) {
        // oxlint-disable-next-line no-await-in-loop -- a turn for everybody else
        if (asked.length % chunk === chunk - 1) await pause();
        const failure = failureInput(subject, standingOf(subject.uid), now);
        asked.push({ subject, failure, drift: driftInput(subject, now) });
      }
      const failures = await scoreInputs(
        models.failure,
        asked.map(({ failure }) => failure),
        pause,
        { signal },
      );
      const drifts = await scoreInputs(
        models.drift,
        asked.map(({ drift }) => drift),
        pause,
        { signal },
      );
      for (const [index, { uid }] of subjects.entries())
        advanced.standings.set(uid, { ...standingOf(uid), failure: failures[index], drift: drifts[index] });
      standings = advanced.standings;
      for (const uid of taken.keys()) resumed.delete(uid);
      objectives = new Map(
        subjects.flatMap(({ uid, objective }) => (objective === undefined ? [] : [[uid, objective]])),
      );
      await options.check?.(asked, now, { signal });
      const left: LoopSubject[] = [];
      for (const [index, subject] of subjects.entries()) {
        // oxlint-disable-next-line no-await-in-loop -- a turn for everybody else
        if (index % chunk === chunk - 1) await pause();
        const evidence = evidenceOf(standingOf(subject.uid), subject, options.threshold(subject.uid));
        if (moved(subject.written, scoreHealth(subject, evidence, now))) left.push(subject);
      }
      return {
        moved: left,
        subjects: subjects.length,
        series: advanced.series,
        unclaimed: claimed.unclaimed,
        leftOut: advanced.leftOut,
        problems: readings.flatMap(({ source, problems }) => problems.map((problem) => ({ ...problem, source }))),
      };
    },

    knows: (uid) => standings.has(uid),

    async resume(record, { signal }) {
      const { uid } = record.subject;
      if (standings.has(uid)) return;
      const standing = await resumedStanding(record, { models: options.models(), now: clock.now() }, { signal });
      if (standing !== undefined) resumed.set(uid, standing);
    },

    async score(subject, { signal }) {
      signal.throwIfAborted();
      const standing = standings.get(subject.uid) ?? noStanding;
      const because = await becauseOf(standing, options.models(), { signal });
      const evidence = evidenceOf(standing, subjectFacts(subject.uid), options.threshold(subject.uid), because);
      return scoreHealth(subject, evidence, clock.now());
    },

    record: (subject, status) =>
      recordOf(
        {
          subject,
          status,
          time: Date.parse(status.updateTime),
          threshold: options.threshold(subject.uid),
          objective: objectives.get(subject.uid),
        },
        standings.get(subject.uid) ?? noStanding,
        settings.recordedSeries,
      ),
  };
}

async function claim(
  readings: readonly { readonly samples: readonly Sample[] }[],
  subjectOf: LoopOptions["subjectOf"],
  known: ReadonlySet<string>,
): Promise<{ readonly samples: ReadonlyMap<string, Sample[]>; readonly unclaimed: number }> {
  const samples = new Map<string, Sample[]>();
  let unclaimed = 0;
  let seen = 0;
  for (const reading of readings) {
    for (const sample of reading.samples) {
      seen += 1;
      // oxlint-disable-next-line no-await-in-loop -- a turn for everybody else
      if (seen % chunk === 0) await pause();
      const uid = subjectOf(sample);
      if (uid === undefined || !known.has(uid)) unclaimed += 1;
      else {
        const own = samples.get(uid);
        if (own === undefined) samples.set(uid, [sample]);
        else own.push(sample);
      }
    }
  }
  return { samples, unclaimed };
}

/** Things looked at between two turns for everybody else. */
const chunk = 4_096;

/** Lets everything else of the process have a turn. */
const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

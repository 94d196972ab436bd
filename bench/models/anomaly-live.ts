// AnomalyDetector on simulated live metrics: how soon a fault is told, whether it stays told, and how calm it is otherwise.
import { type AnomalyInput, anomalyBaseline, createAnomalyDetector, type Scorer } from "../../src/inference/index.ts";
import { seededRandom } from "../../test/support/seeded-random.ts";
import type { Measurement } from "../measurement.ts";
import { type ModelContext, scored } from "./bench.ts";
import { averagePrecision } from "./metrics/average-precision.ts";

/** Series of each kind, interval and warm-up. */
const copies = 12;
const intervals = [5, 15, 60] as const;
const warmUps = [15, 60, 240] as const;
/** Samples a fault lasts, and samples after it. */
const faulty = 40;
const after = 40;

/** Rows of the streaming variant. Written apart from the training simulator: kinds and faults are not those it was fitted on. */
export async function liveFigures(context: ModelContext): Promise<readonly Measurement[]> {
  const detector = createAnomalyDetector(await context.shipped("streaming"));
  const judged = async (courses: readonly Course[], scorer: LiveScorer): Promise<Judgement> =>
    judge(courses, await scoreAll(courses, scorer, context));
  const courses = makeCourses(kinds, seededRandom(20));
  const model = await judged(courses, detector);
  const baseline = await judged(courses, anomalyBaseline());
  const hard = makeCourses(unmetKinds, seededRandom(21));
  const data = `simulated live metrics, ${courses.length} series of ${kinds.length} kinds, a fault of ${faulty} samples in each`;
  const figure = (metric: string, key: keyof Judgement, unit: string) =>
    ({ data, metric, value: model[key], unit, baseline: baseline[key] }) as const;
  return [
    scored("AnomalyDetector", "shipped", figure("faults scored above .9 by their second sample", "soon", "share"), {
      kind: "atLeast",
      value: 0.95,
    }),
    scored("AnomalyDetector", "shipped", figure("samples of a fault scored above .5", "held", "share"), {
      kind: "atLeast",
      value: 0.95,
    }),
    scored("AnomalyDetector", "shipped", figure("ordinary samples scored above .5", "false", "share"), {
      kind: "atMost",
      value: 0.02,
    }),
    scored("AnomalyDetector", "shipped", figure("average precision by sample", "precision", "AP")),
    scored("AnomalyDetector", "shipped", {
      data: `simulated live metrics, ${hard.length} series with leaks and bursts of noise, faults it was not trained on`,
      metric: "average precision by sample",
      value: (await judged(hard, detector)).precision,
      unit: "AP",
      baseline: (await judged(hard, anomalyBaseline())).precision,
    }),
  ];
}

type LiveScorer = Scorer<AnomalyInput, { readonly score: number; readonly state: Float32Array }>;

interface Course {
  readonly values: readonly number[];
  /** s */
  readonly interval: number;
  readonly from: number;
}

interface Kind {
  /** Whether its source may average, and so move once in a while only. */
  readonly held?: boolean;
  /** A sample of ordinary work at `hour` of the day. */
  readonly good: (random: Random, at: number, hour: number) => number;
  /** The same sample `since` the fault began. */
  readonly bad: (good: number, random: Random, since: number) => number;
}

interface Random {
  readonly roll: () => number;
  readonly bell: () => number;
}

const kinds: readonly Kind[] = [
  // Error ratio of a few thousand requests, then a broken dependency.
  { good: ({ roll }) => 0.001 + 0.004 * roll(), bad: (_, { bell }) => Math.max(0, 0.4 + 0.03 * bell()) },
  // Latency with a tail, then five times as long.
  { good: ({ bell }) => 0.2 * Math.exp(0.15 * bell() + 0.05 * Math.abs(bell())), bad: (good) => 5 * good },
  // Latency under daily load.
  {
    good: ({ bell }, _, hour) => 0.1 * (1 + 0.3 * Math.sin((hour * Math.PI) / 12)) * Math.exp(0.1 * bell()),
    bad: (good) => 5 * good,
  },
  // Utilisation, then saturated.
  { held: true, good: ({ bell }) => 0.35 + 0.03 * bell(), bad: (_, { roll }) => 0.88 + 0.08 * roll() },
  // Requests a second, then a thirtieth of them.
  { held: true, good: ({ bell }) => 400 + 30 * bell(), bad: (good) => good / 30 },
  // Memory between collections (no such course was trained on), then close to the limit.
  { good: ({ bell }, at) => 300 + 10 * (at % 17) + 3 * bell(), bad: (good) => good * 3 },
  // A connection count that never moves, then none left.
  { good: () => 20, bad: () => 0 },
];

const unmetKinds: readonly Kind[] = [
  // Memory that leaks up to twice its level.
  { good: ({ bell }) => 300 + 5 * bell(), bad: (good, _, since) => good * (1 + since / faulty) },
  // Latency that swings wildly about its level.
  { good: ({ bell }) => 0.2 * Math.exp(0.1 * bell()), bad: (good, { bell }) => good * Math.exp(bell()) },
];

function makeCourses(from: readonly Kind[], roll: () => number): readonly Course[] {
  const bell = (): number => Math.sqrt(-2 * Math.log(1 - roll())) * Math.cos(2 * Math.PI * roll());
  return from.flatMap((kind) =>
    intervals.flatMap((interval) =>
      warmUps.flatMap((warmUp) =>
        Array.from({ length: copies }, (_unused, copy): Course => {
          const unit = 10 ** (6 * roll() - 3);
          const start = 24 * roll();
          // Every other one of the calmer sort is read off a source that moves once a minute.
          const hold = copy % 2 === 1 && kind.held === true ? Math.max(1, 60 / interval) : 1;
          const values = Array.from({ length: warmUp + faulty + after }, (_, at) => {
            const good = kind.good({ roll, bell }, at, start + (at * interval) / 3600);
            const since = at - warmUp;
            return unit * (since >= 0 && since < faulty ? kind.bad(good, { roll, bell }, since) : good);
          });
          const steps = values.map((_value, at) => {
            const part = at < warmUp ? 0 : at < warmUp + faulty ? warmUp : warmUp + faulty;
            return values[part + Math.floor((at - part) / hold) * hold] ?? 0;
          });
          return { values: steps, interval, from: warmUp };
        }),
      ),
    ),
  );
}

async function scoreAll(
  courses: readonly Course[],
  scorer: LiveScorer,
  context: ModelContext,
): Promise<readonly (readonly number[])[]> {
  const scores = courses.map((): number[] => []);
  const states: (Float32Array | undefined)[] = courses.map(() => undefined);
  const longest = Math.max(...courses.map(({ values }) => values.length));
  for (let at = 0; at < longest; at += 1) {
    const going = courses.flatMap(({ values }, index) => (at < values.length ? [index] : []));
    const batch = going.map((index) => ({
      value: courses[index]?.values[at] ?? Number.NaN,
      time: Date.UTC(2026, 0, 5) + at * (courses[index]?.interval ?? 0) * 1000,
      state: states[index],
    }));
    // oxlint-disable-next-line no-await-in-loop -- each sample needs the state the one before left
    const results = await scorer.score(batch, context);
    for (const [place, index] of going.entries()) {
      const result = results[place];
      if (result === undefined) continue;
      scores[index]?.push(result.score);
      states[index] = result.state;
    }
  }
  return scores;
}

interface Judgement {
  readonly soon: number;
  readonly held: number;
  readonly false: number;
  readonly precision: number;
}

function judge(courses: readonly Course[], scores: readonly (readonly number[])[]): Judgement {
  const share = (flags: readonly boolean[]): number => flags.filter(Boolean).length / flags.length;
  const rows = courses.flatMap(({ from }, index) =>
    (scores[index] ?? []).map((score, at) => ({ score, wrong: at >= from && at < from + faulty, at: at - from })),
  );
  // The two samples after a fault are left out: how long it lasts is a matter of taste.
  const clear = rows.filter(({ at }) => at < faulty || at >= faulty + 2);
  return {
    soon: share(courses.map(({ from }, index) => Math.max(...(scores[index] ?? []).slice(from, from + 2)) > 0.9)),
    held: share(clear.filter(({ wrong }) => wrong).map(({ score }) => score > 0.5)),
    false: share(clear.filter(({ wrong }) => !wrong).map(({ score }) => score > 0.5)),
    precision: averagePrecision(
      clear.map(({ score }) => score),
      clear.map(({ wrong }) => wrong),
    ),
  };
}

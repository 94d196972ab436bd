// The shipped anomaly models, on made-up series of the kinds the operator sees.
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { seededRandom } from "../../../test/support/seeded-random.ts";
import { openModel, type OpenModel, readModelFolder, type Scorer } from "../index.ts";
import { anomalyBaseline } from "./anomaly-baseline.ts";
import { type AnomalyInput, type AnomalyResult, createAnomalyDetector } from "./anomaly-detector.ts";
import { createNoveltyDetector } from "./anomaly-novelty.ts";

const { signal } = new AbortController();
const start = Date.UTC(2026, 2, 4, 9);
const models = join(import.meta.dirname, "..", "..", "..", "models", "AnomalyDetector");

let streaming: OpenModel;
let novelty: OpenModel;
beforeAll(async () => {
  streaming = await openModel(await readModelFolder(join(models, "streaming"), signal));
  novelty = await openModel(await readModelFolder(join(models, "novelty"), signal));
});
afterAll(() => Promise.all([streaming.close(), novelty.close()]));

type Told = Pick<AnomalyResult, "score" | "state">;

/** Scores samples one after another, `seconds` apart. */
async function through<R extends Told>(
  scorer: Scorer<AnomalyInput, R>,
  values: readonly number[],
  { seconds = 15, from = start }: { readonly seconds?: number; readonly from?: number } = {},
): Promise<readonly R[]> {
  const results: R[] = [];
  for (const [index, value] of values.entries()) {
    const input = { value, time: from + index * seconds * 1000, state: results.at(-1)?.state };
    // oxlint-disable-next-line no-await-in-loop -- each sample needs the state the one before left
    results.push(...(await scorer.score([input], { signal })));
  }
  return results;
}

const scoresOf = (results: readonly Told[]): readonly number[] => results.map(({ score }) => score);

/** Normal numbers by Box and Muller. */
function normal(roll: () => number): () => number {
  return () => Math.sqrt(-2 * Math.log(1 - roll())) * Math.cos(2 * Math.PI * roll());
}

interface Live {
  readonly name: string;
  readonly good: (roll: () => number, bell: () => number) => number;
  readonly bad: (roll: () => number, bell: () => number) => number;
  /** Samples a value lasts. */
  readonly hold: number;
}

const lives: readonly Live[] = [
  {
    name: "an error ratio from .003 to .4",
    good: (roll) => 0.001 + 0.004 * roll(),
    bad: (roll) => 0.38 + 0.04 * roll(),
    hold: 1,
  },
  {
    name: "latency five times as long",
    good: (_, bell) => 0.2 * Math.exp(0.12 * bell()),
    bad: (_, bell) => Math.exp(0.12 * bell()),
    hold: 1,
  },
  {
    name: "utilisation from .35 to .9, new once a minute",
    good: (_, bell) => 0.35 + 0.02 * bell(),
    bad: (_, bell) => 0.9 + 0.02 * bell(),
    hold: 4,
  },
  {
    name: "throughput down to a thirtieth",
    good: (_, bell) => 300 + 20 * bell(),
    bad: (_, bell) => 10 + bell(),
    hold: 1,
  },
];

function course({ good, bad, hold }: Live, seed: number, warmUp: number) {
  const roll = seededRandom(seed);
  const bell = normal(roll);
  const made = (length: number, of: Live["good"]): readonly number[] => {
    const steps = Array.from({ length: Math.ceil(length / hold) }, () => of(roll, bell));
    return Array.from({ length }, (_, index) => steps[Math.floor(index / hold)] ?? 0);
  };
  const fault = 32;
  return { values: [...made(warmUp, good), ...made(fault, bad), ...made(20, good)], from: warmUp, to: warmUp + fault };
}

describe("the streaming detector", () => {
  test.each(lives)("tells $name within two samples, as long as it lasts, and no longer", async (live) => {
    const detector = createAnomalyDetector(streaming);
    const noise: number[] = [];
    for (const [seed, warmUp] of [
      [1, 12],
      [2, 20],
      [3, 60],
      [4, 120],
    ] as const) {
      const { values, from, to } = course(live, seed, warmUp);
      // oxlint-disable-next-line no-await-in-loop -- a handful of series
      const scores = scoresOf(await through(detector, values));
      expect(Math.max(...scores.slice(from, from + 2))).toBeGreaterThan(0.9);
      expect(Math.min(...scores.slice(from + 2, to))).toBeGreaterThan(0.8);
      expect(Math.max(...scores.slice(to + 3))).toBeLessThan(0.5);
      noise.push(...scores.slice(0, from));
    }
    expect(noise.filter((score) => score > 0.3).length / noise.length).toBeLessThan(0.05);
  });

  test("gives the same scores to a series in another unit, with expectation and spread in that unit", async () => {
    const detector = createAnomalyDetector(streaming);
    const [live] = lives;
    if (live === undefined) throw new Error("no series");
    const { values } = course(live, 7, 40);
    const plain = await through(detector, values);
    for (const factor of [2 ** -20, 2 ** 30]) {
      // oxlint-disable-next-line no-await-in-loop -- two of them
      const scaled = await through(
        detector,
        values.map((value) => value * factor),
      );
      for (const [index, result] of scaled.entries()) {
        expect(result.score).toBeCloseTo(plain[index]?.score ?? NaN, 4);
        expect(result.expected / factor).toBeCloseTo(plain[index]?.expected ?? NaN, 6);
        expect(result.spread / factor).toBeCloseTo(plain[index]?.spread ?? NaN, 6);
      }
    }
  });

  test("takes a missing sample as nothing: no score, no trace", async () => {
    const detector = createAnomalyDetector(streaming);
    const values = [5, 5.1, 4.9, 5.05, 5.2, 4.8, 5, 5.1, 4.9, 5];
    const before = await through(detector, values);
    const state = before.at(-1)?.state;
    const time = start + 600_000;
    const [gap] = await detector.score([{ value: Number.NaN, time, state }], { signal });
    expect(gap?.score).toBe(0);
    expect(gap?.state).toBe(state);
    expect(gap?.expected).toBeGreaterThan(4.8);
    expect(gap?.spread).toBeGreaterThan(0);
    const [first] = await detector.score([{ value: Number.NaN, time, state: undefined }], { signal });
    expect(first?.state.every((number) => number === 0)).toBe(true);
  });

  test.each([0, 5, -3e9, 1e-12])("stays calm on a series that is always %d", async (value) => {
    const results = await through(
      createAnomalyDetector(streaming),
      Array.from({ length: 80 }, () => value),
    );
    expect(Math.max(...scoresOf(results))).toBeLessThan(0.3);
    for (const { spread, expected } of results) {
      expect(Number.isFinite(spread)).toBe(true);
      expect(expected).toBeCloseTo(Math.fround(value), 3);
    }
  });

  test("stays finite on values of any size", async () => {
    const wild = [0, 1e30, -1e30, 1e-30, 5, 0, -0, 3e38, -3e38, 0, 1, 1, 1, 1, 1, 1, 1, 1];
    for (const detector of [createAnomalyDetector(streaming), createNoveltyDetector(novelty)]) {
      // oxlint-disable-next-line no-await-in-loop -- two of them
      const results = await through(detector, wild);
      for (const { score, state } of results) {
        expect(score).toBeGreaterThanOrEqual(0);
        expect(state.every((number) => Number.isFinite(number))).toBe(true);
      }
    }
  });

  test("takes a lasting change for the new ordinary, in the end", async () => {
    const bell = normal(seededRandom(9));
    const values = Array.from({ length: 900 }, (_, index) => (index < 60 ? 10 : 40) + bell());
    const scores = scoresOf(await through(createAnomalyDetector(streaming), values, { seconds: 15 }));
    expect(Math.min(...scores.slice(62, 200))).toBeGreaterThan(0.8);
    expect(Math.max(...scores.slice(-100))).toBeLessThan(0.5);
  });

  test("scores a batch as each of its series alone", async () => {
    const detector = createAnomalyDetector(streaming);
    const courses = lives.map((live, index) => course(live, index + 20, 30).values);
    const alone = await Promise.all(courses.map((values) => through(detector, values)));
    let states: (Float32Array | undefined)[] = courses.map(() => undefined);
    for (let at = 0; at < 60; at += 1) {
      const batch = courses.map((values, index) => ({
        value: values[at] ?? NaN,
        time: start + at * 15_000,
        state: states[index],
      }));
      // oxlint-disable-next-line no-await-in-loop -- in time order
      const results = await detector.score(batch, { signal });
      states = results.map(({ state }) => state);
      for (const [index, { score }] of results.entries())
        expect(score).toBeCloseTo(alone[index]?.[at]?.score ?? NaN, 5);
    }
  });
});

/** A daily rhythm of 25 days, an hour a sample, with one peak like none before. */
function days(): number[] {
  const bell = normal(seededRandom(11));
  const values = Array.from({ length: 600 }, (_, hour) => 50 + 20 * Math.sin((hour * Math.PI) / 12) + bell());
  values[500] = 110;
  return values;
}

describe("the novelty detector", () => {
  test("tells what was never there before, once", async () => {
    const scores = scoresOf(await through(createNoveltyDetector(novelty), days(), { seconds: 3600 }));
    expect(scores[500]).toBeGreaterThan(0.9);
    expect(Math.max(...scores.slice(501, 580))).toBeLessThan(0.5);
    expect(scores.filter((score) => score > 0.5).length).toBeLessThan(8);
  });

  test("is blind to shift and scale of the values, and to a shift of the clock", async () => {
    const detector = createNoveltyDetector(novelty);
    const plain = scoresOf(await through(detector, days(), { seconds: 3600 }));
    const moved = scoresOf(
      await through(
        detector,
        days().map((value) => value * 4096 - 65_536),
        { seconds: 3600 },
      ),
    );
    const apart = plain.filter((score, index) => Math.abs(score - (moved[index] ?? NaN)) > 0.01);
    expect(apart.length / plain.length).toBeLessThan(0.01);
    const later = scoresOf(
      await through(detector, days(), { seconds: 3600, from: start + 40 * 3_600_000 + 1_234_567 }),
    );
    expect(later.filter((score, index) => Math.abs(score - (plain[index] ?? NaN)) > 1e-6)).toEqual([]);
    expect(moved[500]).toBeCloseTo(plain[500] ?? NaN, 2);
  });

  test("takes a missing sample as nothing", async () => {
    const detector = createNoveltyDetector(novelty);
    const values = days().slice(0, 200);
    const state = (await through(detector, values, { seconds: 3600 })).at(-1)?.state;
    const known = { value: 50, time: start, state };
    const results = await detector.score([known, { ...known, value: Number.NaN }, known], { signal });
    expect(results[1]?.score).toBe(0);
    expect(results[1]?.state).toBe(state);
    expect(results[2]?.score).toBe(results[0]?.score);
  });
});

describe("causality", () => {
  test.each(["streaming", "novelty", "baseline"])(
    "cutting off the future changes no score of the past: %s",
    async (name) => {
      const scorer: Scorer<AnomalyInput, Told> =
        name === "streaming"
          ? createAnomalyDetector(streaming)
          : name === "novelty"
            ? createNoveltyDetector(novelty)
            : anomalyBaseline();
      const values = days();
      const whole = scoresOf(await through(scorer, values, { seconds: 3600 }));
      const cut = scoresOf(await through(scorer, values.slice(0, 400), { seconds: 3600 }));
      expect(cut).toEqual(whole.slice(0, 400));
      const other = scoresOf(
        await through(scorer, [...values.slice(0, 400), ...values.slice(400).map((value) => -9 * value)], {
          seconds: 3600,
        }),
      );
      expect(other.slice(0, 400)).toEqual(whole.slice(0, 400));
      expect(other.slice(400)).not.toEqual(whole.slice(400));
    },
  );
});

describe("the baseline", () => {
  test("tells a tenfold value, and is calm on noise and gaps", async () => {
    const bell = normal(seededRandom(2));
    const values = Array.from({ length: 100 }, () => 10 + bell());
    values[50] = Number.NaN;
    const scores = scoresOf(await through(anomalyBaseline(), [...values, 100]));
    expect(scores[100]).toBeGreaterThan(0.9);
    expect(Math.max(...scores.slice(0, 100))).toBeLessThan(0.9);
    expect(scores[50]).toBe(0);
  });
});

// The panel's books: who is a member, who has seen enough, what a trial tells.
import { describe, expect, test } from "vitest";
import { seededRandom } from "../../../test/support/seeded-random.ts";
import type { Sample } from "../../signals/index.ts";
import type { AnomalyInput } from "../models/anomaly-detector.ts";
import { createPanel, type TriedSlot } from "./panel.ts";
import { term } from "./panel-member.ts";
import { type Losses, trialMs } from "./panel-trial.ts";

const { signal } = new AbortController();
const begin = Date.UTC(2026, 5, 1);
const interval = 30_000;
const level = 10;
/** What is told of whoever was right. */
const asGoodAsNone = 0.02;

/** How odd a detector says that a value is. */
type Voice = (value: number, step: number) => number | undefined;
/** Tells what is far off, and nothing else. */
const right: Voice = (value) => (value > 2 * level ? 1 : 0);

interface World {
  readonly asked: (readonly AnomalyInput[])[];
  readonly told: { readonly step: number; readonly losses: Losses }[];
  /** Cycles from step `from` to `to`; `values` by uid. */
  run(from: number, to: number, values: (step: number) => Readonly<Record<string, number | undefined>>): Promise<void>;
}

function worldOf(voices: Readonly<Record<string, Voice>>, metric = "latency_seconds"): World {
  const asked: (readonly AnomalyInput[])[] = [];
  const told: { step: number; losses: Losses }[] = [];
  let step = 0;
  const slot: TriedSlot = {
    judge: (inputs) => {
      asked.push(inputs);
      return Promise.resolve(
        inputs.map(({ value, state }) => ({
          state: Float32Array.of((state?.[0] ?? 0) + 1),
          by: new Map(
            Object.entries(voices).flatMap(([digest, voice]) => {
              const score = voice(value, step);
              return score === undefined ? [] : [[digest, { score, expected: level }] as const];
            }),
          ),
        })),
      );
    },
    losses: (losses) => void told.push({ step, losses }),
  };
  const panel = createPanel(slot, { random: seededRandom(3) });
  return {
    asked,
    told,
    async run(from, to, values) {
      for (step = from; step < to; step += 1) {
        const now = begin + step * interval;
        const samples = Object.entries(values(step)).flatMap(([uid, value]): [string, Sample[]][] =>
          value === undefined ? [] : [[uid, [{ series: `${metric} of ${uid}`, metric, labels: {}, value, time: now }]]],
        );
        // oxlint-disable-next-line no-await-in-loop -- cycles follow one another
        await panel(new Map(samples), now, { signal });
      }
      step = to - 1;
    },
  };
}

const trembling = (step: number): number => level + Math.sin(step * 2.4);
const calm = (step: number) => ({ a: trembling(step) });
/** Enough for the warm-up, the wait before the first trial, and one trial. */
const first = 60 + (2 * trialMs) / interval;

describe("a trial", () => {
  test("costs whoever misses the fault on the copy, and whoever alarms of the series as it is, one half each", async () => {
    const made = worldOf({ right, never: () => 0, always: () => 1, doubting: () => 0.5 });
    await made.run(0, first, calm);
    expect(made.told.length).toBeGreaterThan(0);
    for (const { losses } of made.told) {
      expect(losses["right"]).toBe(asGoodAsNone);
      expect(losses["never"]).toBeCloseTo(0.5, 9);
      // What is below the expected is no trouble of a latency, so half of the alarms are none; both of the last two have to be.
      expect(losses["always"]).toBeGreaterThan(0.02);
      expect(losses["always"]).toBeLessThan(0.3);
      expect(losses["doubting"]).toBeGreaterThan(0.125);
    }
  });

  test("is told once in forty minutes of a series, however often that is sampled", async () => {
    const made = worldOf({ right });
    await made.run(0, 60 + (5 * trialMs) / interval, calm);
    const gaps = made.told.slice(1).map(({ step }, index) => (step - (made.told[index]?.step ?? 0)) * interval);
    expect(gaps.length).toBeGreaterThan(2);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(trialMs);
  });

  test("tells nothing of a time in which the series itself was not as before", async () => {
    const made = worldOf({ right });
    const until = 60 + (4 * trialMs) / interval;
    await made.run(0, until, (step) => ({ a: step < 80 ? trembling(step) : 5 * trembling(step) }));
    expect(made.told).toEqual([]);
  });

  test("counts nobody who has not seen the series for long enough, nor everything of the trial", async () => {
    const late: Voice = (value, step) => (step < 150 ? undefined : right(value, step));
    const broken: Voice = (value, step) => (step === 170 ? undefined : right(value, step));
    const made = worldOf({ right, late, broken });
    await made.run(0, 60 + (6 * trialMs) / interval, calm);
    const during = (step: number) => made.told.find((one) => one.step >= step)?.losses ?? {};
    expect(Object.keys(during(0)).toSorted()).toEqual(["broken", "right"]);
    expect(during(171)).not.toHaveProperty("broken");
    const last = made.told.at(-1)?.losses ?? {};
    expect(Object.keys(last).toSorted()).toEqual(["broken", "late", "right"]);
  });

  test("is of a copy only: the series as it is goes on from its own memory", async () => {
    const made = worldOf({ right });
    await made.run(0, first, calm);
    for (const [step, [own]] of made.asked.entries()) {
      expect(own?.value).toBe(trembling(step));
      expect(own?.state?.[0] ?? 0).toBe(step);
    }
    const copies = made.asked.flatMap(([, copy]) => (copy === undefined ? [] : [copy.value]));
    expect(copies.some((value) => value > 2 * level)).toBe(true);
  });
});

describe("membership", () => {
  test("is of 64 series at most, two rows each at most, and one for a series", async () => {
    const many = (step: number) =>
      Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`s${index}`, trembling(step + index)]));
    const made = worldOf({ right });
    await made.run(0, first, many);
    expect(made.asked.every((inputs) => inputs.length <= 128)).toBe(true);
    expect(made.asked.at(-1)?.length).toBeGreaterThan(64);
    const few = worldOf({ right });
    await few.run(0, 20, calm);
    expect(few.asked.every((inputs) => inputs.length === 1)).toBe(true);
  });

  test("ends with a term, and begins anew without memory", async () => {
    const made = worldOf({ right });
    await made.run(0, 60 + ((term + 2) * trialMs) / interval, calm);
    const begun = made.asked.flatMap(([own], step) => (own?.state === undefined ? [step] : []));
    expect(begun).toHaveLength(2);
    expect(made.told.filter(({ step }) => step < (begun[1] ?? 0))).toHaveLength(term);
  });

  test("ends when a series falls silent or has no value, and nothing is told of what was open", async () => {
    const made = worldOf({ right });
    await made.run(0, 100, calm);
    await made.run(100, 110, () => ({ a: Number.NaN, b: undefined }));
    expect(made.asked).toHaveLength(100);
    await made.run(110, 130, (step) => ({ b: trembling(step) }));
    expect(made.asked.slice(100).map(([own]) => own?.state?.[0] ?? 0)).toEqual(
      Array.from({ length: 20 }, (_, at) => at),
    );
    await made.run(130, 150, () => ({}));
    expect(made.asked).toHaveLength(120);
    expect(made.told).toEqual([]);
  });

  test("outlasts one sample that is missing, without an outcome of it", async () => {
    const made = worldOf({ right });
    await made.run(0, first, (step) => ({ a: step % 7 === 6 ? Number.NaN : trembling(step) }));
    expect(made.asked.every((inputs) => inputs.every(({ value }) => Number.isFinite(value)))).toBe(true);
    expect(made.told[0]?.losses).toEqual({ right: asGoodAsNone });
  });
});

import * as fc from "fast-check";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Condition } from "../../api/index.ts";
import { type Sample, seriesKey, type SignalSource } from "../../signals/index.ts";
import { scoreHealth } from "../score.ts";
import type { Evidence } from "./evidence.ts";
import { createHealthLoop, type HealthLoop } from "./loop.ts";
import { liveBaselines, openLiveModels } from "./live.ts";
import type { LoopModels } from "./models.ts";
import { replay } from "./replay.ts";
import type { LoopSubject } from "./subject.ts";

const begin = Date.UTC(2026, 5, 1, 12);
const { signal } = new AbortController();
const options = { signal };
const sets = {
  baselines: () => Promise.resolve({ models: liveBaselines(), close: () => Promise.resolve() }),
  "shipped models": async () => {
    const live = await openLiveModels(join(import.meta.dirname, "..", "..", "..", "models"), signal);
    return { models: live.shipped, close: () => live.close() };
  },
} as const;

const ready: Condition = {
  type: "Ready",
  status: "True",
  reason: "Succeeded",
  message: "",
  lastTransitionTime: "2026-01-01T00:00:00Z",
};

const subject = (uid: string, more: Partial<LoopSubject> = {}): LoopSubject => ({
  kind: "Blueprint",
  namespace: "shop",
  name: uid,
  uid,
  generation: 1,
  observedGeneration: 1,
  conditions: [ready],
  past: { ageSeconds: 90 * 86_400, notReady: [], restarts: [], warnings: [], failedOperations: [] },
  ...more,
});

/** A latency of about 20 ms that trembles the same way in every run. */
const ordinary = (step: number): number => 0.02 + 0.002 * Math.sin(step * 2.399) + 0.001 * Math.cos(step * 5.1);

type Values = (step: number) => Readonly<Record<string, number | undefined>>;

interface World {
  readonly loop: HealthLoop;
  subjects: LoopSubject[];
  /** Cycles over steps `from` to `to`, 15 s apart; the scores of the first subject. */
  run(from: number, to: number): Promise<(number | undefined)[]>;
}

/** `values` gives metrics by "uid/metric"; undefined: no sample this time. */
function worldOf(models: () => LoopModels, values: Values, subjects: readonly LoopSubject[] = [subject("a")]): World {
  let step = 0;
  const source: SignalSource = {
    name: "made up",
    read: (now) => {
      const samples: Sample[] = Object.entries(values(step)).flatMap(([name, value]) => {
        const [uid = "", metric = ""] = name.split("/");
        const labels = { uid, id: `i-${uid}` };
        return value === undefined ? [] : [{ series: seriesKey(metric, labels), metric, labels, value, time: now }];
      });
      return Promise.resolve({ samples, problems: [] });
    },
  };
  const made: World = {
    subjects: [...subjects],
    loop: createHealthLoop({
      sources: [source],
      models,
      subjects: () => made.subjects,
      subjectOf: ({ labels }) => labels["uid"],
      threshold: () => 0.5,
      clock: { now: () => begin + step * 15_000, monotonic: () => step * 15_000, sleep: () => Promise.resolve() },
    }),
    async run(from, to) {
      const scores: (number | undefined)[] = [];
      for (step = from; step < to; step += 1) {
        // oxlint-disable-next-line no-await-in-loop -- cycles follow one another
        await made.loop.cycle(options);
        const [first] = made.subjects;
        // oxlint-disable-next-line no-await-in-loop -- likewise
        if (first !== undefined) scores.push((await made.loop.score(first, options)).score);
      }
      step = to - 1;
      return scores;
    },
  };
  return made;
}

const fault = (step: number): boolean => step >= 80 && step < 100;
const latency: Values = (step) => ({ "a/latency_seconds": fault(step) ? 0.4 : ordinary(step) });

describe.each(["baselines", "shipped models"] as const)("the loop with %s", (set) => {
  let models: LoopModels;
  let close: () => Promise<void>;
  beforeAll(async () => {
    ({ models, close } = await sets[set]());
  });
  afterAll(() => close());
  const world = (values: Values, subjects?: readonly LoopSubject[]): World => worldOf(() => models, values, subjects);

  describe("a process that begins in the middle of a fault", () => {
    const lasting: Values = (step) => ({ "a/latency_seconds": step >= 80 && step < 110 ? 0.4 : ordinary(step) });
    const recordAt = async (step: number) => {
      const { loop, run, subjects } = world(lasting);
      await run(0, step);
      const [one = subject("a")] = subjects;
      return (await loop.judge(one, options)).record;
    };

    test("goes on from the record of the one before: what was odd stays odd, and its end is seen", async () => {
      const { loop, run } = world(lasting);
      await run(84, 84); // the clock only
      expect(loop.knows("a")).toBe(false);
      loop.resume("a", await recordAt(84));
      const during = await run(84, 90);
      expect(loop.knows("a")).toBe(true);
      expect(Math.max(...during.map((score) => score ?? 100))).toBeLessThan(80);
      expect((await run(90, 170)).at(-1)).toBeGreaterThanOrEqual(95);
    });

    test("keeps the record of a subject that the cycle at work does not know yet, unless another one is said", async () => {
      const record = await recordAt(84);
      for (const ill of [true, false]) {
        const made = world(lasting, []);
        // oxlint-disable-next-line no-await-in-loop -- cycles follow one another
        await made.run(83, 83);
        made.loop.resume("a", record);
        // oxlint-disable-next-line no-await-in-loop -- likewise
        await made.run(83, 84);
        if (!ill) made.loop.resume("a", undefined);
        made.subjects = [subject("a")];
        // oxlint-disable-next-line no-await-in-loop -- likewise
        expect(((await made.run(84, 85))[0] ?? 100) < 80).toBe(ill);
      }
    });

    test("would take it for ordinary without one, or with one of yesterday", async () => {
      const { loop, run } = world(lasting);
      await run(84, 84);
      const record = await recordAt(84);
      loop.resume("a", { ...record, time: record.time - 2 * 86_400_000 });
      expect(Math.min(...(await run(84, 90)).map((score) => score ?? 0))).toBeGreaterThanOrEqual(80);
    });

    test("drops what it went on from when the series stays away, and does not go on from another model's record", async () => {
      const silent = world(() => ({}));
      await silent.run(84, 84);
      silent.loop.resume("a", await recordAt(84));
      const scores = await silent.run(84, 92);
      expect(scores[0]).toBeLessThan(80);
      expect(scores.at(-1)).toBeGreaterThanOrEqual(95);

      const record = await recordAt(84);
      const other = { ...record, anomaly: { model: { name: "another", version: "1" }, series: [] } };
      const { loop, run } = world(lasting);
      await run(84, 84);
      loop.resume("a", other);
      expect((await run(84, 85))[0]).toBeGreaterThanOrEqual(80);
    });
  });

  test("sees a fault within two samples, says which series shows it, and lets the score recover", async () => {
    const { loop, run, subjects } = world(latency);
    const before = await run(0, 80);
    expect(Math.min(...before.slice(30).map((score) => score ?? 0))).toBeGreaterThanOrEqual(95);
    const during = await run(80, 84);
    expect(during[1]).toBeLessThan(80);
    const told = await loop.score(subjects[0] ?? subject("a"), options);
    expect(told.reasons[0]).toMatchObject({ signal: "anomaly/latency_seconds" });
    expect(told.reasons[0]?.message).toMatch(/latency_seconds of i-a is 0\.4, expected 0\.0[12]\d* give or take/);
    expect(told.anomalyPercent).toBeGreaterThan(90);
    const after = await run(84, 160);
    expect(after.at(-1)).toBeGreaterThanOrEqual(95);
  });

  test("is not moved by one odd sample, nor by what is odd for the better", async () => {
    const blip = await world((step) => ({ "a/latency_seconds": step === 70 ? 0.4 : ordinary(step) })).run(0, 90);
    expect(Math.min(...blip.slice(60, 72).map((score) => score ?? 0))).toBeGreaterThanOrEqual(95);
    const better = await world((step) => ({ "a/latency_seconds": step > 70 ? 0.001 : ordinary(step) })).run(0, 90);
    expect(Math.min(...better.slice(60).map((score) => score ?? 0))).toBeGreaterThanOrEqual(95);
  });

  test("gives the same scores when the future is cut off", async () => {
    const whole = await world(latency).run(0, 130);
    for (const cut of [40, 82, 97, 110]) {
      // oxlint-disable-next-line no-await-in-loop -- a few short runs
      expect(await world(latency).run(0, cut)).toEqual(whole.slice(0, cut));
    }
  });

  test("takes silence for no data, not for health", async () => {
    const made = world((step) => (step < 60 ? latency(step) : {}));
    await made.run(0, 60);
    expect((await made.loop.score(subject("a"), options)).anomalyPercent).toBeDefined();
    await made.run(60, 70);
    const status = await made.loop.score(subject("a"), options);
    expect(status.anomalyPercent).toBeUndefined();
    expect(status.models.map(({ name }) => name)).not.toContain(models.anomaly.model.name);
  });

  test("says Unknown of what has neither conditions nor bad news, whatever its signals", async () => {
    const made = world(latency, [subject("a", { conditions: [] })]);
    expect(await made.run(0, 81)).toEqual(Array.from({ length: 81 }, () => undefined));
    const [, bad] = await made.run(81, 83);
    expect(bad).toBeLessThan(80);
  });

  test("names only subjects whose score left what is written", async () => {
    const made = world(
      (step) => ({ ...latency(step), "b/latency_seconds": ordinary(step + 7) }),
      [subject("a"), subject("b")],
    );
    await made.run(0, 80);
    const written = { score: 100, class: "Healthy", anomalyPercent: 0, failurePercent: 0 } as const;
    made.subjects = made.subjects.map((one) => ({ ...one, written }));
    expect((await made.loop.cycle(options)).moved).toEqual([]);
    await made.run(80, 83);
    expect((await made.loop.cycle(options)).moved.map(({ uid }) => uid)).toEqual(["a"]);
  });

  test("counts what it leaves out, and forgets subjects that are gone", async () => {
    const many: Values = () =>
      Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`a/m${index}_ratio`, 0.5]));
    const made = world((step) => ({ ...many(step), "nobody/x_ratio": 1 }));
    await made.run(0, 1);
    const cycle = await made.loop.cycle(options);
    expect(cycle).toMatchObject({ leftOut: 44, unclaimed: 1 });
    made.subjects = [];
    await made.run(1, 2);
    expect((await made.loop.score(subject("a"), options)).anomalyPercent).toBeUndefined();
  });

  test("computes a recorded score again, bit for bit, after it went through JSON", async () => {
    const made = world(
      (step) => ({ ...latency(step), "a/error_ratio": fault(step) ? 0.3 : 0.002 + 0.001 * Math.sin(step) }),
      [
        subject("a", {
          objective: 0.99,
          drift: {
            firstCheckTime: begin - 9e8,
            driftTimes: [begin - 1e7],
            changeTimes: [],
            resources: 3,
            healing: "Heal",
          },
        }),
      ],
    );
    for (const step of [3, 50, 81, 90, 101]) {
      // oxlint-disable-next-line no-await-in-loop -- cycles follow one another
      await made.run(step - 3, step);
      const [one = subject("a")] = made.subjects;
      // oxlint-disable-next-line no-await-in-loop -- likewise
      const { status, record: before } = await made.loop.judge(one, options);
      const record = JSON.parse(JSON.stringify(before));
      // oxlint-disable-next-line no-await-in-loop -- likewise
      expect(await replay(record, models, options)).toEqual(status);
    }
  });
});

const judged = (probability: number) => ({ probability, because: [], model: { name: "m", version: "1.0.0" } });

test("the score never rises when one part of the evidence gets worse", () => {
  const unit = fc.double({ min: 0, max: 1, noNaN: true });
  const parts = fc.record({
    anomaly: unit,
    failure: unit,
    drift: unit,
    burn: fc.double({ min: 0, max: 50, noNaN: true }),
  });
  const scoreOf = (one: { anomaly: number; failure: number; drift: number; burn: number }): number => {
    const evidence: Evidence = {
      threshold: 0.5,
      anomaly: judged(one.anomaly),
      failure: judged(one.failure),
      drift: judged(one.drift),
      burn: { rate: one.burn, message: "" },
    };
    return scoreHealth(subject("a"), evidence, begin).score ?? Number.NaN;
  };
  fc.assert(
    fc.property(parts, parts, (one, other) => {
      for (const part of ["anomaly", "failure", "drift", "burn"] as const) {
        const worse = { ...one, [part]: Math.max(one[part], other[part]) };
        expect(scoreOf(worse)).toBeLessThanOrEqual(scoreOf(one));
      }
    }),
  );
  expect(scoreOf({ anomaly: 0, failure: 0, drift: 0, burn: 0 })).toBe(100);
  expect(scoreOf({ anomaly: 1, failure: 1, drift: 1, burn: 20 })).toBe(0);
});

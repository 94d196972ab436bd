import { describe, expect, test } from "vitest";
import { horizonMs } from "../learning/forecasts.ts";
import type { DriftInput } from "../features/drift-history.ts";
import type { FailureInput } from "../features/failure-history.ts";
import { createCheck, type Seen } from "./check.ts";
import { liveBaselines } from "./live.ts";
import { createHealthLoop } from "./loop.ts";
import type { CheckedSlot } from "./slots.ts";
import type { TriedSlot } from "./panel.ts";
import type { LoopSubject } from "./subject.ts";

const begin = Date.UTC(2026, 5, 1);
const minute = 60_000;
const options = { signal: new AbortController().signal };

type Said = { readonly predicted: Readonly<Record<string, number>>; readonly actual: 0 | 1 };

function slotOf<I>(): CheckedSlot<I> & { readonly said: Said[]; asked: number } {
  const slot = {
    said: [] as Said[],
    asked: 0,
    predict: (inputs: readonly I[]) => {
      slot.asked += inputs.length;
      return Promise.resolve(inputs.map(() => ({ active: 0.2, baseline: 0.1 })));
    },
    outcome: (predicted: Readonly<Record<string, number>>, actual: 0 | 1) => void slot.said.push({ predicted, actual }),
  };
  return slot;
}

const anomaly: TriedSlot = { judge: () => Promise.resolve([]), losses: () => undefined };
const subjectOf = (uid: string, more: Partial<Pick<LoopSubject, "past" | "drift">>): LoopSubject => {
  const nothing = { ageSeconds: 1, notReady: [], restarts: [], warnings: [], failedOperations: [] };
  return { kind: "Blueprint", name: uid, uid, generation: 1, conditions: [], past: nothing, ...more };
};

const seen = (...subjects: readonly LoopSubject[]): Seen => ({
  subjects,
  subject: (uid) => subjects.find((one) => one.uid === uid),
  questions: {
    failure: ({ past: history }) => ({ history, now: begin }),
    drift: ({ drift: facts }) => facts && { facts, now: begin },
  },
  samples: new Map(),
});

const past = (notReady: LoopSubject["past"]["notReady"]) => ({
  ageSeconds: 1,
  notReady,
  restarts: [],
  warnings: [],
  failedOperations: [],
});
const drift = (more: { driftTimes: number[]; lastCheckTime?: number }) => ({
  firstCheckTime: begin - horizonMs,
  changeTimes: [],
  resources: 1,
  healing: "Heal" as const,
  ...more,
});

async function outcomes(later: LoopSubject): Promise<{ readonly failure: (0 | 1)[]; readonly drift: (0 | 1)[] }> {
  const failure = slotOf<FailureInput>();
  const drifts = slotOf<DriftInput>();
  const check = createCheck({ anomaly, failure, drift: drifts }, () => 0);
  await check(seen(subjectOf("a", { drift: drift({ driftTimes: [] }) })), begin, options);
  await check(seen(later), begin + horizonMs + minute, options);
  return { failure: failure.said.map((one) => one.actual), drift: drifts.said.map((one) => one.actual) };
}

describe("what came of a prediction", () => {
  const after = begin + horizonMs + minute;
  test.each<[string, LoopSubject, (0 | 1)[], (0 | 1)[]]>([
    ["nothing", subjectOf("a", { drift: drift({ driftTimes: [], lastCheckTime: after }) }), [0], [0]],
    [
      "ten minutes without Ready",
      subjectOf("a", { past: past([{ from: begin + minute, to: begin + 11 * minute }]) }),
      [1],
      [],
    ],
    ["too short a moment", subjectOf("a", { past: past([{ from: begin + minute, to: begin + 5 * minute }]) }), [0], []],
    [
      "what was over before",
      subjectOf("a", { past: past([{ from: begin - 99 * minute, to: begin - minute }]) }),
      [0],
      [],
    ],
    ["what began after the day", subjectOf("a", { past: past([{ from: begin + horizonMs }]) }), [0], []],
    ["drift within the day", subjectOf("a", { drift: drift({ driftTimes: [begin + minute] }) }), [0], [1]],
    ["nobody having looked since", subjectOf("a", { drift: drift({ driftTimes: [], lastCheckTime: begin }) }), [0], []],
    ["another subject: this one is gone", subjectOf("b", {}), [], []],
  ])("is told of %s", async (_, later, failure, drifted) => {
    expect(await outcomes(later)).toEqual({ failure, drift: drifted });
  });

  test("is awaited of a few subjects, each once an hour", async () => {
    const failure = slotOf<FailureInput>();
    let turn = 0;
    const check = createCheck({ anomaly, failure, drift: slotOf() }, () => (turn++ % 100) / 100);
    const all = Array.from({ length: 100 }, (_, index) => subjectOf(`s${index}`, {}));
    await check(seen(...all), begin, options);
    expect(failure.asked).toBe(16);
    turn = 0;
    await check(seen(...all), begin + minute, options);
    expect(failure.asked).toBe(16);
    turn = 0;
    await check(seen(...all), begin + 61 * minute, options);
    expect(failure.asked).toBe(32);
  });
});

test("detectors are tried on the samples of the cycle", async () => {
  const judged: number[] = [];
  const listening: TriedSlot = {
    ...anomaly,
    judge: (inputs) => {
      judged.push(...inputs.map(({ value }) => value));
      return Promise.resolve([]);
    },
  };
  const check = createCheck({ anomaly: listening, failure: slotOf(), drift: slotOf() }, () => 0);
  const loop = createHealthLoop({
    sources: [
      {
        name: "made up",
        read: (time) =>
          Promise.resolve({ samples: [{ series: "s", metric: "latency", labels: {}, value: 7, time }], problems: [] }),
      },
    ],
    models: liveBaselines,
    subjects: () => [subjectOf("a", {})],
    subjectOf: () => "a",
    threshold: () => 0.5,
    check,
    clock: { now: () => begin, monotonic: () => 0, sleep: () => Promise.resolve() },
  });
  await loop.cycle(options);
  expect(judged).toEqual([7]);
});

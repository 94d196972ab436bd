import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createLearner } from "./learner.ts";
import { learn, nothingLearnt } from "./feedback.ts";
import { type Answer, answered, halfLifeMs, noStatistics } from "./statistics.ts";
import { defaultThreshold, span, thresholdOf } from "./threshold.ts";

const now = Date.UTC(2026, 5, 1);
const said = (answer: Answer, time: number, from = "jane") => ({
  answer,
  from,
  time,
  judgement: new Date(time).toISOString(),
});
const answers = fc.array(
  fc.record({ answer: fc.constantFrom<Answer>("TrueAlarm", "FalseAlarm"), ago: fc.integer({ min: 0, max: 200 }) }),
  { maxLength: 60 },
);
const statistics = (list: readonly { answer: Answer; ago: number }[]) =>
  list
    .toSorted((a, b) => b.ago - a.ago)
    .reduce((sum, { answer, ago }) => answered(sum, answer, now - ago * 86_400_000), noStatistics);

describe("a target's threshold", () => {
  test("stays within its bounds whatever is said", () => {
    fc.assert(
      fc.property(answers, (list) => {
        expect(Math.abs(thresholdOf(statistics(list), now) - defaultThreshold)).toBeLessThan(span);
      }),
    );
  });

  test("is not lowered by a false alarm nor raised by a true one", () => {
    fc.assert(
      fc.property(answers, (list) => {
        const before = statistics(list);
        const at = thresholdOf(before, now);
        expect(thresholdOf(answered(before, "FalseAlarm", now), now)).toBeGreaterThanOrEqual(at);
        expect(thresholdOf(answered(before, "TrueAlarm", now), now)).toBeLessThanOrEqual(at);
      }),
    );
  });

  test("goes back to the default when nobody answers any more", () => {
    const learnt = Array.from({ length: 8 }).reduce<typeof noStatistics>(
      (sum) => answered(sum, "FalseAlarm", now),
      noStatistics,
    );
    const far = [0, 1, 2, 6].map((halves) => thresholdOf(learnt, now + halves * halfLifeMs) - defaultThreshold);
    expect(far[0]).toBeCloseTo(0.2, 5);
    expect(far.toSorted((a, b) => b - a)).toEqual(far);
    expect(far[3]).toBeLessThan(0.01);
  });
});

describe("answers", () => {
  test("count once for each judgement and giver, and the last word holds", () => {
    const first = learn(nothingLearnt, said("FalseAlarm", now));
    expect(learn(first, said("FalseAlarm", now))).toBe(first);
    const corrected = learn(first, said("TrueAlarm", now));
    expect(corrected.statistics).toMatchObject({ wrong: 0, right: 1 });
    expect(corrected.answers).toHaveLength(1);
    expect(learn(first, said("FalseAlarm", now, "joe")).statistics.wrong).toBe(2);
  });

  test("are kept in a bounded number while the counts go on", () => {
    const all = Array.from({ length: 50 }, (_, index) => said("FalseAlarm", now + index * 1000));
    const learnt = all.reduce(learn, nothingLearnt);
    expect(learnt.answers).toHaveLength(20);
    expect(learnt.statistics.wrong).toBeGreaterThan(49);
  });
});

describe("namespaces", () => {
  test("learn alone unless counts are shared", () => {
    const alone = createLearner({ share: "nothing" });
    const sharing = createLearner({ share: "counts" });
    for (const learner of [alone, sharing])
      for (const index of [1, 2, 3]) learner.take({ uid: "a", namespace: "shop" }, said("FalseAlarm", now + index));
    expect(alone.threshold("elsewhere", now + 9)).toBe(defaultThreshold);
    expect(sharing.threshold("elsewhere", now + 9)).toBeGreaterThan(defaultThreshold);
    expect(sharing.threshold("elsewhere", now + 9)).toBeLessThan(sharing.threshold("a", now + 9) + 1e-9);
  });

  test("give away two counts and nothing that they were counted from", () => {
    const learner = createLearner({ share: "counts" });
    const secret = 'latency_seconds{customer="acme"} 0.417';
    learner.take({ uid: "uid-secret", namespace: "shop" }, { ...said("FalseAlarm", now, secret), judgement: secret });
    learner.take({ uid: "uid-other", namespace: "shop" }, said("TrueAlarm", now, secret));
    const shared = learner.shared("shop", now);
    expect(Object.keys(shared).toSorted()).toEqual(["right", "time", "wrong"]);
    for (const value of Object.values(shared)) expect(typeof value).toBe("number");
    const text = JSON.stringify(shared);
    for (const raw of ["acme", "0.417", "uid-secret", "shop", "latency"]) expect(text).not.toContain(raw);
    expect(shared).toMatchObject({ wrong: 1, right: 1 });
  });
});

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { changeCountDriftRate, driftPercent } from "./index.ts";

const day = 86_400_000;
const now = Date.UTC(2026, 5, 1);

describe("driftPercent", () => {
  test.each<[string, Parameters<typeof driftPercent>[0], number | undefined]>([
    ["never checked is no data", { driftTimes: [now] }, undefined],
    ["nothing found", { firstCheckTime: now - 30 * day, driftTimes: [] }, 0],
    ["once in thirty days", { firstCheckTime: now - 90 * day, driftTimes: [now - day] }, 3],
    [
      "once a day",
      { firstCheckTime: now - 30 * day, driftTimes: Array.from({ length: 30 }, (_, n) => now - n * day) },
      63,
    ],
    ["once within the first hour", { firstCheckTime: now - day / 24, driftTimes: [now] }, 63],
    ["long ago does not count", { firstCheckTime: now - 90 * day, driftTimes: [now - 31 * day] }, 0],
    ["the future does not count", { firstCheckTime: now - day, driftTimes: [now + day] }, 0],
    ["a clock that went back", { firstCheckTime: now + day, driftTimes: [] }, 0],
  ])("%s", (_, history, percent) => {
    expect(driftPercent(history, now)).toBe(percent);
  });

  test("is a percentage and grows with every drift", () => {
    const times = fc.array(fc.integer({ min: now - 40 * day, max: now }));
    fc.assert(
      fc.property(fc.integer({ min: now - 60 * day, max: now }), times, (firstCheckTime, driftTimes) => {
        const before = driftPercent({ firstCheckTime, driftTimes }, now) ?? -1;
        const after = driftPercent({ firstCheckTime, driftTimes: [...driftTimes, now] }, now) ?? -1;
        expect(before).toBeGreaterThanOrEqual(0);
        expect(after).toBeLessThanOrEqual(100);
        expect(after).toBeGreaterThanOrEqual(before);
      }),
    );
  });
});

describe("the next check", () => {
  const history = { driftTimes: [] };
  test.each([
    [0, 54],
    [0.5, 60],
    [0.999_999, 66],
  ])("is within a tenth of the interval (random %d)", (random, minutes) => {
    const rate = changeCountDriftRate({ random: () => random });
    expect(Math.round(rate.nextCheckMs(60 * 60_000, history, now) / 60_000)).toBe(minutes);
  });

  test("never comes within a minute", () => {
    expect(changeCountDriftRate({ random: () => 0 }).nextCheckMs(60_000, history, now)).toBe(60_000);
  });
});

import { expect, test } from "vitest";
import { driftFeatures, type DriftFacts, driftRow } from "./drift-history.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** A Wednesday. */
const now = Date.UTC(2026, 4, 13, 9);

const column = (known: Partial<DriftFacts>, name: (typeof driftFeatures)[number], at = now): number =>
  driftRow({
    facts: {
      firstCheckTime: at - 60 * DAY,
      lastCheckTime: at,
      driftTimes: [],
      changeTimes: [],
      resources: 3,
      healing: "Heal",
      ...known,
    },
    now: at,
  })[driftFeatures.indexOf(name)] ?? NaN;

test("a row has a column for each name", () => {
  expect(driftRow({ facts: { driftTimes: [], changeTimes: [], resources: 0, healing: "Heal" }, now })).toHaveLength(
    driftFeatures.length,
  );
});

test.each([
  ["Wednesday morning", Date.UTC(2026, 4, 13, 9), 1],
  ["Friday noon", Date.UTC(2026, 4, 15, 12), 0.5],
  ["Saturday", Date.UTC(2026, 4, 16), 0],
  ["Sunday evening", Date.UTC(2026, 4, 17, 18), 0.75],
] as const)("how much of the next day is worked is right on %s", (_, at, share) => {
  expect(column({}, "workday_share", at)).toBeCloseTo(share, 6);
});

test("weeks are alike where something was found in the same hours of the week, each counted once", () => {
  const find = (weeks: number, hours: number): number => now - weeks * 7 * DAY + hours * HOUR;
  expect(column({ driftTimes: [find(1, 2), find(1, 20), find(3, 0)] }, "weeks_alike")).toBe(2);
  expect(column({ driftTimes: [find(1, -1), find(1, 25), find(7, 2)] }, "weeks_alike")).toBe(0);
});

test("a change is answered by a find within a day after it", () => {
  const changeTimes = [now - 10 * DAY, now - 5 * DAY];
  expect(column({ changeTimes, driftTimes: [now - 10 * DAY + 3 * HOUR] }, "answered_changes")).toBe(0.5);
  expect(column({ changeTimes, driftTimes: [now - 10 * DAY - HOUR, now - 8 * DAY] }, "answered_changes")).toBe(0);
});

test("a rate counts only days in which somebody looked", () => {
  const driftTimes = [now - 12 * DAY, now - 11 * DAY];
  expect(column({ driftTimes }, "found_per_day_30d")).toBeCloseTo(2 / 30, 6);
  expect(column({ driftTimes, lastCheckTime: now - 10 * DAY }, "found_per_day_30d")).toBeCloseTo(2 / 20, 6);
  expect(column({ driftTimes, firstCheckTime: now - 15 * DAY }, "found_per_day_30d")).toBeCloseTo(2 / 15, 6);
});

test("usual hours are 1 without a pattern and more where changes come in them", () => {
  expect(column({}, "usual_hours")).toBe(1);
  const weekly = [1, 2, 3, 4].map((weeks) => now - weeks * 7 * DAY + HOUR);
  expect(column({ changeTimes: weekly }, "usual_hours")).toBeGreaterThan(3);
  expect(column({ changeTimes: weekly.map((time) => time - 2 * DAY) }, "usual_hours")).toBeLessThan(1);
});

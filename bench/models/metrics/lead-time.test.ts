import { expect, test } from "vitest";
import { calm, medianNotice, noticed, notices, type Watch } from "./lead-time.ts";

/** Asked every hour from 0 on; `marks` has an x for an alarm. Failures come between questions. */
const watch = (marks: string, ...failures: readonly number[]): Watch => ({
  asked: Array.from(marks, (_, hour) => hour),
  alarms: Array.from(marks, (mark) => mark === "x"),
  failures,
  until: marks.length,
});

test.each([
  { name: "the run that reaches the failure counts from its first alarm", of: watch("......xxx.", 8.5), gives: [2.5] },
  { name: "a run that ended before the failure gives no notice", of: watch("....xxx...", 8.5), gives: [0] },
  { name: "an interrupted run counts from after the gap", of: watch("....xx.xx.", 8.5), gives: [1.5] },
  { name: "silence misses it", of: watch("..........", 8.5), gives: [0] },
  { name: "no run is longer than the horizon", of: watch("xxxxxxxxx.", 8.5), gives: [3.5] },
  { name: "an alarm at the very moment is none before it", of: watch("........x.", 8), gives: [0] },
  { name: "a run does not reach back over the failure before", of: watch("....xxxxx.", 6.5, 8.5), gives: [2.5, 1.5] },
  { name: "two failures between two questions are one", of: watch("....xxxxx.", 8.2, 8.5), gives: [3.2] },
  { name: "the first horizon is not seen in whole", of: watch("xxxxxxxxxx", 3.5, 8.5), gives: [3.5] },
  { name: "what is not known yet is not judged", of: watch("xxxxxxxxxx", 11), gives: [] },
])("$name", ({ of, gives }) => {
  const given = notices(of, 4).map(({ length }) => length);
  expect(given.length).toBe(gives.length);
  for (const [index, notice] of gives.entries()) expect(given[index]).toBeCloseTo(notice, 9);
});

test("questions that were skipped while it was down do not interrupt anything but the run of the failure", () => {
  const down: Watch = {
    asked: [0, 1, 2, 3, 4, 7, 8],
    alarms: [false, false, false, true, true, true, true],
    failures: [4.5, 8.5],
    until: 9,
  };
  expect(notices(down, 4)).toEqual([
    { length: 1.5, quiet: Infinity },
    { length: 1.5, quiet: 4 },
  ]);
});

test("calm is a question that no failure follows within the horizon, and is told only where all of it is known", () => {
  expect(calm(watch("........", 3, 6.5), 2)).toEqual([true, false, false, true, true, false, false]);
});

test("the median is of what was caught, the shares are of all", () => {
  const of = (...lengths: readonly number[]) => lengths.map((length) => ({ length, quiet: Infinity }));
  const given = of(0, 1, 3, 0, 10);
  expect(medianNotice(given)).toBe(3);
  expect(medianNotice(of(0, 2, 4))).toBe(3);
  expect(medianNotice(of(0, 0))).toBeNaN();
  expect(noticed(given, 0)).toBe(0.6);
  expect(noticed(given, 3)).toBe(0.4);
  expect(noticed([], 1)).toBeNaN();
});

test("who is always alarmed has the longest notice, so that the number of alarms has to be held equal", () => {
  const loud = notices(watch("xxxxxxxxxx", 6.5, 9.5), 4);
  const quiet = notices(watch("......x...", 6.5, 9.5), 4);
  expect(medianNotice(loud)).toBeGreaterThan(medianNotice(quiet));
});

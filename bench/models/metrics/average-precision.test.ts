import { expect, test } from "vitest";
import { averagePrecision } from "./average-precision.ts";

test("it is 1 for a perfect order", () => {
  expect(averagePrecision([1, 2, 3, 4], [false, false, true, true])).toBe(1);
});

test("it is the mean precision at each positive", () => {
  // Positives at places 1 and 3: (1/1 + 2/3) / 2.
  expect(averagePrecision([4, 3, 2, 1], [true, false, true, false])).toBeCloseTo(5 / 6, 12);
});

test("scores that are all equal give the share of positives, however they are ordered", () => {
  expect(averagePrecision([7, 7, 7, 7], [true, false, false, false])).toBe(0.25);
  expect(averagePrecision([7, 7, 7, 7], [false, false, false, true])).toBe(0.25);
});

test("it is not a number where nothing is positive", () => {
  expect(averagePrecision([1, 2], [false, false])).toBeNaN();
});

import { expect, test } from "vitest";
import { mase, seasonalScale } from "./mase.ts";

test("the scale is the mean change over one period, and skips what is not known", () => {
  expect(seasonalScale([1, 2, 4, 7], 1)).toBe(2);
  expect(seasonalScale([1, 5, 2, 9], 2)).toBe(2.5);
  expect(seasonalScale([1, Number.NaN, 3, 7], 1)).toBe(4);
});

test("it is the mean absolute error in units of that scale", () => {
  expect(mase([7, 7], [9, 13], [1, 2, 4, 7], 1)).toBe(2);
  expect(mase([70, 70], [90, 130], [10, 20, 40, 70], 1)).toBe(2);
});

test("a series that never changes has none", () => {
  expect(mase([2], [3], [1, 1, 1], 1)).toBe(Number.POSITIVE_INFINITY);
});

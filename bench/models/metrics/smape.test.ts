import { expect, test } from "vitest";
import { smape } from "./smape.ts";

test("it is 0 for the outcome itself and 200 where the forecast or the outcome is zero", () => {
  expect(smape([1, 2], [1, 2])).toBe(0);
  expect(smape([0, 5], [3, 0])).toBe(200);
  expect(smape([0], [0])).toBe(0);
});

test("it is what the definition gives, and does not change with the unit", () => {
  expect(smape([1, 3], [3, 1])).toBe(100);
  expect(smape([10, 30], [30, 20])).toBeCloseTo((100 + 40) / 2, 12);
  expect(smape([1000, 3000], [3000, 2000])).toBeCloseTo(70, 12);
});

test("a step whose outcome is not known does not count", () => {
  expect(smape([1, 99], [3, Number.NaN])).toBe(100);
  expect(smape([1], [Number.NaN])).toBeNaN();
});

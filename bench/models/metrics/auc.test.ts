import { expect, test } from "vitest";
import { auc } from "./auc.ts";

test("it is 1 for a perfect order, 0 for the reverse, and a half for ties", () => {
  const positive = [false, false, true, true];
  expect(auc([1, 2, 3, 4], positive)).toBe(1);
  expect(auc([4, 3, 2, 1], positive)).toBe(0);
  expect(auc([5, 5, 5, 5], positive)).toBe(0.5);
});

test("a tie across the classes counts half", () => {
  expect(auc([1, 2, 2, 3], [false, false, true, true])).toBe(3.5 / 4);
});

test("it is not a number where a class is missing", () => {
  expect(auc([1, 2], [true, true])).toBeNaN();
});

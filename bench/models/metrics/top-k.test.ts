import { expect, test } from "vitest";
import { avgAt, recallAt } from "./top-k.ts";

test("recall at k counts the answers among the first k", () => {
  expect(recallAt([0, 1, 2, Infinity], 1)).toBe(0.25);
  expect(recallAt([0, 1, 2, Infinity], 3)).toBe(0.75);
});

test("Avg@k is the mean of the recalls up to k, and falls by a fifth for each place lost", () => {
  expect(avgAt([0], 5)).toBe(1);
  expect(avgAt([1], 5)).toBeCloseTo(0.8);
  expect(avgAt([0, 4], 5)).toBeCloseTo(0.6);
  expect(avgAt([5], 5)).toBe(0);
});

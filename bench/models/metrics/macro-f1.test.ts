import { expect, test } from "vitest";
import { macroF1 } from "./macro-f1.ts";

test("every class counts alike, and one that is never answered counts nought", () => {
  expect(macroF1(["a", "b"], ["a", "b"])).toBe(1);
  // a: precision 3/4, recall 1; b: never answered.
  expect(macroF1(["a", "a", "a", "a"], ["a", "a", "a", "b"])).toBeCloseTo((6 / 7 + 0) / 2);
});

test("an answer outside the classes of the truth is an error and no class of its own", () => {
  expect(macroF1(["a", "z"], ["a", "a"])).toBeCloseTo(2 / 3);
});

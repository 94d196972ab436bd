import { expect, test } from "vitest";
import { f1 } from "./f1.ts";

test("F1 weighs what was found against what was there, row by row", () => {
  expect(f1([true, true, false, false], [true, false, true, false])).toBe(0.5);
  expect(f1([true, false], [true, false])).toBe(1);
  expect(f1([true, false], [false, true])).toBe(0);
});

test("F1 gives no credit for a whole stretch when one row of it was found", () => {
  const positive = [true, true, true, true, true, true, true, true, true, false];
  expect(f1([true, ...positive.slice(1).fill(false)], positive)).toBeCloseTo(0.2, 9);
});

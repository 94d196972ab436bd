import { expect, test } from "vitest";
import { ece } from "./ece.ts";

test("probabilities that come true as often as they say have no error", () => {
  const probabilities = [0.25, 0.25, 0.25, 0.25, 0.75, 0.75, 0.75, 0.75];
  const positive = [true, false, false, false, true, true, true, false];
  expect(ece(probabilities, positive)).toBe(0);
});

test("over-confidence is measured by its size, weighted by the bins", () => {
  expect(ece([1, 1, 0, 0], [true, false, false, false])).toBe(0.25);
});

test("errors of different bins do not cancel", () => {
  expect(ece([0.05, 0.95], [true, false])).toBeCloseTo(0.95, 12);
});

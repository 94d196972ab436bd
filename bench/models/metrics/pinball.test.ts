import { expect, test } from "vitest";
import { covered, pinball } from "./pinball.ts";

test("too low a path costs the level, too high a path the rest", () => {
  expect(pinball([0], [10], 0.9)).toBeCloseTo(9, 12);
  expect(pinball([10], [0], 0.9)).toBeCloseTo(1, 12);
  expect(pinball([0, 5], [10, Number.NaN], 0.5)).toBe(5);
});

test("of constant paths the quantile of the outcomes costs least", () => {
  const outcomes = Array.from({ length: 100 }, (_, index) => index);
  const cost = (path: number): number =>
    pinball(
      Array.from(outcomes, () => path),
      outcomes,
      0.9,
    );
  const best = outcomes.toSorted((a, b) => cost(a) - cost(b))[0] ?? Number.NaN;
  expect(Math.abs(best - 90)).toBeLessThanOrEqual(1);
});

test("coverage counts known outcomes only, the ends included", () => {
  expect(covered([0, 0, 0, 0], [1, 1, 1, 1], [0, 1, 2, Number.NaN])).toEqual({ within: 2, known: 3 });
});

import { expect, test } from "vitest";
import { plainForecast, sortedQuantile } from "./forecast-plain.ts";
import { forecastWindow, observedIn } from "./forecast-window.ts";

const rule = { period: 3, horizon: 5, cycles: 2, levels: [0.1, 0.5, 0.9] };

test("the middle path is the median of the phase, gaps passed over", () => {
  const history = [1, 2, 3, 5, 6, 7, Number.NaN, 8, 9];
  expect(plainForecast(history, rule)?.[1]?.values).toEqual([3, 7, 8, 3, 7]);
});

test("one value is enough, and none gives nothing", () => {
  expect(plainForecast([4], rule)?.map(({ values }) => values)).toEqual(
    Array.from({ length: 3 }, () => [4, 4, 4, 4, 4]),
  );
  expect(plainForecast([Number.NaN], rule)).toBeUndefined();
});

test("the outer paths hold what the rule missed by", () => {
  const history = Array.from({ length: 60 }, (_, at) => 100 + (at % 2 === 0 ? 10 : -10));
  const [low, , high] = plainForecast(history, { ...rule, period: 1, cycles: 1 }) ?? [];
  expect(low?.values[0]).toBeLessThan(80);
  expect(high?.values[0]).toBeGreaterThan(100);
});

test("a window is filled from its end, and infinities are gaps", () => {
  expect([...forecastWindow([1, 2, Infinity, 4], 5)]).toEqual([Number.NaN, 1, 2, Number.NaN, 4]);
  expect([...forecastWindow([1, 2, 3, 4], 2)]).toEqual([3, 4]);
  expect(observedIn(forecastWindow([1, 2, Number.NaN, 4], 5))).toBe(3);
});

test("a quantile lies between the nearest two values", () => {
  expect(sortedQuantile([0, 10], 0.25)).toBe(2.5);
});

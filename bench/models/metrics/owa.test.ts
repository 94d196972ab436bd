import { expect, test } from "vitest";
import { naive2 } from "./naive2.ts";
import { owa } from "./owa.ts";

const period = 4;
const season = [1, 1.5, 0.5, 1];
const seasonal = (level: number): number[] =>
  Array.from({ length: 40 }, (_, at) => level * (season[at % period] ?? 1) * (1 + ((at * 7) % 5) / 100));
const set = [10, 300].map((level) => {
  const line = seasonal(level);
  return { history: line.slice(0, 36), actual: line.slice(36) };
});

test("Naive2 has an OWA of exactly 1", () => {
  const scored = set.map((line) => ({ ...line, forecast: naive2(line.history, period, line.actual.length) }));
  expect(owa(scored, period).owa).toBeCloseTo(1, 12);
});

test("the outcome itself has 0, and a random forecast of the same size loses to Naive2", () => {
  expect(
    owa(
      set.map((line) => ({ ...line, forecast: line.actual })),
      period,
    ).owa,
  ).toBe(0);
  let state = 1;
  const random = (): number => (state = (state * 48271) % 2147483647) / 2147483647;
  const forecast = set.map((line) => ({
    ...line,
    forecast: line.actual.map(() => 2 * random() * (line.history[0] ?? 1)),
  }));
  expect(owa(forecast, period).owa).toBeGreaterThan(2);
});

test("Naive2 repeats a season it finds, at the last level", () => {
  const history = Array.from({ length: 40 }, (_, at) => 10 * (season[at % period] ?? 1));
  for (const [step, value] of naive2(history, period, 8).entries())
    expect(value).toBeCloseTo(10 * (season[step % period] ?? 1), 9);
});

test("Naive2 is the last value where there is no season", () => {
  expect(naive2([3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8], period, 2)).toEqual([8, 8]);
  expect(naive2([1, 2, 3], 1, 2)).toEqual([3, 3]);
});

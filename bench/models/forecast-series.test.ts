import { expect, test } from "vitest";
import { costBaseline } from "../../src/inference/models/cost-predictor.ts";
import { coverage, type Judged, judgedSeries, meanMase, meanSmape, relativePinball } from "./forecast-series.ts";

const { signal } = new AbortController();
const line = (days: number, level: number): number[] =>
  Array.from({ length: days }, (_, day) => level * (1 + (day % 7) / 7) * (1 + (((day * 37) % 11) - 5) / 50));
const series = [10, 500].map((level) => {
  const values = line(154, level);
  return { history: values.slice(0, 140), actual: values.slice(140) };
});

const plain = async (): Promise<readonly Judged[]> =>
  judgedSeries(series, await costBaseline({ horizon: 14 }).score(series, { signal }));

/** Uniform in the range of the series, by a generator of its own: whoever passes with this passes with anything. */
function random(): readonly Judged[] {
  let state = 7;
  const next = (): number => (state = (state * 48271) % 2147483647) / 2147483647;
  return series.map(({ history, actual }) => {
    const draws = actual.map(() => [next(), next(), next()].toSorted((a, b) => a - b));
    const most = Math.max(...history);
    const paths = [0.1, 0.5, 0.9].map((level, at) => ({ level, values: draws.map((draw) => most * (draw[at] ?? 0)) }));
    return { history, actual, paths };
  });
}

test("a random forecaster loses to the weekday median in every figure", async () => {
  const [rule, chance] = [await plain(), random()];
  expect(meanSmape(chance)).toBeGreaterThan(2 * meanSmape(rule));
  expect(meanMase(chance, 7)).toBeGreaterThan(2 * meanMase(rule, 7));
  expect(relativePinball(chance)).toBeGreaterThan(2 * relativePinball(rule));
  expect(coverage(chance)).toBeLessThan(75);
});

test("figures do not change when all values are rescaled", async () => {
  const scale = (judged: readonly Judged[]): readonly Judged[] =>
    judged.map(({ history, actual, paths }) => ({
      history: history.map((value) => 1000 * value),
      actual: actual.map((value) => 1000 * value),
      paths: paths.map(({ level, values }) => ({ level, values: values.map((value) => 1000 * value) })),
    }));
  const rule = await plain();
  expect(meanSmape(scale(rule))).toBeCloseTo(meanSmape(rule), 9);
  expect(meanMase(scale(rule), 7)).toBeCloseTo(meanMase(rule, 7), 9);
  expect(coverage(scale(rule))).toBe(coverage(rule));
});

test("a series without a forecast is an error, not a free pass", () => {
  expect(() => judgedSeries(series, [{ kind: "unknown" }])).toThrow(/was not forecast/);
});

test("coverage is of the interval that is asked for", () => {
  const paths = [0.025, 0.1, 0.5, 0.9, 0.975].map((level) => ({ level, values: [level, level, level, level] }));
  const judged: readonly Judged[] = [{ history: [], actual: [0.5, 0.05, 0.95, 2], paths }];
  expect(coverage(judged)).toBe(25);
  expect(coverage(judged, 0.95)).toBe(75);
  expect(() => coverage(judged, 0.5)).toThrow(RangeError);
});

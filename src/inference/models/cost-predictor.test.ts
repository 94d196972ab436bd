import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openModel, type OpenModel, readModelFolder } from "../index.ts";
import { costBaseline, type CostForecast, createCostPredictor } from "./cost-predictor.ts";
import { pathAt } from "./forecast-network.ts";

const { signal } = new AbortController();
const folder = join(import.meta.dirname, "..", "..", "..", "models", "CostPredictor", "daily");
let session: OpenModel;
beforeAll(async () => {
  session = await openModel(await readModelFolder(folder, signal));
});
afterAll(() => session.close());

/** Working days cost more, with a little noise that is the same in every run. */
const week = [1, 1.05, 1.1, 1, 0.95, 0.6, 0.55];
const spend = (days: number): number[] =>
  Array.from({ length: days }, (_, day) => 100 * (week[day % 7] ?? 1) * (1 + (((day * 37) % 11) - 5) / 100));

const forecast = async (history: readonly number[]): Promise<CostForecast> => {
  const [result] = await createCostPredictor(session).score([{ history }], { signal });
  if (result === undefined) throw new Error("no result");
  return result;
};
const path = (result: CostForecast, level: number): readonly number[] => {
  if (result.kind !== "forecast") throw new Error("unknown");
  return pathAt(result.paths, level);
};

describe("the shipped cost predictor", () => {
  test("sees the week: it errs by less than a tenth on a regular series", async () => {
    const series = spend(420 + 90);
    const given = path(await forecast(series.slice(0, 420)), 0.5);
    const error =
      given.reduce((sum, value, step) => sum + Math.abs(value - (series[420 + step] ?? 0)), 0) / given.length;
    expect(error).toBeLessThan(8);
  });

  test("rescaled costs give rescaled forecasts", async () => {
    const series = spend(400);
    const [one, thousand] = [await forecast(series), await forecast(series.map((value) => 1000 * value))];
    for (const level of [0.1, 0.5, 0.9])
      for (const [step, value] of path(one, level).entries())
        expect((path(thousand, level)[step] ?? 0) / 1000).toBeCloseTo(value, 2);
  });

  test("its paths never cross, and its sums are those of the paths", async () => {
    const result = await forecast(spend(200));
    const [low, middle, high] = [0.1, 0.5, 0.9].map((level) => path(result, level));
    for (const [step, value] of (middle ?? []).entries()) {
      expect(low?.[step]).toBeLessThanOrEqual(value);
      expect(high?.[step]).toBeGreaterThanOrEqual(value);
    }
    const sums = result.kind === "forecast" ? result.sums : [];
    expect(sums.map(({ days }) => days)).toEqual([7, 30, 90]);
    expect(sums[0]?.expected).toBeCloseTo(
      (middle ?? []).slice(0, 7).reduce((sum, value) => sum + value, 0),
      6,
    );
  });

  test("what came before its look-back does not matter", async () => {
    const series = spend(600);
    const other = series.map((value, day) => (day < 600 - 448 ? 1e6 : value));
    expect(path(await forecast(other), 0.9)).toEqual(path(await forecast(series), 0.9));
  });

  test("unbilled days are gaps, not free days", async () => {
    const series = spend(400);
    const gaps = series.map((value, day) => (day % 9 === 4 ? Number.NaN : value));
    const [whole, holed] = [path(await forecast(series), 0.5), path(await forecast(gaps), 0.5)];
    for (const [step, value] of whole.entries()) expect(Math.abs((holed[step] ?? 0) / value - 1)).toBeLessThan(0.05);
  });

  test("a constant cost stays what it is, and no cost stays none", async () => {
    const constant = await forecast(Array.from({ length: 300 }, () => 42));
    const none = await forecast(Array.from({ length: 300 }, () => 0));
    for (const level of [0.1, 0.5, 0.9]) {
      for (const value of path(constant, level)) expect(Math.abs(value / 42 - 1)).toBeLessThan(0.02);
      for (const value of path(none, level)) expect(value).toBe(0);
    }
  });

  test("a short history is answered by the plain rule, which is named, and an unknown one by nothing", async () => {
    const short = await forecast(spend(20));
    expect(short).toMatchObject({ kind: "forecast", model: "CostPredictor/plain" });
    expect(path(short, 0.5)).toHaveLength(90);
    expect(await forecast([Number.NaN, Number.NaN])).toEqual({ kind: "unknown", model: "CostPredictor/plain" });
    expect(await forecast(spend(100))).toMatchObject({ model: "CostPredictor/daily" });
  });

  test("a batch of long, short and empty histories is answered in order", async () => {
    const results = await createCostPredictor(session).score(
      [{ history: spend(10) }, { history: spend(300) }, { history: [] }],
      { signal },
    );
    expect(results.map((result) => [result.kind, result.model])).toEqual([
      ["forecast", "CostPredictor/plain"],
      ["forecast", "CostPredictor/daily"],
      ["unknown", "CostPredictor/plain"],
    ]);
  });
});

test("the plain rule repeats the median of the last eight same weekdays", async () => {
  const history = Array.from({ length: 70 }, (_, day) => (day === 63 ? 1e6 : (day % 7) + 1));
  const [result] = await costBaseline({ horizon: 7 }).score([{ history }], { signal });
  expect(result?.kind === "forecast" && pathAt(result.paths, 0.5)).toEqual([1, 2, 3, 4, 5, 6, 7]);
});

test("a model of another shape is refused", () => {
  const manifest = { ...session.manifest, outputs: [] };
  expect(() => createCostPredictor({ ...session, manifest })).toThrow(/not a forecast network/);
});

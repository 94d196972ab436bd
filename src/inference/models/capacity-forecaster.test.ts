import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openModel, type OpenModel, readModelFolder } from "../index.ts";
import {
  capacityBaseline,
  type CapacityForecast,
  type CapacityInput,
  createCapacityForecaster,
  exhaustionOf,
} from "./capacity-forecaster.ts";
import { pathAt } from "./forecast-network.ts";

const { signal } = new AbortController();
const folder = join(import.meta.dirname, "..", "..", "..", "models", "CapacityForecaster", "utilisation");
let session: OpenModel;
beforeAll(async () => {
  session = await openModel(await readModelFolder(folder, signal));
});
afterAll(() => session.close());

const gauge = (hours: number, growth = 0): number[] =>
  Array.from(
    { length: hours },
    (_, hour) => 0.4 + growth * hour + 0.1 * Math.cos((2 * Math.PI * hour) / 24) + (((hour * 37) % 11) - 5) / 1000,
  );
const forecast = async (input: CapacityInput): Promise<CapacityForecast> => {
  const [result] = await createCapacityForecaster(session).score([input], { signal });
  if (result === undefined) throw new Error("no result");
  return result;
};
const path = (result: CapacityForecast, level: number): readonly number[] => {
  if (result.kind !== "forecast") throw new Error("unknown");
  return pathAt(result.paths, level);
};

describe("the shipped capacity forecaster", () => {
  test("sees the day: it errs by less than seasonal naive's worst hour on a regular gauge", async () => {
    const series = gauge(384);
    const given = path(await forecast({ history: series.slice(0, 336) }), 0.5);
    for (const [step, value] of given.entries()) expect(Math.abs(value - (series[336 + step] ?? 0))).toBeLessThan(0.03);
  });

  test("rescaled gauges give rescaled forecasts", async () => {
    const [one, many] = [
      await forecast({ history: gauge(336) }),
      await forecast({ history: gauge(336).map((value) => value * 64) }),
    ];
    for (const [step, value] of path(one, 0.9).entries())
      expect((path(many, 0.9)[step] ?? 0) / 64).toBeCloseTo(value, 4);
  });

  test("what came before its look-back does not matter, and gaps are no zeros", async () => {
    const series = gauge(500);
    const other = series.map((value, hour) => (hour < 500 - 336 ? 50 : value));
    expect(path(await forecast({ history: other }), 0.1)).toEqual(path(await forecast({ history: series }), 0.1));
    const gaps = series.map((value, hour) => (hour % 13 === 5 ? Number.NaN : value));
    for (const value of path(await forecast({ history: gaps }), 0.5)) expect(value).toBeGreaterThan(0.25);
  });

  test("a constant gauge stays, and never reaches a capacity above it", async () => {
    const result = await forecast({ history: Array.from({ length: 336 }, () => 0.5), capacity: 0.9 });
    for (const value of path(result, 0.5)) expect(value).toBeCloseTo(0.5, 1);
    expect(result.kind === "forecast" && result.exhaustion?.expectedSeconds).toBeUndefined();
  });

  test("a gauge that grows to its capacity is told to reach it, a flat one is not", async () => {
    const growing = gauge(336, 0.002);
    const capacity = (growing.at(-1) ?? 0) + 0.05;
    const result = await forecast({ history: growing, capacity });
    const exhaustion = result.kind === "forecast" ? result.exhaustion : undefined;
    expect(exhaustion?.earliestSeconds).toBeDefined();
    expect(exhaustion?.earliestSeconds).toBeLessThanOrEqual(exhaustion?.expectedSeconds ?? Infinity);
    const flat = await forecast({ history: gauge(336), capacity: 2 });
    expect(flat).toMatchObject({ exhaustion: { earliestSeconds: undefined, expectedSeconds: undefined } });
  });

  test("a short history is answered by the plain rule, which is named, and an unknown one by nothing", async () => {
    expect(await forecast({ history: gauge(30) })).toMatchObject({
      kind: "forecast",
      model: "CapacityForecaster/plain",
    });
    expect(await forecast({ history: [] })).toEqual({ kind: "unknown", model: "CapacityForecaster/plain" });
    expect(await forecast({ history: gauge(100) })).toMatchObject({ model: "CapacityForecaster/utilisation" });
  });
});

test("exhaustion is the first step at or above the capacity, by each path", () => {
  const paths = [
    { level: 0.1, values: [1, 2, 3] },
    { level: 0.5, values: [2, 4, 6] },
    { level: 0.9, values: [4, 5, 9] },
  ];
  expect(exhaustionOf(paths, 4, 60)).toEqual({
    expectedSeconds: 120,
    earliestSeconds: 60,
    latestSeconds: undefined,
    level: 0.9,
  });
});

test("without a season the plain rule is persistence", async () => {
  const [result] = await capacityBaseline({ period: 1, horizon: 3 }).score([{ history: [1, 5, 2] }], { signal });
  expect(result?.kind === "forecast" && pathAt(result.paths, 0.5)).toEqual([2, 2, 2]);
});

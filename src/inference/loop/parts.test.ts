// The small parts of the loop that have rules of their own.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { slopePerHour } from "../features/slope.ts";
import { contributions } from "../features/occlusion.ts";
import { failureBaseline } from "../models/failure-predictor.ts";
import { becauseOf } from "./because.ts";
import { burnAfter, burnRate, type BurnState } from "./burn.ts";
import { liveBaselines } from "./live.ts";
import { isHarmful, meaningOf } from "./metric-kinds.ts";
import { moved, type Written } from "./moved.ts";

const options = { signal: new AbortController().signal };
const minute = 60_000;

describe("a score is written", () => {
  test.each<[string, Written | undefined, Written, boolean]>([
    ["the first time", undefined, { class: "Healthy", score: 100 }, true],
    ["when it becomes known", { class: "Unknown" }, { class: "Healthy", score: 100 }, true],
    ["when it becomes unknown", { class: "Healthy", score: 100 }, { class: "Unknown" }, true],
    ["not while it stays unknown", { class: "Unknown" }, { class: "Unknown" }, false],
    ["not within five points", { class: "Healthy", score: 95 }, { class: "Healthy", score: 90 }, false],
    ["beyond five points", { class: "Healthy", score: 95 }, { class: "Healthy", score: 89 }, true],
    ["not when it trembles around a border", { class: "Healthy", score: 81 }, { class: "Degraded", score: 79 }, false],
    ["when a part becomes known", { class: "Healthy" }, { class: "Healthy", anomalyPercent: 1 }, true],
    ["not when a part falls silent", { class: "Healthy", anomalyPercent: 1 }, { class: "Healthy" }, false],
    ["when it crosses a border", { class: "Healthy", score: 81 }, { class: "Degraded", score: 78 }, true],
  ])("%s", (_, before, now, expected) => {
    expect(moved(before, now)).toBe(expected);
  });
});

describe("a metric's name says which side is bad", () => {
  test.each([
    ["dharma_simulated_resource_up", "availability", "low"],
    ["checkout_error_ratio", "errors", "high"],
    ["http_requests_failed_total", "errors", "high"],
    ["db_latency_seconds", "latency", "high"],
    ["request_duration_seconds_p99", "latency", "high"],
    ["cpu_utilization_ratio", "saturation", "high"],
    ["pod_memory_bytes", "saturation", "high"],
    ["requests_per_second", "traffic", "either"],
  ])("%s: %s", (metric, kind, bad) => {
    const meaning = meaningOf(metric);
    expect(meaning).toEqual({ kind, bad });
    expect(isHarmful(meaning, 2, 1)).toBe(bad !== "low");
    expect(isHarmful(meaning, 1, 2)).toBe(bad !== "high");
  });
});

describe("an error budget", () => {
  const over = (ratios: readonly number[], step = minute): BurnState | undefined =>
    ratios.reduce<BurnState | undefined>((state, ratio, index) => burnAfter(state, ratio, index * step), undefined);

  test("burns at rate 1 where just as much fails as may", () => {
    expect(burnRate(over([0.001, 0.001, 0.001]) ?? { short: 0, long: 0, time: 0 }, 0.999)).toBeCloseTo(1, 9);
  });

  test("is not said to burn for a blip, and stops soon after a long fault", () => {
    const calm = Array.from({ length: 120 }, () => 0);
    const blip = over([...calm, 0.5]);
    const fault = over([...calm, ...Array.from({ length: 60 }, () => 0.5), ...Array.from({ length: 30 }, () => 0)]);
    const during = over([...calm, ...Array.from({ length: 60 }, () => 0.5)]);
    expect(burnRate(blip ?? { short: 0, long: 0, time: 0 }, 0.99)).toBeLessThan(1);
    expect(burnRate(during ?? { short: 0, long: 0, time: 0 }, 0.99)).toBeGreaterThan(14.4);
    expect(burnRate(fault ?? { short: 0, long: 0, time: 0 }, 0.99)).toBeLessThan(1);
  });

  test("is a mean: it stays within what was seen, and an old sample changes nothing", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1 }), (ratios) => {
        const state = over(ratios);
        for (const mean of [state?.short ?? -1, state?.long ?? -1]) {
          expect(mean).toBeGreaterThanOrEqual(Math.min(...ratios) - 1e-12);
          expect(mean).toBeLessThanOrEqual(Math.max(...ratios) + 1e-12);
        }
        expect(burnAfter(state, 1, 0)).toEqual(ratios.length === 1 ? { ...state } : state);
      }),
    );
  });
});

test("a slope is told from ten points on, in units an hour", () => {
  const points = Array.from({ length: 12 }, (_, index) => ({ time: index * minute, value: 0.2 + 0.01 * index }));
  expect(slopePerHour(points)).toBeCloseTo(0.6, 9);
  expect(slopePerHour(points.slice(0, 9))).toBeUndefined();
  expect(slopePerHour(Array.from({ length: 12 }, () => ({ time: 5, value: 1 })))).toBeUndefined();
});

describe("contributions", () => {
  test("are what goes when a feature is as of an ordinary thing", async () => {
    const scorer = failureBaseline();
    const row = Float32Array.of(4, 7);
    const [whole = 0, without = 0] = await scorer.scoreRows([row, Float32Array.of(0, 7)], options);
    expect(await contributions(scorer, row, options)).toEqual([
      { feature: "failures_week", value: 4, share: whole - without },
    ]);
    expect(await contributions(scorer, Float32Array.of(0, 7), options)).toEqual([]);
  });

  test("become one sentence, and none where the probability is nobody's question", async () => {
    const models = liveBaselines();
    const scored = async (failures: number) => {
      const row = Float32Array.of(failures, 7);
      const [probability = 0] = await models.failure.scoreRows([row], options);
      return { features: models.failure.features, row, probability, model: models.failure.model };
    };
    const { failure } = await becauseOf({ failure: await scored(4), drift: undefined }, models, options);
    expect(failure).toEqual([
      {
        signal: "failure/failures_week",
        weight: 1,
        message: expect.stringMatching(/^failure within a day is likely with 2\d %: failures week is 4 \(\+2\d %\)$/),
      },
    ]);
    expect(await becauseOf({ failure: await scored(0), drift: undefined }, models, options)).toEqual({});
  });
});

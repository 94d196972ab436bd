// Pods' memory of a cluster that serves generative models: bands, and when a pod reaches a limit.
import { join } from "node:path";
import {
  capacityBaseline,
  type CapacityForecast,
  type CapacityInput,
  createCapacityForecaster,
} from "../../src/inference/models/capacity-forecaster.ts";
import { sortedQuantile } from "../../src/inference/features/forecast-plain.ts";
import type { Measurement } from "../measurement.ts";
import { type ModelContext, scored } from "./bench.ts";
import { filesIn, recordsOf, textOf } from "./files.ts";
import { coverage, type HeldOut, judgedSeries, mean } from "./forecast-series.ts";
import { pathAt } from "../../src/inference/models/forecast-network.ts";
import { pinball } from "./metrics/pinball.ts";

const name = "CapacityForecaster";
const horizon = 48;
/** Readings between two forecasts of a pod. */
const stride = 12;
/** The share of the file's time that may be learnt from. */
const learntShare = 0.7;

interface PodWindow extends HeldOut {
  /** The limit: what the pod exceeded a twentieth of the time in the learnt part. */
  readonly limit: number;
}

/** Pinball and time to exhaustion over the last 30 % of the time, beside persistence. */
export async function measurePods(context: ModelContext): Promise<readonly Measurement[]> {
  const { signal } = context;
  const windows = await readPods(context.data, signal);
  const session = windows.length === 0 ? undefined : await context.fitted("pod-memory");
  if (session === undefined) {
    context.tell("no alibaba-genai to measure");
    return [];
  }
  const batch = windows.map(({ history, limit }): CapacityInput => ({ history, capacity: limit, stepSeconds: 1 }));
  const [ours, plain] = await Promise.all([
    createCapacityForecaster(session).score(batch, { signal }),
    capacityBaseline({ horizon, period: 1 }).score(batch, { signal }),
  ]);
  const judged = judgedSeries(windows, ours);
  const persistence = judgedSeries(windows, plain);
  const loss = (lines: typeof judged): number =>
    100 *
    mean(
      lines.flatMap(({ paths, actual }) =>
        [0.1, 0.5, 0.9].map((level) => pinball(pathAt(paths, level), actual, level)),
      ),
    );
  const below = windows.flatMap((window, index) => ((window.history.at(-1) ?? 1) < window.limit ? [index] : []));
  const reached = below.filter((index) => firstAt(windows[index]) !== undefined);
  const errorOf = (forecasts: readonly CapacityForecast[], chosen: readonly number[]): number =>
    mean(chosen.map((index) => exhaustionError(windows[index], forecasts[index])));
  const data = `Alibaba pods' memory, ${windows.length} windows in the last 30 % of the time`;
  return [
    scored(name, "fitted", {
      data: `${data}; 80 % interval covered ${coverage(judged).toFixed(1)} % (persistence ${coverage(persistence).toFixed(1)} %)`,
      metric: "pinball at 10, 50, 90 %, 48 readings ahead",
      unit: "points of memory",
      value: loss(judged),
      baseline: loss(persistence),
    }),
    scored(name, "fitted", {
      data: `${data}; ${below.length} start below the pod's limit, ${reached.length} reach it`,
      metric: "time to exhaustion, mean absolute error (never counts as 48)",
      unit: "readings",
      value: errorOf(ours, below),
      baseline: errorOf(plain, below),
    }),
    scored(name, "fitted", {
      data: `${data}; the ${reached.length} that reach the limit`,
      metric: "time to exhaustion, mean absolute error (never counts as 48)",
      unit: "readings",
      value: errorOf(ours, reached),
      baseline: errorOf(plain, reached),
    }),
  ];
}

function firstAt(window: PodWindow | undefined): number | undefined {
  const step = window?.actual.findIndex((value) => value >= window.limit) ?? -1;
  return step < 0 ? undefined : step + 1;
}

function exhaustionError(window: PodWindow | undefined, forecast: CapacityForecast | undefined): number {
  const expected = forecast?.kind === "forecast" ? forecast.exhaustion?.expectedSeconds : undefined;
  return Math.abs((expected ?? horizon) - (firstAt(window) ?? horizon));
}

/** Windows of every pod whose outcome lies behind the learnt part; the history before them is whole. */
async function readPods(folder: string, signal: AbortSignal): Promise<readonly PodWindow[]> {
  const paths = await filesIn(join(folder, "alibaba-genai"), /^pod_memory.*\.csv(\.gz)?$/);
  const texts = await Promise.all(paths.map((path) => textOf(path, signal)));
  return texts.flatMap((text) => {
    const rows = recordsOf(text).map((row) => ({
      pod: row["container_ip"] ?? "",
      time: Number(row["timestamp_anon"]),
      value: Number(row["value"]),
    }));
    const times = rows.map(({ time }) => time);
    const first = times.reduce((least, time) => Math.min(least, time), Infinity);
    const last = times.reduce((most, time) => Math.max(most, time), -Infinity);
    const until = first + learntShare * (last - first);
    return [...Map.groupBy(rows, ({ pod }) => pod).values()].flatMap((readings) => {
      const line = readings.toSorted((a, b) => a.time - b.time);
      const learnt = line.filter(({ time }) => time <= until).map(({ value }) => value);
      return windowsOf(
        line.map(({ value }) => value),
        learnt,
      );
    });
  });
}

function windowsOf(values: readonly number[], learnt: readonly number[]): readonly PodWindow[] {
  const limit = sortedQuantile(
    learnt.toSorted((a, b) => a - b),
    0.95,
  );
  const windows: PodWindow[] = [];
  // A pod without a learnt part has no limit of its own, and too short a history to say anything about.
  for (let end = Math.max(learnt.length, 60); learnt.length > 0 && end + horizon <= values.length; end += stride)
    windows.push({
      history: values.slice(Math.max(0, end - 336), end),
      actual: values.slice(end, end + horizon),
      limit,
    });
  return windows;
}

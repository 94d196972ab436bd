// ETT: all seven channels of a transformer, 96 hours ahead, as the literature measures it.
import { basename, join } from "node:path";
import { capacityBaseline, createCapacityForecaster } from "../../src/inference/models/capacity-forecaster.ts";
import { pathAt } from "../../src/inference/models/forecast-network.ts";
import type { Scorer } from "../../src/inference/index.ts";
import type { CapacityForecast, CapacityInput } from "../../src/inference/models/capacity-forecaster.ts";
import type { Measurement } from "../measurement.ts";
import { type ModelContext, scored } from "./bench.ts";
import { cellsOf, filesIn, textOf } from "./files.ts";

const month = 30 * 24;
const lookback = 336;
const horizon = 96;

/** Mean squared error of every hourly table in DIR/ett, in units of the training part's deviation. */
export async function measureEtt(context: ModelContext): Promise<readonly Measurement[]> {
  const { signal } = context;
  const results: Measurement[] = [];
  for (const path of await filesIn(join(context.data, "ett"), /\.csv(\.gz)?$/)) {
    const table = basename(path).split(".")[0] ?? "";
    // oxlint-disable-next-line no-await-in-loop -- one table after the other
    const session = await context.fitted(`ett-${table.toLowerCase()}`);
    // oxlint-disable-next-line no-await-in-loop -- likewise
    const text = await textOf(path, signal);
    const channels = standardised(text);
    if (session === undefined || !isHourly(text) || (channels[0]?.length ?? 0) < 20 * month) {
      context.tell(`${table} is not measured: it needs twenty months of hours`);
      continue;
    }
    // oxlint-disable-next-line no-await-in-loop -- likewise
    const value = await squaredError(createCapacityForecaster(session), channels, signal);
    // oxlint-disable-next-line no-await-in-loop -- likewise
    const baseline = await squaredError(capacityBaseline({ horizon, levels: [0.5] }), channels, signal);
    const first = table.toLowerCase() === "etth1";
    results.push(
      scored(
        "CapacityForecaster",
        "fitted",
        {
          data: `${table}, ${channels.length} channels, months 17 to 20 (fitted on 1 to 12)`,
          metric: "MSE 96 hours ahead, standardised",
          unit: "",
          value,
          baseline,
          ...(first ? { published: 0.375 } : {}),
        },
        first ? { kind: "atMost", value: 0.39 } : undefined,
      ),
    );
  }
  return results;
}

/** Every window whose outcome lies within months 17 to 20; its look-back may reach into the validation months before. */
async function squaredError(
  scorer: Scorer<CapacityInput, CapacityForecast>,
  channels: readonly (readonly number[])[],
  signal: AbortSignal,
): Promise<number> {
  let sum = 0;
  let count = 0;
  for (const channel of channels) {
    const first = 16 * month - lookback;
    const starts = Array.from({ length: 20 * month - horizon - lookback - first + 1 }, (_, index) => first + index);
    for (let at = 0; at < starts.length; at += 256) {
      const chosen = starts.slice(at, at + 256);
      const batch = chosen.map((start) => ({ history: channel.slice(start, start + lookback) }));
      // oxlint-disable-next-line no-await-in-loop -- in batches, so that memory stays bounded
      const forecasts = await scorer.score(batch, { signal });
      for (const [index, start] of chosen.entries()) {
        const forecast = forecasts[index];
        if (forecast?.kind !== "forecast") throw new Error(`the window at ${start} was not forecast`);
        for (const [step, expected] of pathAt(forecast.paths, 0.5).entries()) {
          sum += ((channel[start + lookback + step] ?? Number.NaN) - expected) ** 2;
          count += 1;
        }
      }
    }
  }
  return sum / count;
}

/** Whether the first two rows are an hour apart; the ETTm tables have a row each quarter of one. */
function isHourly(text: string): boolean {
  const [, first, second] = cellsOf(text);
  const time = (row: readonly string[] | undefined): number => Date.parse(`${row?.[0]?.trim().replace(" ", "T")}Z`);
  return time(second) - time(first) === 3_600_000;
}

/** Channels (columns behind the date) in units of their own deviation in the first twelve months. */
function standardised(text: string): readonly (readonly number[])[] {
  const [names = [], ...rows] = cellsOf(text);
  return names.slice(1).map((_, column) => {
    const values = rows.map((cells) => Number(cells[column + 1]));
    const part = values.slice(0, 12 * month);
    const mean = part.reduce((sum, value) => sum + value, 0) / part.length;
    const deviation = Math.sqrt(part.reduce((sum, value) => sum + (value - mean) ** 2, 0) / part.length);
    return values.map((value) => (value - mean) / deviation);
  });
}

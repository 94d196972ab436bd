// NN5: daily cash withdrawals, 56 days ahead as in the competition, and 90 days ahead.
import { join } from "node:path";
import { costBaseline, createCostPredictor } from "../../src/inference/models/cost-predictor.ts";
import type { Measurement } from "../measurement.ts";
import { type ModelContext, scored } from "./bench.ts";
import { cellsOf, filesIn, numberOf, textOf } from "./files.ts";
import { coverage, type HeldOut, judgedSeries, meanMase, meanSmape } from "./forecast-series.ts";

const name = "CostPredictor";
const period = 7;

/** Both horizons, by weights fitted on the days before, and by the shipped ones that never saw such data. */
export async function measureNn5(context: ModelContext): Promise<readonly Measurement[]> {
  const series = await readNn5(context.data, context.signal);
  if (series.length === 0) {
    context.tell("no nn5 in the measured folder");
    return [];
  }
  const rows: Measurement[] = [];
  for (const horizon of [56, 90]) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other: each is a whole measurement
    rows.push(...(await measureHorizon(series, horizon, context)));
  }
  return rows;
}

async function measureHorizon(
  series: readonly (readonly number[])[],
  horizon: number,
  context: ModelContext,
): Promise<readonly Measurement[]> {
  const cut = series.map((line) => heldOut(line, horizon));
  const options = { signal: context.signal };
  const batch = cut.map(({ history }) => ({ history }));
  const plain = judgedSeries(cut, await costBaseline({ horizon }).score(batch, options));
  const base = { smape: meanSmape(plain), mase: meanMase(plain, period), coverage: coverage(plain) };
  const fitted = await context.fitted(`nn5-${horizon}`);
  const shipped = await context.shipped("daily");
  const rows: Measurement[] = [];
  for (const [weights, session] of [["fitted", fitted] as const, ["shipped", shipped] as const]) {
    if (session === undefined) continue;
    // oxlint-disable-next-line no-await-in-loop -- two models
    const forecasts = await createCostPredictor(session).score(batch, options);
    const judged = judgedSeries(cut, forecasts);
    const data = `NN5 daily, ${series.length} series, last ${horizon} days held out`;
    const fit = weights === "fitted";
    const within = coverage(judged);
    rows.push(
      scored(
        name,
        weights,
        {
          data,
          metric: "sMAPE",
          unit: "%",
          value: meanSmape(judged),
          baseline: base.smape,
          // The competition's winner; its horizon was 56 days.
          ...(fit && horizon === 56 ? { published: 19.9 } : {}),
        },
        fit && horizon === 56 ? { kind: "atMost", value: 20.5 } : undefined,
      ),
      scored(
        name,
        weights,
        { data, metric: "MASE", unit: "", value: meanMase(judged, period), baseline: base.mase },
        fit && horizon === 90 ? { kind: "atMost", value: 0.83 } : undefined,
      ),
      scored(
        name,
        weights,
        {
          data: `${data}; covered ${within.toFixed(1)} %`,
          metric: "80 % interval: distance of its coverage from 80",
          unit: "points",
          value: Math.abs(within - 80),
          baseline: Math.abs(base.coverage - 80),
        },
        fit ? { kind: "atMost", value: 5 } : undefined,
      ),
    );
  }
  return rows;
}

/** Every column of numbers of every table in DIR/nn5 as a series; an empty cell or NA is NaN. */
export async function readNn5(folder: string, signal: AbortSignal): Promise<readonly (readonly number[])[]> {
  const paths = await filesIn(join(folder, "nn5"), /\.csv(\.gz)?$/);
  const texts = await Promise.all(paths.map((path) => textOf(path, signal)));
  return texts.flatMap((text) => {
    const [names = [], ...rows] = cellsOf(text);
    return names
      .map((_, column) => rows.map((cells) => numberOf(cells[column])))
      .filter((line) => line.some((value) => !Number.isNaN(value)));
  });
}

function heldOut(line: readonly number[], horizon: number): HeldOut {
  return { history: line.slice(0, -horizon), actual: line.slice(-horizon) };
}

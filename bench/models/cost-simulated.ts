// Simulated daily spend, in the regime the shipped weights know and in those kept out of their training.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { costBaseline, createCostPredictor } from "../../src/inference/models/cost-predictor.ts";
import type { Measurement } from "../measurement.ts";
import { type ModelContext, scored } from "./bench.ts";
import { coverage, type HeldOut, judgedSeries, relativePinball } from "./forecast-series.ts";

interface SimulatedRow {
  readonly regime: string;
  readonly history: readonly (number | null)[];
  readonly future: readonly (number | null)[];
}

/** Pinball loss and coverage by regime, 90 days ahead, beside the weekday median's. */
export async function measureSimulatedSpend(context: ModelContext): Promise<readonly Measurement[]> {
  const { signal } = context;
  const text = await readFile(join(await context.fit(), "simulated.json"), { encoding: "utf8", signal });
  const rows: readonly SimulatedRow[] = JSON.parse(text);
  const model = createCostPredictor(await context.shipped("daily"));
  const measured = Map.groupBy(rows, ({ regime }) => regime);
  const results: Measurement[] = [];
  for (const [regime, members] of measured) {
    const series = members.map(({ history, future }): HeldOut => ({ history: known(history), actual: known(future) }));
    const batch = series.map(({ history }) => ({ history }));
    // oxlint-disable-next-line no-await-in-loop -- a handful of regimes
    const judged = judgedSeries(series, await model.score(batch, { signal }));
    // oxlint-disable-next-line no-await-in-loop -- likewise
    const plain = judgedSeries(series, await costBaseline().score(batch, { signal }));
    const kept = regime === "ordinary" ? "the trained regime, other seeds" : "regime kept out of training";
    results.push(
      scored("CostPredictor", "shipped", {
        data: `simulated spend, ${regime} (${kept}), ${series.length} series; 80 % interval covered ${coverage(judged).toFixed(1)} % (baseline ${coverage(plain).toFixed(1)} %)`,
        metric: "pinball at 10, 50, 90 % over the mean cost",
        unit: "%",
        value: relativePinball(judged),
        baseline: relativePinball(plain),
      }),
    );
  }
  return results;
}

const known = (values: readonly (number | null)[]): readonly number[] => values.map((value) => value ?? Number.NaN);

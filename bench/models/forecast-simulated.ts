// Simulated series, in the regime the shipped weights know and in those kept out of their training.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ModelName, Scorer } from "../../src/inference/index.ts";
import type { Measurement } from "../measurement.ts";
import { type ModelContext, scored } from "./bench.ts";
import { coverage, type Forecasted, type HeldOut, judgedSeries, relativePinball } from "./forecast-series.ts";

interface SimulatedRow {
  readonly regime: string;
  readonly history: readonly (number | null)[];
  readonly future: readonly (number | null)[];
}

export interface Simulated {
  readonly name: ModelName;
  /** What the series are, in a row's `data`. */
  readonly what: string;
  readonly model: Scorer<{ readonly history: readonly number[] }, Forecasted>;
  readonly baseline: Scorer<{ readonly history: readonly number[] }, Forecasted>;
}

/** Pinball loss and coverage by regime, of the series the trainer wrote to simulated.json with seeds of their own. */
export async function measureSimulated(
  { name, what, model, baseline }: Simulated,
  context: ModelContext,
): Promise<readonly Measurement[]> {
  const { signal } = context;
  const text = await readFile(join(await context.fit(), "simulated.json"), { encoding: "utf8", signal });
  const rows: readonly SimulatedRow[] = JSON.parse(text);
  const results: Measurement[] = [];
  for (const [regime, members] of Map.groupBy(rows, (row) => row.regime)) {
    const series = members.map(({ history, future }): HeldOut => ({ history: known(history), actual: known(future) }));
    const batch = series.map(({ history }) => ({ history }));
    // oxlint-disable-next-line no-await-in-loop -- a handful of regimes
    const judged = judgedSeries(series, await model.score(batch, { signal }));
    // oxlint-disable-next-line no-await-in-loop -- likewise
    const plain = judgedSeries(series, await baseline.score(batch, { signal }));
    const kept = regime === "ordinary" ? "the trained regime, other seeds" : "regime kept out of training";
    results.push(
      scored(name, "shipped", {
        data: `${what}, ${regime} (${kept}), ${series.length} series; 80 % interval covered ${coverage(judged).toFixed(1)} % (baseline ${coverage(plain).toFixed(1)} %)`,
        metric: "pinball at 10, 50, 90 % over the mean value",
        unit: "%",
        value: relativePinball(judged),
        baseline: relativePinball(plain),
      }),
    );
  }
  return results;
}

const known = (values: readonly (number | null)[]): readonly number[] => values.map((value) => value ?? Number.NaN);

// M4 Weekly: thirteen weeks ahead.
import { costBaseline, createCostPredictor } from "../../src/inference/models/cost-predictor.ts";
import { pathAt } from "../../src/inference/models/forecast-network.ts";
import type { Measurement } from "../measurement.ts";
import { type ModelContext, scored } from "./bench.ts";
import { readM4 } from "./forecast-m4.ts";
import { coverage, judgedSeries } from "./forecast-series.ts";
import { owa } from "./metrics/owa.ts";

const horizon = 13;

/** OWA (Naive2 is 1) and coverage of weights fitted on the training part. */
export async function measureWeekly(context: ModelContext): Promise<readonly Measurement[]> {
  const { signal } = context;
  const { series, split } = await readM4(context, "Weekly", horizon, signal);
  const session = series.length === 0 ? undefined : await context.fitted("m4-weekly");
  if (session === undefined) {
    context.tell("no m4 Weekly to measure");
    return [];
  }
  const batch = series.map(({ history }) => ({ history }));
  const judged = judgedSeries(series, await createCostPredictor(session).score(batch, { signal }));
  const plain = judgedSeries(series, await costBaseline({ horizon }).score(batch, { signal }));
  const ours = owa(
    judged.map((line) => ({ ...line, forecast: pathAt(line.paths, 0.5) })),
    1,
  );
  const within = coverage(judged);
  const data = `M4 Weekly, ${split}`;
  return [
    scored(
      "CostPredictor",
      "fitted",
      {
        data: `${data}; sMAPE ${ours.smape.toFixed(2)}, MASE ${ours.mase.toFixed(3)}`,
        metric: "OWA (period 1)",
        unit: "",
        value: ours.owa,
        // Naive2 by definition: with period 1 it is the last value.
        baseline: 1,
        // The best of the competition on Weekly.
        published: 0.739,
      },
      { kind: "atMost", value: 0.8 },
    ),
    scored("CostPredictor", "fitted", {
      data: `${data}; covered ${within.toFixed(1)} %`,
      metric: "80 % interval: distance of its coverage from 80",
      unit: "points",
      value: Math.abs(within - 80),
      baseline: Math.abs(coverage(plain) - 80),
    }),
  ];
}

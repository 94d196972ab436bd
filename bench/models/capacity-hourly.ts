// M4 Hourly: two days ahead.
import { capacityBaseline, createCapacityForecaster } from "../../src/inference/models/capacity-forecaster.ts";
import { pathAt } from "../../src/inference/models/forecast-network.ts";
import type { Measurement } from "../measurement.ts";
import { type ModelContext, scored } from "./bench.ts";
import { readM4 } from "./forecast-m4.ts";
import { coverage, type Judged, judgedSeries, meanMsis } from "./forecast-series.ts";
import { owa } from "./metrics/owa.ts";

const name = "CapacityForecaster";
const horizon = 48;
const period = 24;

/** OWA, MSIS and coverage of weights fitted on the training part; the shipped weights' OWA beside them. */
export async function measureHourly(context: ModelContext): Promise<readonly Measurement[]> {
  const { signal } = context;
  const { series, split } = await readM4(context, "Hourly", horizon, signal);
  const session = series.length === 0 ? undefined : await context.fitted("m4-hourly");
  if (session === undefined) {
    context.tell("no m4 Hourly to measure");
    return [];
  }
  const batch = series.map(({ history }) => ({ history }));
  const levels = [0.025, 0.1, 0.5, 0.9, 0.975];
  const fitted = judgedSeries(series, await createCapacityForecaster(session).score(batch, { signal }));
  const shipped = judgedSeries(
    series,
    await createCapacityForecaster(await context.shipped("utilisation")).score(batch, { signal }),
  );
  const plain = judgedSeries(series, await capacityBaseline({ horizon, levels }).score(batch, { signal }));
  const [ours, zeroShot, naive] = [owaOf(fitted), owaOf(shipped), owaOf(plain)];
  const data = `M4 Hourly, ${split}`;
  return [
    scored(
      name,
      "fitted",
      {
        data: `${data}; sMAPE ${ours.smape.toFixed(2)}, MASE ${ours.mase.toFixed(3)}`,
        metric: "OWA (period 24)",
        unit: "",
        value: ours.owa,
        baseline: naive.owa,
        // The best of the competition on Hourly.
        published: 0.41,
      },
      { kind: "atMost", value: 0.5 },
    ),
    scored(
      name,
      "fitted",
      {
        data,
        metric: "MSIS of the 95 % interval",
        unit: "",
        value: meanMsis(fitted, period),
        baseline: meanMsis(plain, period),
        published: 6.14,
      },
      { kind: "atMost", value: 8 },
    ),
    ...[80, 95].map((share) => coverageRow("fitted", data, share, fitted, plain)),
    scored(name, "shipped", {
      data,
      metric: "OWA (period 24), weights that never saw such data",
      unit: "",
      value: zeroShot.owa,
      baseline: naive.owa,
    }),
    coverageRow("shipped", data, 80, shipped, plain),
  ];
}

function coverageRow(
  weights: "fitted" | "shipped",
  data: string,
  share: number,
  judged: readonly Judged[],
  plain: readonly Judged[],
): Measurement {
  const within = coverage(judged, share / 100);
  return scored(name, weights, {
    data: `${data}; covered ${within.toFixed(1)} %`,
    metric: `${share} % interval: distance of its coverage from ${share}`,
    unit: "points",
    value: Math.abs(within - share),
    baseline: Math.abs(coverage(plain, share / 100) - share),
  });
}

const owaOf = (judged: readonly Judged[]): ReturnType<typeof owa> =>
  owa(
    judged.map((line) => ({ ...line, forecast: pathAt(line.paths, 0.5) })),
    period,
  );

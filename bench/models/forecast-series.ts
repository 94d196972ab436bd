// Series with a held-out end, and forecasters judged on them.
import type { QuantilePath } from "../../src/inference/features/forecast-plain.ts";
import { pathAt } from "../../src/inference/models/forecast-network.ts";
import { mase } from "./metrics/mase.ts";
import { msis } from "./metrics/msis.ts";
import { covered, pinball } from "./metrics/pinball.ts";
import { smape } from "./metrics/smape.ts";

/** A series cut in two; the forecaster sees `history` only. NaN: not known. */
export interface HeldOut {
  readonly history: readonly number[];
  readonly actual: readonly number[];
}

/** What a scorer of forecasts gave for one series. */
export type Forecasted =
  | { readonly kind: "forecast"; readonly model: string; readonly paths: readonly QuantilePath[] }
  | { readonly kind: "unknown" };

/** Series with their paths; those nothing could be said about have NaN paths, so that they can't flatter a mean. */
export interface Judged extends HeldOut {
  readonly paths: readonly QuantilePath[];
}

/** Pairs series with what was forecast for them, in order. */
export function judgedSeries(series: readonly HeldOut[], forecasts: readonly Forecasted[]): readonly Judged[] {
  return series.map(({ history, actual }, index) => {
    const forecast = forecasts[index];
    if (forecast?.kind !== "forecast") throw new Error(`series ${index} was not forecast`);
    return { history, actual, paths: forecast.paths };
  });
}

/** Mean over the series of the median path's sMAPE, in percent. */
export function meanSmape(judged: readonly Judged[]): number {
  return mean(judged.map(({ paths, actual }) => smape(pathAt(paths, 0.5), actual)));
}

/** Mean over the series of the median path's MASE; series that never change have none. */
export function meanMase(judged: readonly Judged[], period: number): number {
  return mean(judged.map(({ paths, actual, history }) => mase(pathAt(paths, 0.5), actual, history, period)));
}

/** Mean over the series of the MSIS of the 95 % interval. */
export function meanMsis(judged: readonly Judged[], period: number): number {
  return mean(
    judged.map(({ paths, actual, history }) =>
      msis(pathAt(paths, 0.025), pathAt(paths, 0.975), actual, history, period),
    ),
  );
}

/** Share of all known outcomes within the interval that ought to hold `share` of them (of 0.8: 10 % to 90 %), in percent. */
export function coverage(judged: readonly Judged[], share = 0.8): number {
  const [low, high] = [(1 - share) / 2, (1 + share) / 2];
  const counts = judged.map(({ paths, actual }) => covered(pathAt(paths, low), pathAt(paths, high), actual));
  const total = (pick: (count: { within: number; known: number }) => number): number =>
    counts.reduce((sum, count) => sum + pick(count), 0);
  return (100 * total(({ within }) => within)) / total(({ known }) => known);
}

/** Mean pinball loss at 10, 50 and 90 %, over the mean size of each series' history, in percent. */
export function relativePinball(judged: readonly Judged[]): number {
  return mean(
    judged.map(({ paths, actual, history }) => {
      const size = mean(history.filter((value) => !Number.isNaN(value)).map(Math.abs));
      const loss = [0.1, 0.5, 0.9].map((level) => pinball(pathAt(paths, level), actual, level));
      return (100 * mean(loss)) / size;
    }),
  );
}

/** Of the finite values; NaN of none. */
export function mean(values: readonly number[]): number {
  const finite = values.filter(Number.isFinite);
  return finite.reduce((sum, value) => sum + value, 0) / finite.length;
}

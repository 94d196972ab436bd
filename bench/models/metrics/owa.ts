// Overall weighted average of the M4 competition.
import { mase } from "./mase.ts";
import { naive2 } from "./naive2.ts";
import { smape } from "./smape.ts";

/** One series with a forecast of what followed. */
export interface Forecasted {
  readonly history: readonly number[];
  readonly actual: readonly number[];
  readonly forecast: readonly number[];
}

export interface Owa {
  /** 1 for Naive2. */
  readonly owa: number;
  /** Means over the series. */
  readonly smape: number;
  readonly mase: number;
}

/**
 * Mean of sMAPE and MASE over the series, each over that of Naive2 (Makridakis et al. 2020). Series whose history never
 * changes have no MASE and are left out of it on both sides.
 */
export function owa(series: readonly Forecasted[], period: number): Owa {
  const errors = series.map(({ history, actual, forecast }) => {
    const naive = naive2(history, period, actual.length);
    return {
      smape: smape(forecast, actual),
      mase: mase(forecast, actual, history, period),
      naiveSmape: smape(naive, actual),
      naiveMase: mase(naive, actual, history, period),
    };
  });
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const scaled = errors.filter((error) => Number.isFinite(error.mase) && Number.isFinite(error.naiveMase));
  const ours = { smape: mean(errors.map((error) => error.smape)), mase: mean(scaled.map((error) => error.mase)) };
  const naiveSmape = mean(errors.map((error) => error.naiveSmape));
  const naiveMase = mean(scaled.map((error) => error.naiveMase));
  return { ...ours, owa: (ours.smape / naiveSmape + ours.mase / naiveMase) / 2 };
}

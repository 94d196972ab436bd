// CostPredictor: what the coming days will cost.
import type { QuantilePath } from "../features/forecast-plain.ts";
import type { ModelSession, Scorer } from "../model/session.ts";
import { type Forecaster, networkForecaster, pathAt, plainForecaster, plainName } from "./forecast-network.ts";

export interface CostInput {
  /** Cost a day, oldest first, the last one yesterday's; one currency throughout. NaN where the day is not billed yet. */
  readonly history: readonly number[];
}

/** A sum over days, in the currency of the history. */
export interface CostSum {
  readonly days: number;
  readonly expected: number;
  /**
   * Sums of the paths at 10 % and 90 %: as if all days erred to the same side, so that the true band of the sum is
   * narrower. NaN where the model has no such paths.
   */
  readonly low: number;
  readonly high: number;
}

export type CostForecast =
  | {
      readonly kind: "forecast";
      /** Which model answered: the plain rule where the history is too short for the network. */
      readonly model: string;
      /** Cost a day, a path a level, from the day after the history on. */
      readonly paths: readonly QuantilePath[];
      /** Over the next 7 and 30 days and the whole horizon. */
      readonly sums: readonly CostSum[];
    }
  /** No day of the history is known. Not the same as no cost. */
  | { readonly kind: "unknown"; readonly model: string };

/** Forecasts by the variant `daily`, or one fitted like it. Throws ModelError `WrongShape` for another model. */
export function createCostPredictor(session: ModelSession): Scorer<CostInput, CostForecast> {
  const { name, variant, version } = session.manifest;
  return costScorer(`${name}/${variant}`, version, networkForecaster(session, weekdayMedian));
}

/** The median of the last eight same weekdays, with the quantiles of what it missed by. It needs no model. */
export function costBaseline({
  horizon = 90,
  levels = [0.1, 0.5, 0.9],
}: { readonly horizon?: number; readonly levels?: readonly number[] } = {}): Scorer<CostInput, CostForecast> {
  const name = plainName("CostPredictor");
  return costScorer(name, "1.0.0", plainForecaster(name, { ...weekdayMedian, horizon, levels }));
}

const weekdayMedian = { period: 7, cycles: 8 } as const;

function costScorer(name: string, version: string, forecast: Forecaster): Scorer<CostInput, CostForecast> {
  return {
    model: { name, version },
    score: async (batch, options) => {
      const forecasts = await forecast(
        batch.map(({ history }) => history),
        options,
      );
      return forecasts.map(({ model, paths }): CostForecast => {
        if (paths === undefined) return { kind: "unknown", model };
        return { kind: "forecast", model, paths, sums: sumsOf(paths) };
      });
    },
  };
}

function sumsOf(paths: readonly QuantilePath[]): readonly CostSum[] {
  const horizon = paths[0]?.values.length ?? 0;
  const spans = [...new Set([7, 30, horizon])].filter((days) => days <= horizon).toSorted((a, b) => a - b);
  return spans.map((days) => {
    const sum = (level: number): number =>
      paths.some((path) => Math.abs(path.level - level) < 1e-6)
        ? pathAt(paths, level)
            .slice(0, days)
            .reduce((total, value) => total + value, 0)
        : Number.NaN;
    return { days, expected: sum(0.5), low: sum(0.1), high: sum(0.9) };
  });
}

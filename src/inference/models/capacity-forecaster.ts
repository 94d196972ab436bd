// CapacityForecaster: how a gauge will go, and when it reaches its capacity.
import type { QuantilePath } from "../features/forecast-plain.ts";
import type { ModelSession, Scorer } from "../model/session.ts";
import { type Forecaster, networkForecaster, plainForecaster, plainName } from "./forecast-network.ts";

export interface CapacityInput {
  /** The gauge at equal steps, oldest first; NaN where it was not read. */
  readonly history: readonly number[];
  /** What it can't exceed, in the unit of the history; undefined where there is no limit. */
  readonly capacity?: number;
  /** Seconds between two readings; default an hour, which is what the shipped variant was trained on. */
  readonly stepSeconds?: number;
}

/** When the gauge first reaches its capacity, from the last reading on; undefined: not within the horizon. */
export interface Exhaustion {
  /** By the median path, in seconds. */
  readonly expectedSeconds: number | undefined;
  /** By the highest and the lowest path: the gauge gets there no sooner and no later with the paths' probability. */
  readonly earliestSeconds: number | undefined;
  readonly latestSeconds: number | undefined;
  /** The level of the highest path: .9 of the shipped variant. */
  readonly level: number;
}

export type CapacityForecast =
  | {
      readonly kind: "forecast";
      /** Which model answered: the plain rule where the history is too short for the network. */
      readonly model: string;
      /** In the unit of the history, from the step after it on. */
      readonly paths: readonly QuantilePath[];
      /** Absent where no capacity was given. */
      readonly exhaustion?: Exhaustion;
    }
  /** Not one reading is known. */
  | { readonly kind: "unknown"; readonly model: string };

/** Forecasts by the variant `utilisation`, or one fitted like it. Throws ModelError `WrongShape` for another model. */
export function createCapacityForecaster(session: ModelSession): Scorer<CapacityInput, CapacityForecast> {
  const { name, variant, version } = session.manifest;
  return capacityScorer(`${name}/${variant}`, version, networkForecaster(session, lastDay));
}

/** Seasonal naive (the last day again, hourly steps), with the quantiles of what it missed by. It needs no model. */
export function capacityBaseline({
  horizon = 48,
  levels = [0.1, 0.5, 0.9],
  period = lastDay.period,
}: {
  readonly horizon?: number;
  readonly levels?: readonly number[];
  /** Steps after which the gauge repeats; 1: persistence. */
  readonly period?: number;
} = {}): Scorer<CapacityInput, CapacityForecast> {
  const name = plainName("CapacityForecaster");
  return capacityScorer(name, "1.0.0", plainForecaster(name, { cycles: 1, period, horizon, levels }));
}

const lastDay = { period: 24, cycles: 1 } as const;
const hour = 3600;

function capacityScorer(name: string, version: string, forecast: Forecaster): Scorer<CapacityInput, CapacityForecast> {
  return {
    model: { name, version },
    score: async (batch, options) => {
      const forecasts = await forecast(
        batch.map(({ history }) => history),
        options,
      );
      return batch.map(({ capacity, stepSeconds = hour }, index): CapacityForecast => {
        const { model, paths } = forecasts[index] ?? { model: name, paths: undefined };
        if (paths === undefined) return { kind: "unknown", model };
        if (capacity === undefined) return { kind: "forecast", model, paths };
        return { kind: "forecast", model, paths, exhaustion: exhaustionOf(paths, capacity, stepSeconds) };
      });
    },
  };
}

/** First crossings of ascending, never crossing paths. */
export function exhaustionOf(paths: readonly QuantilePath[], capacity: number, stepSeconds: number): Exhaustion {
  const reached = (path: QuantilePath | undefined): number | undefined => {
    const step = path?.values.findIndex((value) => value >= capacity) ?? -1;
    return step < 0 ? undefined : (step + 1) * stepSeconds;
  };
  return {
    expectedSeconds: reached(paths.find(({ level }) => level === 0.5)),
    earliestSeconds: reached(paths.at(-1)),
    latestSeconds: reached(paths[0]),
    level: paths.at(-1)?.level ?? Number.NaN,
  };
}

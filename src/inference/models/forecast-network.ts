// What CostPredictor and CapacityForecaster share: quantile paths by a network, or by a plain rule where history is short.
import { type PlainForecast, plainForecast, type QuantilePath } from "../features/forecast-plain.ts";
import { forecastWindow, observedIn } from "../features/forecast-window.ts";
import { ModelError } from "../model/errors.ts";
import type { ModelSession, RunOptions } from "../model/session.ts";
import { matrix, rowOf, type Tensor } from "../model/tensor.ts";

/** Quantile paths with who made them; undefined paths where nothing is known of the series. */
export interface Forecast {
  /** The model's name, or the plain rule's where the history was too short for the model. */
  readonly model: string;
  /** By ascending level, never crossing. */
  readonly paths: readonly QuantilePath[] | undefined;
}

/** Forecasts of histories, in order. Rejects with ModelError, or with the signal's reason. */
export type Forecaster = (
  histories: readonly (readonly number[])[],
  options: RunOptions,
) => Promise<readonly Forecast[]>;

/** What a forecast network's manifest says of itself. */
export interface NetworkShape {
  readonly lookback: number;
  readonly horizon: number;
  readonly levels: readonly number[];
  /** Known values of the window below which the plain rule answers instead. */
  readonly minimum: number;
}

/** Reads the shape. Throws ModelError `WrongShape` where the model is not a forecast network. */
export function networkShape({ manifest }: ModelSession): NetworkShape {
  const lookback = manifest.inputs.find(({ name }) => name === "history")?.shape[1];
  const [, horizon, count] = manifest.outputs.find(({ name }) => name === "quantiles")?.shape ?? [];
  const levels = manifest.scalers["quantiles"];
  const minimum = manifest.thresholds["minimum_history"];
  if (typeof lookback !== "number" || typeof horizon !== "number" || typeof minimum !== "number" || !isLevels(levels))
    throw new ModelError("WrongShape", `${manifest.name}/${manifest.variant} is not a forecast network`);
  if (levels.length !== count)
    throw new ModelError(
      "WrongShape",
      `${manifest.name}/${manifest.variant} gives ${count} paths for ${levels.length}`,
    );
  return { lookback, horizon, levels, minimum };
}

/** A forecaster by `session`; where a history is too short or too full of gaps, by the plain rule, which is then named. */
export function networkForecaster(session: ModelSession, rule: Omit<PlainForecast, "horizon" | "levels">): Forecaster {
  const shape = networkShape(session);
  const plain = plainForecaster(plainName(session.manifest.name), { ...rule, ...shape });
  const name = `${session.manifest.name}/${session.manifest.variant}`;
  return async (histories, options) => {
    const windows = histories.map((history) => forecastWindow(history, shape.lookback));
    const long = windows.flatMap((window, index) => (observedIn(window) >= shape.minimum ? [index] : []));
    const forecasts = [...(await plain(histories, options))];
    if (long.length === 0) return forecasts;
    const rows = long.map((index) => windows[index] ?? new Float32Array(shape.lookback));
    const { quantiles } = await session.run({ history: matrix(rows, shape.lookback) }, options);
    if (quantiles === undefined) throw new ModelError("WrongShape", `${name} gave no quantiles`);
    for (const [row, index] of long.entries())
      forecasts[index] = { model: name, paths: pathsOf(quantiles, row, shape) };
    return forecasts;
  };
}

/** A forecaster by the plain rule alone. */
export function plainForecaster(name: string, rule: PlainForecast): Forecaster {
  return async (histories, { signal }) => {
    signal.throwIfAborted();
    return histories.map((history) => ({ model: name, paths: plainForecast(history, rule) }));
  };
}

/** How the plain rule of a model is named. */
export const plainName = (model: string): string => `${model}/plain`;

/** The path of a level. Throws RangeError where the forecast has none of it. */
export function pathAt(paths: readonly QuantilePath[], level: number): readonly number[] {
  const path = paths.find((candidate) => Math.abs(candidate.level - level) < 1e-6);
  if (path === undefined) throw new RangeError(`the forecast has no path at ${level}`);
  return path.values;
}

function pathsOf(quantiles: Tensor, row: number, { levels, horizon }: NetworkShape): readonly QuantilePath[] {
  const values = rowOf(quantiles, row);
  return levels.map((level, at) => ({
    level,
    values: Array.from({ length: horizon }, (_, step) => values[step * levels.length + at] ?? Number.NaN),
  }));
}

function isLevels(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((level) => typeof level === "number" && level > 0 && level < 1);
}

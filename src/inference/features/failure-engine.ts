// Windows over the sensors of a machine that wears, as a row.

const means = [5, 15, 30] as const;
const first = 20;
const fades = [0.03, 0.06, 0.12, 0.25] as const;
const slopes = [30, 60] as const;

/** Rows of sensor values, one a cycle, oldest first, up to now: at least one. */
export type SensorCycles = readonly (readonly number[])[];

/** Kind of window by kind of window, `sensors` (columns of the cycles) within each, and last the cycles so far. */
export function engineRow(cycles: SensorCycles, sensors: readonly number[]): Float32Array {
  const columns = sensors.map((sensor) => cycles.map((values) => values[sensor] ?? Number.NaN));
  const every = (of: (column: readonly number[]) => number): readonly number[] => columns.map(of);
  return Float32Array.from([
    ...means.flatMap((width) => every((column) => mean(column.slice(-width)))),
    ...every((column) => mean(column.slice(0, first))),
    ...fades.flatMap((fade) => every((column) => faded(column, fade))),
    ...slopes.flatMap((width) => every((column) => slope(column.slice(-width), width))),
    cycles.length,
  ]);
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Exponentially weighted mean, the newest with weight `fade`; the weights of what is there add up to one. */
function faded(values: readonly number[], fade: number): number {
  let sum = 0;
  let weight = 0;
  for (const value of values) {
    sum = (1 - fade) * sum + fade * value;
    weight = (1 - fade) * weight + fade;
  }
  return sum / weight;
}

/** Least-squares slope a cycle; the floor under the spread of time keeps a few cycles from being taken seriously. */
function slope(values: readonly number[], width: number): number {
  const middle = (values.length - 1) / 2;
  let product = 0;
  let spread = 0;
  for (const [index, value] of values.entries()) {
    product += (index - middle) * value;
    spread += (index - middle) ** 2;
  }
  return product / Math.max(spread, (width * width) / 9);
}

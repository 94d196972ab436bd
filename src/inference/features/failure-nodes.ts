// A cluster node's failures so far, and its system's, as a row.

/** Times are days; all lists are oldest first and may hold what is later than `now`: that is not looked at. */
export interface NodeInput {
  /** Failures of the node. */
  readonly failures: readonly number[];
  readonly system: SystemFailures;
  readonly now: number;
}

export interface SystemFailures {
  /** Failures of all nodes. */
  readonly failures: readonly number[];
  /** The first failure of each node. */
  readonly firsts: readonly number[];
}

/** Windows (days) through which the past fades: exp(-age / window). */
const windows = [3, 30, 100, 300, 1000] as const;

export const nodeFeatures = [
  "failures",
  "system_age_days",
  ...windows.map((days) => `decayed_${days}d` as const),
  "others_failures_per_node",
] as const;

/** The row of a node at `now`. */
export function nodeRow({ failures, system, now }: NodeInput): Float32Array {
  const count = countUpTo(failures, now);
  const faded = windows.map((window) => {
    let sum = 0;
    for (let index = 0; index < count; index++) sum += Math.exp(((failures[index] ?? now) - now) / window);
    return sum;
  });
  const known = Math.max(1, countUpTo(system.firsts, now));
  const age = Math.max(0, now - (system.failures[0] ?? now));
  return Float32Array.of(count, age, ...faded, (countUpTo(system.failures, now) - count) / known);
}

/** How many of ascending `times` are at or before `now`. */
export function countUpTo(times: readonly number[], now: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? Infinity) <= now) low = middle + 1;
    else high = middle;
  }
  return low;
}

// Lead time: how long before a failure the alarm was up.

/** One thing that was asked, again and again, whether it will fail. All times are in one unit, and ascend. */
export interface Watch {
  /** When it was asked; only while it was well. */
  readonly asked: readonly number[];
  /** Whether `asked[i]` raised an alarm. */
  readonly alarms: readonly boolean[];
  /** When failures began. */
  readonly failures: readonly number[];
  /** Failures are known up to here. */
  readonly until: number;
}

/** Of one failure, in the unit of the watch. */
export interface Notice {
  /** How long before it the alarm was up; 0: it was missed. */
  readonly length: number;
  /** How long the failure before lay back; Infinity where there was none. */
  readonly quiet: number;
}

/**
 * The notice that was given of each failure, in order: from the first alarm of the uninterrupted run of alarms that reaches
 * the failure, to the failure; 0 where the last question before it raised none (it was missed). A run begins
 *
 * - after the failure before: what was up already when that came gave no notice of this one;
 * - no earlier than `horizon` before the failure: an alarm says "within the horizon", so that an earlier one was false.
 *
 * Left out are failures less than a horizon after the first question, since not all of their notice could be seen, and those
 * that nobody was asked about since the failure before.
 */
export function notices({ asked, alarms, failures, until }: Watch, horizon: number): readonly Notice[] {
  const first = asked[0] ?? Infinity;
  return failures.flatMap((failure, index) => {
    if (failure - horizon < first || failure > until) return [];
    const since = failures[index - 1] ?? -Infinity;
    const last = lastBefore(asked, failure);
    if (!((asked[last] ?? -Infinity) >= since)) return [];
    let start = last;
    const inRun = (at: number): boolean => {
      const time = asked[at] ?? -Infinity;
      return alarms[at] === true && time >= since && time >= failure - horizon;
    };
    while (inRun(start)) start -= 1;
    const length = start === last ? 0 : failure - (asked[start + 1] ?? failure);
    return [{ length, quiet: failure - since }];
  });
}

/** Of each question whose horizon ends by `until`: whether no failure began within the horizon after it. In order. */
export function calm({ asked, failures, until }: Omit<Watch, "alarms">, horizon: number): readonly boolean[] {
  return asked
    .filter((time) => time + horizon <= until)
    .map((time) => !((failures[lastBefore(failures, time, "orAt") + 1] ?? Infinity) <= time + horizon));
}

/** Median of the notices that were given (those above 0); NaN where all were missed. */
export function medianNotice(given: readonly Notice[]): number {
  const caught = given.flatMap(({ length }) => (length > 0 ? [length] : [])).toSorted((a, b) => a - b);
  const middle = (caught.length - 1) / 2;
  return ((caught[Math.floor(middle)] ?? Number.NaN) + (caught[Math.ceil(middle)] ?? Number.NaN)) / 2;
}

/** Share of the failures with a notice of at least `least`; with 0, of those that were caught at all. NaN of none. */
export function noticed(given: readonly Notice[], least: number): number {
  return given.filter(({ length }) => length > 0 && length >= least).length / given.length;
}

/** The place of the last of ascending `times` before `time`; -1: there is none. */
function lastBefore(times: readonly number[], time: number, edge?: "orAt"): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const value = times[middle] ?? Infinity;
    if (value < time || (edge === "orAt" && value === time)) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

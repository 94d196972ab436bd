// How fast an error budget burns, over a short and a long window at once.

/** Means of the error ratio that forget exponentially, one quickly and one slowly. */
export interface BurnState {
  readonly short: number;
  readonly long: number;
  readonly time: number;
}

const shortMs = 5 * 60_000;
const longMs = 60 * 60_000;

/** The state after another error ratio (0 to 1) at `time` (ms). Samples that are not newer change nothing. */
export function burnAfter(before: BurnState | undefined, ratio: number, time: number): BurnState {
  if (before === undefined) return { short: ratio, long: ratio, time };
  if (time <= before.time) return before;
  const mixed = (mean: number, windowMs: number): number => {
    const kept = Math.exp((before.time - time) / windowMs);
    return mean * kept + ratio * (1 - kept);
  };
  return { short: mixed(before.short, shortMs), long: mixed(before.long, longMs), time };
}

/**
 * Burn rate against an objective (0 to 1): the smaller of both windows, so that a blip does not page and a mended fault stops
 * paging soon (Google, The Site Reliability Workbook, ch. 5, multiwindow alerts).
 */
export function burnRate({ short, long }: BurnState, objective: number): number {
  const budget = Math.max(1e-6, 1 - objective);
  return Math.min(short, long) / budget;
}

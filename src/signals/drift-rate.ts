// The contract of drift rate: how likely something was changed behind the operator's back by tomorrow, and when to look.

/** What is known about past drift checks of one Blueprint. Times are milliseconds since the epoch. */
export interface DriftHistory {
  /** When checks began (the first check, or the first apply); absent: never checked. */
  readonly firstCheckTime?: number;
  /** When drift was found, in any order; older than 30 days is ignored. */
  readonly driftTimes: readonly number[];
}

/** How often drift happens. Pure of IO: history in, numbers out. */
export interface DriftRate {
  /** Chance in percent (0-100, rounded) that drift happens within the next day; undefined without data. */
  driftPercent(history: DriftHistory, now: number): number | undefined;
  /**
   * Milliseconds until the next check: the Blueprint's interval within 10 % either way, so that Blueprints made
   * together don't ask the cloud together; never under a minute.
   */
  nextCheckMs(intervalMs: number, history: DriftHistory, now: number): number;
}

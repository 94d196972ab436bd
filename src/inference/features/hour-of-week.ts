const hour = 3_600_000;

/** Hours since the last Thursday 00:00 UTC (the weekday of the epoch), 0 to 168: enough for a daily or weekly rhythm. */
export function hourOfWeek(time: number): number {
  const week = 168 * hour;
  return (((time % week) + week) % week) / hour;
}

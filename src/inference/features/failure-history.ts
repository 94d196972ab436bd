// What is known of a resource's failures so far, as a row of numbers.

/** A resource's past. Times are ms since the epoch; lists are oldest first. */
export interface FailureHistory {
  readonly ageSeconds: number;
  /** Spans in which Ready was not True; `to` is absent while that is still so. */
  readonly notReady: readonly { readonly from: number; readonly to?: number }[];
  /** Restarts, warning events and failed operations; at most the last 7 days are looked at. */
  readonly restarts: readonly number[];
  readonly warnings: readonly number[];
  readonly failedOperations: readonly number[];
  /** Anomaly score (0 to 1) now and its mean over the last hour; absent without metrics. */
  readonly anomalyNow?: number;
  readonly anomalyHour?: number;
  /** The highest utilisation now (0 to 1) and how fast it grows (an hour); absent without metrics. */
  readonly saturation?: number;
  readonly saturationPerHour?: number;
}

/** A resource's past as seen at `now` (ms since the epoch). */
export interface FailureInput {
  readonly history: FailureHistory;
  readonly now: number;
}

/** The columns of a row, in order. Every one but the age is worse the higher it is, or (two) the lower. */
export const failureFeatures = [
  "age_days",
  "not_ready_hours",
  "not_ready_share_day",
  "not_ready_share_week",
  "outages_week",
  "ready_hours",
  "restarts_hour",
  "restarts_day",
  "restarts_week",
  "warnings_hour",
  "warnings_day",
  "warnings_week",
  "failed_operations_day",
  "failed_operations_week",
  "anomaly_now",
  "anomaly_hour",
  "saturation",
  "saturation_per_hour",
  "hours_to_full",
] as const;

const hour = 3_600_000;
const day = 24 * hour;
const week = 7 * day;

/** Hours to full where utilisation is not growing, and since the last outage where there was none: a week. */
const never = 168;

/** The row of a resource: only what began at or before `now` counts. Absent metrics are NaN. */
export function failureRow({ history, now }: FailureInput): Float32Array {
  const spans = history.notReady
    .filter(({ from }) => from <= now)
    .map(({ from, to }) => ({ from, to: to === undefined || to > now ? now : to, open: to === undefined || to > now }));
  const down = (window: number): number =>
    spans.reduce((sum, { from, to }) => sum + Math.max(0, to - Math.max(from, now - window)), 0) / window;
  const open = spans.filter((span) => span.open);
  const lastUp = spans.reduce((latest, { to }) => Math.max(latest, to), -Infinity);
  const within = (times: readonly number[], window: number): number =>
    times.filter((time) => time <= now && time > now - window).length;
  const saturation = history.saturation ?? NaN;
  const perHour = history.saturationPerHour ?? NaN;
  return Float32Array.of(
    history.ageSeconds / 86_400,
    open.reduce((most, { from }) => Math.max(most, (now - from) / hour), 0),
    down(day),
    down(week),
    spans.filter(({ from }) => from > now - week).length,
    open.length > 0 ? 0 : Math.min(never, (now - lastUp) / hour),
    within(history.restarts, hour),
    within(history.restarts, day),
    within(history.restarts, week),
    within(history.warnings, hour),
    within(history.warnings, day),
    within(history.warnings, week),
    within(history.failedOperations, day),
    within(history.failedOperations, week),
    history.anomalyNow ?? NaN,
    history.anomalyHour ?? NaN,
    saturation,
    perHour,
    hoursToFull(saturation, perHour),
  );
}

function hoursToFull(saturation: number, perHour: number): number {
  if (Number.isNaN(saturation) || Number.isNaN(perHour)) return NaN;
  if (saturation >= 1) return 0;
  return perHour <= 0 ? never : Math.min(never, (1 - saturation) / perHour);
}

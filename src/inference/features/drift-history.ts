// What drift's past says about the next day: sums that each further find can only raise.

/** What is known about the out-of-band changes of one Blueprint. Times are milliseconds since the epoch. */
export interface DriftFacts {
  /** When checks began; absent: never checked. */
  readonly firstCheckTime?: number;
  readonly lastCheckTime?: number;
  /** When drift was found, in any order; the last 90 days at most. */
  readonly driftTimes: readonly number[];
  /** Applies and spec changes, in any order. */
  readonly changeTimes: readonly number[];
  readonly resources: number;
  /** How many different owners, people or tools wrote it, where known. */
  readonly writers?: number;
  readonly healing: "Heal" | "Report";
  /** Drift found in other Blueprints of its namespace in the last 7 days, and how many of them there are. */
  readonly neighbourDrifts?: number;
  readonly neighbours?: number;
}

/** Facts, and when they are judged: what comes after `now` counts for nothing. */
export interface DriftInput {
  readonly facts: DriftFacts;
  readonly now: number;
}

/** Names of the row's columns, in order. */
export const driftFeatures = [
  "heat_8h",
  "heat_1d",
  "heat_4d",
  "heat_20d",
  "found_per_day_30d",
  "found_per_day_90d",
  "found_days_14d",
  "weeks_alike",
  "since_found_days",
  "answered_changes",
  "neighbour_rate",
  "neighbours",
  "watched_days",
  "unseen_days",
  "workday_share",
  "usual_hours",
  "changes_1d",
  "changes_7d",
  "changes_30d",
  "since_change_days",
  "resources_log",
  "writers",
  "heals",
] as const;

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;
/** How far back anything counts; also what stands for "never". Days. */
const MEMORY = 90;

/**
 * The row of an input, in the order of `driftFeatures`. Pure, and of nothing after `now`. A further find within the last 90
 * days raises (or leaves) every column it is counted in, and lowers (or leaves) `since_found_days` alone.
 */
export function driftRow({ facts, now }: DriftInput): Float32Array {
  const found = agesOf(facts.driftTimes, now);
  const changes = agesOf(facts.changeTimes, now);
  // A check after `now` is not known of yet; when the one before it was is not known either.
  const seen = facts.lastCheckTime !== undefined && facts.lastCheckTime <= now ? facts.lastCheckTime : now;
  const unseen = (now - seen) / DAY;
  const first = facts.firstCheckTime === undefined ? now : Math.min(facts.firstCheckTime, now);
  const watched = Math.min(MEMORY, (now - first) / DAY);
  /** Finds a day over the days of a window in which they were looked for, 1 at least. */
  const rate = (days: number): number =>
    within(found, days) / Math.max(1, Math.min(days, watched) - Math.min(days, unseen));
  const others = facts.neighbours ?? 0;
  return Float32Array.of(
    heat(found, 1 / 3),
    heat(found, 1),
    heat(found, 4),
    heat(found, 20),
    rate(30),
    rate(MEMORY),
    new Set(found.filter((age) => age < 14).map(Math.floor)).size,
    weeksAlike(found),
    Math.min(MEMORY, ...found),
    answeredShare(found, changes),
    (facts.neighbourDrifts ?? 0) / Math.max(1, others),
    others,
    watched,
    Math.min(MEMORY, unseen),
    workdayShare(now),
    usualHours(changes),
    within(changes, 1),
    within(changes, 7),
    within(changes, 30),
    Math.min(MEMORY, ...changes),
    Math.log1p(Math.max(0, facts.resources)),
    facts.writers ?? -1,
    facts.healing === "Heal" ? 1 : 0,
  );
}

/** Ages in days of what lies in the last 90. */
function agesOf(times: readonly number[], now: number): readonly number[] {
  return times.map((time) => (now - time) / DAY).filter((age) => age >= 0 && age <= MEMORY);
}

const within = (ages: readonly number[], days: number): number => ages.filter((age) => age <= days).length;

/** Finds, each worth less by half every ln 2 x `days`: the excitation of a Hawkes process with that decay. */
const heat = (ages: readonly number[], days: number): number =>
  ages.reduce((sum, age) => sum + Math.exp(-age / days), 0);

/** In how many of the last six weeks something was found in the hours of the week which the next 24 hours are. */
const weeksAlike = (ages: readonly number[]): number =>
  new Set(
    ages
      .map((age) => age / 7)
      .filter((weeks) => weeks < 6 && Math.ceil(weeks) - weeks < 1 / 7)
      .map(Math.ceil),
  ).size;

/** Which share of the changes of the last 60 days something was found within a day after; 0 without a change. */
function answeredShare(found: readonly number[], changes: readonly number[]): number {
  const old = changes.filter((age) => age <= 60);
  const answered = old.filter((change) => found.some((age) => age <= change && change - age < 1));
  return answered.length / Math.max(1, old.length);
}

/**
 * How busy the next 24 hours usually are: the share of the changes of the last 60 days in the same hours of the week, times 7
 * (1 is an average day), as if 7 more changes were spread evenly.
 */
function usualHours(changes: readonly number[]): number {
  const old = changes.filter((age) => age <= 60);
  const alike = old.filter((age) => Math.ceil(age / 7) - age / 7 < 1 / 7);
  return (7 * (alike.length + 1)) / (old.length + 7);
}

/** How much of the next 24 hours is Monday to Friday (UTC). */
function workdayShare(now: number): number {
  // The epoch was a Thursday: Monday, 00:00 is 4 days after it.
  const intoWeek = (((now - 4 * DAY) % WEEK) + WEEK) % WEEK;
  const free = Math.max(0, Math.min(WEEK, intoWeek + DAY) - Math.max(5 * DAY, intoWeek));
  return 1 - free / DAY;
}

// Warning events of one object over the last week. Pure.
import type { Event } from "../api/index.ts";
import { recentTimes } from "./recent-times.ts";

/** When the API server was told, oldest first: of the last 7 days, 256 at most. */
export type WarningHistory = readonly number[];

const week = 7 * 86_400_000;
/** Clocks of others may be so far ahead. */
const aheadMs = 300_000;

/**
 * The history after the event was seen: when it happened, or happened again. Seen twice it counts once, since API servers list events anew
 * after every lost watch. A series that goes on counts as often as its event was written. `earlierMs`, below 1,000, keeps apart what is about
 * several things within one second, which is as exact as most say it.
 */
export function warningHistory(before: WarningHistory, event: Event, now: number, earlierMs = 0): WarningHistory {
  const time = warnedAt(event);
  const until = now + aheadMs;
  return recentTimes(time === undefined ? before : [...before, time - earlierMs], until, week + aheadMs);
}

/** Both together; what lies further after `now` than clocks differ is left out. */
export function mergeWarnings(one: WarningHistory, other: WarningHistory, now: number): WarningHistory {
  return recentTimes([...one, ...other], now + aheadMs, week + aheadMs);
}

/** When a warning last happened; undefined for one that is no warning, or does not say when. */
export function warnedAt(event: EventTimes): number | undefined {
  if (event.type !== "Warning") return undefined;
  const { series, deprecatedLastTimestamp, eventTime, metadata } = event;
  for (const text of [series?.lastObservedTime, deprecatedLastTimestamp, eventTime, metadata.creationTimestamp]) {
    const time = Date.parse(text ?? "");
    if (!Number.isNaN(time)) return time;
  }
  return undefined;
}

/** An event with the time that events of the core group carry when they are read through events.k8s.io. */
type EventTimes = Pick<Event, "metadata" | "type" | "series"> & {
  readonly eventTime?: string | null;
  readonly deprecatedLastTimestamp?: string | null;
};

// What is kept of an object's past beyond the life of a process: times and nothing else. Pure.
import { historyOf, mergeConditions, type NotReadySpan } from "./condition-history.ts";
import { joinOutcomes, type Outcomes } from "./outcomes.ts";
import { recentTimes } from "./recent-times.ts";
import { mergeWarnings } from "./warning-history.ts";

/** Times are milliseconds since the epoch, oldest first, within the bounds of memory. JSON. */
export interface KeptPast {
  /** Only the last one may be open. */
  readonly notReady: readonly NotReadySpan[];
  readonly restarts: readonly number[];
  readonly warnings: readonly number[];
  /** Of a Blueprint's runs; absent: none were looked at. */
  readonly outcomes?: Outcomes;
}

const week = 7 * 86_400_000;

/** What both tell, in either order, nothing twice; what lies after `now` is left out. Merged with itself a past stays as it is. */
export function mergePasts(one: KeptPast, other: KeptPast, now: number): KeptPast {
  const { outcomes = other.outcomes } = one;
  const both = outcomes && joinOutcomes(outcomes, other.outcomes ?? outcomes, now);
  return {
    notReady: mergeConditions(historyOf(one.notReady), historyOf(other.notReady), now).spans,
    restarts: recentTimes([...one.restarts, ...other.restarts], now, week),
    warnings: mergeWarnings(one.warnings, other.warnings, now),
    ...(both === undefined ? {} : { outcomes: both }),
  };
}

/** Whether anything went wrong; what never did needs no memory. */
export function isWorthKeeping({ notReady, restarts, warnings, outcomes }: KeptPast): boolean {
  const found = [notReady, restarts, warnings, outcomes?.failedOperations ?? [], outcomes?.driftTimes ?? []];
  return found.some(({ length }) => length > 0);
}

/** As JSON of `maxBytes` at most, which are 1,000 or more: of the longest list the older half goes until it fits. */
export function textOf(past: KeptPast, maxBytes: number): string {
  let { outcomes, ...lists } = past;
  for (;;) {
    const text = JSON.stringify({ ...lists, ...(outcomes === undefined ? {} : { outcomes }) });
    // Names and numbers alone: a character is a byte.
    if (text.length <= maxBytes) return text;
    const lengths = [
      lists.notReady,
      lists.restarts,
      lists.warnings,
      ...(outcomes === undefined ? [] : timesOf(outcomes)),
    ];
    const most = Math.max(...lengths.map(({ length }) => length));
    const cut = <T>(list: readonly T[]): readonly T[] => (list.length < most ? list : list.slice(Math.ceil(most / 2)));
    lists = { notReady: cut(lists.notReady), restarts: cut(lists.restarts), warnings: cut(lists.warnings) };
    if (outcomes === undefined) continue;
    outcomes = {
      ...outcomes,
      failedOperations: cut(outcomes.failedOperations),
      changeTimes: cut(outcomes.changeTimes),
      driftTimes: cut(outcomes.driftTimes),
    };
  }
}

const timesOf = ({ failedOperations, changeTimes, driftTimes }: Outcomes): readonly (readonly number[])[] => [
  failedOperations,
  changeTimes,
  driftTimes,
];

/** Reads what textOf wrote; undefined for anything else. */
export function pastIn(text: string): KeptPast | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isPast(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isPast(value: unknown): value is KeptPast {
  if (!isObject(value) || !isTimes(value["restarts"]) || !isTimes(value["warnings"])) return false;
  const { notReady, outcomes } = value;
  return Array.isArray(notReady) && notReady.every(isSpan) && (outcomes === undefined || isOutcomes(outcomes));
}

const isSpan = (value: unknown): value is NotReadySpan =>
  isObject(value) && isTime(value["from"]) && (value["to"] === undefined || isTime(value["to"]));

function isOutcomes(value: unknown): value is Outcomes {
  if (!isObject(value)) return false;
  const { failedOperations, changeTimes, driftTimes, firstCheckTime, lastCheckTime } = value;
  if (![failedOperations, changeTimes, driftTimes].every(isTimes)) return false;
  return [firstCheckTime, lastCheckTime].every((time) => time === undefined || isTime(time));
}

const isTimes = (value: unknown): value is readonly number[] => Array.isArray(value) && value.every(isTime);

const isTime = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value) && value >= 0;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

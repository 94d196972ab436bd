// Since when and how long something was not ready, from its Ready condition as it was seen over time. Pure.
import type { Condition } from "../api/index.ts";

/**
 * A time in which Ready was False. Unknown is none: our kinds say it while something is made, changed or waits for a
 * person. `to` is absent while that is still so. Milliseconds since the epoch.
 */
export interface NotReadySpan {
  readonly from: number;
  readonly to?: number;
}

/** What is remembered of one object: at most 64 spans of the last 8 days. */
export interface ConditionHistory {
  /** Oldest first; only the last one may be open. */
  readonly spans: readonly NotReadySpan[];
  /** When it was last seen. */
  readonly seenAt: number;
  /** Since when it has been as it was last seen: what the condition said. */
  readonly since: number;
}

const most = 64;
const memoryMs = 8 * 86_400_000;
/** Clocks of those who write conditions differ by less. */
const skewMs = 60_000;

/**
 * The history after `conditions` were seen at `now`. Without a Ready condition nothing is learnt. Nothing is invented: what came
 * and went between two looks is known only by the new time of the transition, which may be that of a change as well.
 */
export function conditionHistory(
  before: ConditionHistory | undefined,
  conditions: readonly Condition[],
  now: number,
): ConditionHistory | undefined {
  const ready = conditions.find(({ type }) => type === "Ready");
  const said = Date.parse(ready?.lastTransitionTime ?? "");
  if (ready === undefined || Number.isNaN(said) || (before !== undefined && now < before.seenAt)) return before;
  const isReady = ready.status !== "False";
  // A condition's clock may be ahead of ours.
  const changedAt = tooEarly(before, isReady, said) ? now : Math.min(said, now);
  const spans = nextSpans(before, isReady, changedAt);
  return { spans: recent(spans, now), seenAt: now, since: changedAt };
}

/** It can't have changed before it was last seen otherwise: StatefulSets and DaemonSets don't say since when they are ready. */
function tooEarly(before: ConditionHistory | undefined, isReady: boolean, said: number): boolean {
  if (before === undefined) return false;
  const last = before.spans.at(-1);
  const wasReady = last === undefined || last.to !== undefined;
  return wasReady !== isReady && said < before.seenAt - skewMs;
}

/**
 * What both together tell, in either order: the memories of two processes, or of one and what it had kept. A time that is open in one ends as the
 * other knows it did; where that one only knows that it had ended, it lasted no longer than is known: not at all.
 */
export function mergeConditions(one: ConditionHistory, other: ConditionHistory, now: number): ConditionHistory {
  const known = [...one.spans, ...other.spans]
    .filter(({ from, to }) => to !== undefined && from <= now)
    .map(({ from, to = from }) => ({ from, to: Math.min(Math.max(from, to), now) }));
  const open = [stillOpen(one, other), stillOpen(other, one)]
    .filter((span) => span !== undefined)
    .filter(({ from }) => from <= now);
  const before = (time: number) => Math.min(time, now);
  return {
    spans: recent(joined([...known, ...open]), now),
    seenAt: before(Math.max(one.seenAt, other.seenAt)),
    since: before(Math.max(one.since, other.since)),
  };
}

/** The history that spans alone tell of, in any order and condition. */
export function historyOf(spans: readonly NotReadySpan[]): ConditionHistory {
  const ordered = spans.toSorted(inOrder);
  const last = ordered.reduce((latest, { from, to = from }) => Math.max(latest, to), 0);
  const whole = ordered.map(({ from, to }, index) =>
    to === undefined && index < ordered.length - 1 ? { from, to: from } : { from, ...(to === undefined ? {} : { to }) },
  );
  return { spans: joined(whole), seenAt: last, since: last };
}

/** The open span of `one`, as far as it is open by what `other` knows; undefined where there is none, or `other` has it with its end. */
function stillOpen(one: ConditionHistory, other: ConditionHistory): NotReadySpan | undefined {
  const last = one.spans.at(-1);
  if (last === undefined || last.to !== undefined) return undefined;
  const { from } = last;
  const newest = other.spans.at(-1);
  if (newest?.from === from && newest.to === undefined) return last;
  if (other.spans.some(({ from: began, to = began }) => began === from || (began < from && from < to)))
    return undefined;
  if (newest !== undefined && newest.from > from) return { from, to: from };
  const isReady = newest === undefined || newest.to !== undefined;
  return isReady && other.since > from ? { from, to: other.since } : last;
}

/** In order and apart: those that meet are one. */
function joined(spans: readonly NotReadySpan[]): readonly NotReadySpan[] {
  const result: NotReadySpan[] = [];
  for (const span of spans.toSorted(inOrder)) {
    const before = result.at(-1);
    if (before === undefined || span.from > (before.to ?? before.from)) result.push(span);
    else if (span.to === undefined || before.to === undefined) result.splice(-1, 1, { from: before.from });
    else result.splice(-1, 1, { from: before.from, to: Math.max(before.to, span.to) });
  }
  return result;
}

const inOrder = (a: NotReadySpan, b: NotReadySpan): number =>
  a.from - b.from || (a.to ?? Number.MAX_SAFE_INTEGER) - (b.to ?? Number.MAX_SAFE_INTEGER);

function nextSpans(before: ConditionHistory | undefined, isReady: boolean, changedAt: number): readonly NotReadySpan[] {
  const spans = before?.spans ?? [];
  const last = spans.at(-1);
  if (before === undefined || last === undefined) return isReady ? spans : [{ from: changedAt }];
  const earlier = spans.slice(0, -1);
  if (last.to === undefined) {
    if (isReady) return [...earlier, { from: last.from, to: Math.max(last.from, changedAt) }];
    // It changed since: what was open had ended some time after it was last seen.
    const isAnother = changedAt > before.since + skewMs && changedAt > before.seenAt;
    return isAnother ? [...earlier, { from: last.from, to: before.seenAt }, { from: changedAt }] : spans;
  }
  if (isReady) return spans;
  return changedAt > last.to ? [...spans, { from: changedAt }] : [...earlier, { from: last.from }];
}

function recent(spans: readonly NotReadySpan[], now: number): readonly NotReadySpan[] {
  return spans.filter(({ to }) => to === undefined || to > now - memoryMs).slice(-most);
}

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
}

const most = 64;
const memoryMs = 8 * 86_400_000;

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
  // A condition's clock may be ahead of ours.
  const changedAt = Math.min(said, now);
  const spans = nextSpans(before, ready.status !== "False", changedAt);
  return { spans: recent(spans, now), seenAt: now };
}

function nextSpans(before: ConditionHistory | undefined, isReady: boolean, changedAt: number): readonly NotReadySpan[] {
  const spans = before?.spans ?? [];
  const last = spans.at(-1);
  const isOpen = last !== undefined && last.to === undefined;
  if (isReady) {
    if (isOpen) return [...spans.slice(0, -1), { from: last.from, to: Math.max(last.from, changedAt) }];
    return spans;
  }
  if (isOpen) return spans;
  return [...spans, { from: Math.max(changedAt, last?.to ?? changedAt) }];
}

function recent(spans: readonly NotReadySpan[], now: number): readonly NotReadySpan[] {
  return spans.filter(({ to }) => to === undefined || to > now - memoryMs).slice(-most);
}

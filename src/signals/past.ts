// Remembers what was seen of every object, within bounds, and tells it in the shape that failure predictors take.
import type { BlueprintRun, Condition, Event, KubeObject } from "../api/index.ts";
import { fnv1a } from "../runtime/index.ts";
import {
  type ConditionHistory,
  conditionHistory,
  historyOf,
  mergeConditions,
  type NotReadySpan,
} from "./condition-history.ts";
import { type KeptPast, mergePasts } from "./kept-past.ts";
import { mergeOutcomes, type Outcomes, outcomesOf } from "./outcomes.ts";
import { type ContainerRestarts, restartHistory } from "./restart-history.ts";
import { type WarningHistory, warningHistory } from "./warning-history.ts";

/** An object's past. Times are milliseconds since the epoch, oldest first. */
export interface ObjectPast {
  readonly ageSeconds: number;
  readonly notReady: readonly NotReadySpan[];
  readonly restarts: readonly number[];
  readonly warnings: readonly number[];
  readonly failedOperations: readonly number[];
}

/** An object that has conditions. */
export type ConditionedObject = KubeObject & { readonly status?: { readonly conditions?: readonly Condition[] } };

/** `happened`: an outage began or ended, a restart, a failed operation, a find. `warned`: a warning, of which there are many. */
export type News = "happened" | "warned";

/**
 * The memory of one process. It begins with what the objects themselves say (condition times, runs, events that are still kept) and with what
 * another process kept of them, and grows by what is seen.
 */
export interface PastKeeper {
  /** The object was seen: its conditions are taken note of. */
  see(object: ConditionedObject, now: number): void;
  /** A Blueprint's runs as they are now, all of them. */
  seeRuns(uid: string, runs: readonly BlueprintRun[], now: number): Outcomes;
  /** A warning about an object, known or not; other events are ignored. */
  seeEvent(uid: string, event: Event, now: number): void;
  /** Containers of a Pod (by its uid) that belongs to the object. */
  seeRestarts(uid: string, pod: string, containers: readonly ContainerRestarts[], now: number): void;
  /** The Pod is gone; its restarts stay known. */
  forgetPod(uid: string, pod: string): void;
  /** What the runs told so far; undefined where none were looked at. */
  outcomes(uid: string): Outcomes | undefined;
  /** What is worth being kept; undefined for an object that was never seen. */
  snapshot(uid: string): KeptPast | undefined;
  /** Takes up what was kept, before or after anything else was seen of the object, once or several times. */
  restore(uid: string, kept: KeptPast, now: number): void;
  /** What is known; only its age for an object that was never seen. */
  of(object: KubeObject, now: number): ObjectPast;
  /** The object is gone, and all that is known of it. */
  forget(uid: string): void;
  /** Objects remembered. */
  readonly size: number;
}

interface Memory {
  readonly conditions?: ConditionHistory;
  readonly warnings?: WarningHistory;
  readonly outcomes?: Outcomes;
  readonly restarts?: readonly number[];
  /** Restarts by the Pod's uid and the container's name, as they were last counted. */
  readonly counts?: ReadonlyMap<string, Readonly<Record<string, number>>>;
}

/** Pods of one object whose counts are remembered; the longest unseen goes first. */
const mostPods = 64;

export interface PastKeeperOptions {
  /** Objects remembered, default 100,000; those longest without news are forgotten first. */
  readonly maxObjects?: number;
  /** Told of what was learnt by looking, never of what was restored. */
  readonly onNews?: (uid: string, news: News) => void;
}

/** An empty memory. */
export function createPastKeeper(options: PastKeeperOptions = {}): PastKeeper {
  const { maxObjects = 100_000, onNews = () => undefined } = options;
  const memories = new Map<string, Memory>();
  const keep = (uid: string, news: Memory) => {
    const memory = { ...memories.get(uid), ...news };
    memories.delete(uid);
    memories.set(uid, memory);
    for (const oldest of memories.keys()) {
      if (memories.size <= maxObjects) break;
      memories.delete(oldest);
    }
  };
  return {
    see(object, now) {
      const { uid } = object.metadata;
      if (uid === undefined) return;
      const before = memories.get(uid)?.conditions;
      const conditions = conditionHistory(before, object.status?.conditions ?? [], now);
      if (conditions === undefined) return;
      keep(uid, { conditions });
      const [last, was] = [conditions.spans.at(-1), before?.spans.at(-1)];
      if (last !== undefined && (last.from !== was?.from || last.to !== was.to)) onNews(uid, "happened");
    },
    seeRuns(uid, runs, now) {
      const present = outcomesOf(runs, now);
      const before = memories.get(uid)?.outcomes;
      const outcomes = before === undefined ? present : mergeOutcomes(before, present, now);
      keep(uid, { outcomes });
      const isNews = (times: (one: Outcomes) => readonly number[]) => adds(before && times(before), times(outcomes));
      if (isNews((one) => one.failedOperations) || isNews((one) => one.driftTimes)) onNews(uid, "happened");
      return outcomes;
    },
    seeEvent(uid, event, now) {
      if (event.type !== "Warning") return;
      const before = memories.get(uid)?.warnings ?? [];
      const about = event.regarding?.uid ?? "";
      const warnings = warningHistory(before, event, now, about === uid ? 0 : spread(about));
      keep(uid, { warnings });
      if (adds(before, warnings)) onNews(uid, "warned");
    },
    seeRestarts(uid, pod, containers, now) {
      const memory = memories.get(uid);
      const counts = new Map(memory?.counts);
      const before = { times: memory?.restarts ?? [], counts: counts.get(pod) ?? {} };
      const next = restartHistory(before, containers, now, (container) => spread(`${pod} ${container}`));
      counts.delete(pod);
      counts.set(pod, next.counts);
      for (const oldest of counts.keys()) {
        if (counts.size <= mostPods) break;
        counts.delete(oldest);
      }
      keep(uid, { restarts: next.times, counts });
      if (adds(before.times, next.times)) onNews(uid, "happened");
    },
    forgetPod(uid, pod) {
      const counts = new Map(memories.get(uid)?.counts);
      if (counts.delete(pod)) keep(uid, { counts });
    },
    outcomes: (uid) => memories.get(uid)?.outcomes,
    snapshot(uid) {
      const memory = memories.get(uid);
      return memory === undefined ? undefined : keptOf(memory);
    },
    restore(uid, kept, now) {
      const memory = memories.get(uid) ?? {};
      const { restarts, warnings, outcomes } = mergePasts(keptOf(memory), kept, now);
      const { conditions = historyOf([]) } = memory;
      keep(uid, {
        conditions: mergeConditions(conditions, historyOf(kept.notReady), now),
        restarts,
        warnings,
        ...(outcomes === undefined ? {} : { outcomes }),
      });
    },
    of: (object, now) => tell(object, memories.get(object.metadata.uid ?? "") ?? {}, now),
    forget: (uid) => void memories.delete(uid),
    get size() {
      return memories.size;
    },
  };
}

function keptOf({ conditions, restarts = [], warnings = [], outcomes }: Memory): KeptPast {
  return { notReady: conditions?.spans ?? [], restarts, warnings, ...(outcomes && { outcomes }) };
}

/** A number from 0 to 999, always the same for a text. */
const spread = (text: string): number => fnv1a(text) % 1000;

/** Whether `after` has a time that `before` had not. */
function adds(before: readonly number[] = [], after: readonly number[]): boolean {
  const known = new Set(before);
  return after.some((time) => !known.has(time));
}

/** Nothing that lies after `now` is told. */
function tell(object: KubeObject, { conditions, warnings, outcomes, restarts }: Memory, now: number): ObjectPast {
  const created = Date.parse(object.metadata.creationTimestamp ?? "");
  const until = (times: readonly number[]) => times.filter((time) => time <= now);
  return {
    ageSeconds: Number.isNaN(created) ? 0 : Math.max(0, (now - created) / 1000),
    notReady: (conditions?.spans ?? [])
      .filter(({ from }) => from <= now)
      .map(({ from, to }) => (to === undefined || to > now ? { from } : { from, to })),
    restarts: until(restarts ?? []),
    warnings: until(warnings ?? []),
    failedOperations: until(outcomes?.failedOperations ?? []),
  };
}

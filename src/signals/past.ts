// Remembers what was seen of every object, within bounds, and tells it in the shape that failure predictors take.
import type { BlueprintRun, Condition, Event, KubeObject } from "../api/index.ts";
import { type ConditionHistory, conditionHistory, type NotReadySpan } from "./condition-history.ts";
import { mergeOutcomes, type Outcomes, outcomesOf } from "./outcomes.ts";
import { type ContainerRestarts, type RestartHistory, restartHistory } from "./restart-history.ts";
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

/**
 * The memory of one process. It begins with what the objects themselves say (condition times, runs, events that are still kept) and grows by what is
 * seen; after a restart it begins anew.
 */
export interface PastKeeper {
  /** The object was seen: its conditions are taken note of. */
  see(object: ConditionedObject, now: number): void;
  /** A Blueprint's runs as they are now, all of them. */
  seeRuns(uid: string, runs: readonly BlueprintRun[], now: number): Outcomes;
  /** A warning about an object, known or not; other events are ignored. */
  seeEvent(event: Event, now: number): void;
  /** Containers of a Pod that belongs to the object. */
  seeRestarts(uid: string, pod: string, containers: readonly ContainerRestarts[], now: number): void;
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
  /** By the Pod's name. */
  readonly restarts?: ReadonlyMap<string, RestartHistory>;
}

/** Pods of one object whose restarts are remembered; the longest unseen goes first. */
const mostPods = 64;

/** At most `maxObjects` are remembered (default 100,000), those longest without news are forgotten first. */
export function createPastKeeper(options: { readonly maxObjects?: number } = {}): PastKeeper {
  const { maxObjects = 100_000 } = options;
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
      const conditions = conditionHistory(memories.get(uid)?.conditions, object.status?.conditions ?? [], now);
      if (conditions !== undefined) keep(uid, { conditions });
    },
    seeRuns(uid, runs, now) {
      const present = outcomesOf(runs, now);
      const before = memories.get(uid)?.outcomes;
      const outcomes = before === undefined ? present : mergeOutcomes(before, present, now);
      keep(uid, { outcomes });
      return outcomes;
    },
    seeEvent(event, now) {
      const uid = event.regarding?.uid;
      if (uid === undefined || uid === "" || event.type !== "Warning") return;
      keep(uid, { warnings: warningHistory(memories.get(uid)?.warnings ?? [], event, now) });
    },
    seeRestarts(uid, pod, containers, now) {
      const restarts = new Map(memories.get(uid)?.restarts);
      const next = restartHistory(restarts.get(pod), containers, now);
      restarts.delete(pod);
      restarts.set(pod, next);
      for (const oldest of restarts.keys()) {
        if (restarts.size <= mostPods) break;
        restarts.delete(oldest);
      }
      keep(uid, { restarts });
    },
    of: (object, now) => tell(object, memories.get(object.metadata.uid ?? "") ?? {}, now),
    forget: (uid) => void memories.delete(uid),
    get size() {
      return memories.size;
    },
  };
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
    restarts: until([...(restarts?.values() ?? [])].flatMap(({ times }) => times).toSorted((a, b) => a - b)),
    warnings: until(warnings ?? []),
    failedOperations: until(outcomes?.failedOperations ?? []),
  };
}

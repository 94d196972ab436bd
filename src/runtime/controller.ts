// One controller: a cache, a queue, workers, and the order in which a pass happens.
import type { KubeObject } from "../api/object.ts";
import type { Informer } from "./cache.ts";
import type { Reconcile } from "./reconcile.ts";
import type { Predicate, Trigger } from "./trigger.ts";

/** How one kind is reconciled. Durations in milliseconds. */
export interface ControllerOptions<T extends KubeObject, D extends object = object> {
  /** Lower case; the `controller` label of metrics and the `controller` field of logs. */
  readonly name: string;
  /** The kind's own cache, from `manager.cache(type)`. */
  readonly cache: Informer<T>;
  readonly reconcile: Reconcile<T, D>;
  /** Spread into the context of each pass. */
  readonly deps: D;
  /** Passes at once. Default 4. */
  readonly concurrency?: number;
  /** A pass's signal aborts after this. Default 60,000. */
  readonly timeoutMs?: number;
  /** Server-side apply's name for what this controller owns. Default `dharma-NAME`. */
  readonly fieldManager?: string;
  /** Status fields that others write, left out of the comparison. Default `["health"]`. */
  readonly foreignStatusFields?: readonly string[];
  /** Which changes of the own kind matter. Default `meaningfulChange` (predicate.ts). */
  readonly predicate?: Predicate<T>;
  readonly triggers?: readonly Trigger[];
  /** Each object is looked at again after this, with 10 % jitter. Default 10 h. */
  readonly resyncMs?: number;
  /** Who holds the objects: by shard (default), only the leader, or every replica. */
  readonly scope?: "sharded" | "leader" | "everyReplica";
  /** Called when an object is gone, so that per-object state kept outside shrinks too. Must not throw. */
  readonly onGone?: (object: T) => void;
}

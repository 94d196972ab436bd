// The shape of a controller: one async function from an object to its status and the next wake-up.
import type { KubeObject, ObjectKey } from "../api/object.ts";
import type { Clock, Random } from "../kube/clock.ts";
import type { Kube } from "../kube/kube.ts";
import type { ObjectEvents } from "./events.ts";
import type { Logger } from "./log.ts";

/** The status type of a kind. */
export type StatusOf<T> = T extends { readonly status?: infer S } ? NonNullable<S> : never;

/** What one pass may use. Everything a controller needs beyond this comes from its `deps`. */
export interface ReconcileContext {
  readonly key: ObjectKey;
  /** Aborts at the reconcile timeout, at shutdown, and when this replica loses the object's lease. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly random: Random;
  /** Carries controller, namespace, name and pass id on every line. */
  readonly log: Logger;
  /** Events about this object. */
  readonly events: ObjectEvents;
  /**
   * The API server, fenced: a write throws `Fenced` when this replica no longer holds the object. What it writes is
   * remembered: the next pass of this key starts only when the caches known to the manager have seen it.
   */
  readonly kube: Kube;
}

export interface ReconcileResult<T> {
  /**
   * The whole of what this controller says in `status`; applied by server-side apply with the controller's own field
   * manager, once, and only if it differs. Absent: status is left as it is. `lastTransitionTime` of a condition whose
   * status did not change is kept by the runtime.
   */
  readonly status?: StatusOf<T> | undefined;
  /** Milliseconds until the next pass; absent: when something changes. */
  readonly requeueAfter?: number | undefined;
}

/**
 * One pass over one object, as the cache has it; never run twice at once for one key. Objects being deleted arrive with
 * `metadata.deletionTimestamp`; objects that are gone do not arrive. `D` is what the controller was given as `deps`.
 * Throw a ReconcileOutcome (outcome.ts) to say what to do about a failure; any other throw is retried with backoff.
 */
export type Reconcile<T extends KubeObject, D extends object = object> = (
  object: T,
  ctx: ReconcileContext & D,
) => Promise<ReconcileResult<T>>;

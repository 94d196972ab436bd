// One pass over one object: claim, see one's own writes, reconcile, apply the status. Whatever goes wrong becomes an outcome.
import type { KubeObject } from "../api/object.ts";
import type { Clock, Random } from "../kube/clock.ts";
import type { Kube } from "../kube/kube.ts";
import { type Informer, parseStoreKey } from "./cache.ts";
import type { EventRecorder, ObjectEvents } from "./events.ts";
import { Fenced } from "./fence.ts";
import { fencedKube } from "./fenced-kube.ts";
import type { Logger } from "./log.ts";
import { ReconcileOutcome } from "./outcome.ts";
import type { OwnWrites } from "./own-writes.ts";
import type { Claim, Ownership } from "./ownership.ts";
import type { Reconcile } from "./reconcile.ts";
import type { StatusWriter } from "./status.ts";

/** How a pass ended. */
export type PassOutcome =
  | { readonly kind: "done"; readonly requeueAfter: number | undefined }
  | { readonly kind: "gone" }
  | { readonly kind: "notOurs" }
  /** Its own last writes are not in the cache yet. */
  | { readonly kind: "late" }
  /** The lease was lost or the process ends: nobody's failure. */
  | { readonly kind: "interrupted" }
  | { readonly kind: "retry"; readonly error: unknown; readonly afterMs: number | undefined }
  | { readonly kind: "waiting"; readonly error: ReconcileOutcome }
  | { readonly kind: "terminal"; readonly error: ReconcileOutcome }
  | { readonly kind: "timedOut"; readonly error: ReconcileTimeout }
  | { readonly kind: "defect"; readonly error: unknown };

/** The pass took longer than it may. */
export class ReconcileTimeout extends Error {
  constructor(timeoutMs: number) {
    super(`the pass did not end within ${timeoutMs / 1000} s; long work belongs into a run of its own`);
    this.name = "ReconcileTimeout";
  }
}

/** What all passes of a controller share. */
export interface PassParts<T extends KubeObject, D extends object> {
  readonly cache: Informer<T>;
  readonly reconcile: Reconcile<T, D>;
  readonly deps: D;
  readonly timeoutMs: number;
  /** The uid whose shard an object belongs to. */
  readonly shardUid: (object: T) => string;
  readonly kube: Kube;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly events: EventRecorder;
  readonly ownership: Ownership;
  readonly writes: OwnWrites;
  readonly status: StatusWriter<T>;
}

/** A worker is not held longer than this by a cache that lags behind. */
const patienceMs = 1000;

/** Never rejects. `stop` aborts passes in flight. */
export async function runPass<T extends KubeObject, D extends object>(
  parts: PassParts<T, D>,
  key: string,
  log: Logger,
  stop: AbortSignal,
): Promise<PassOutcome> {
  const first = parts.cache.getByKey(key);
  if (first === undefined) return { kind: "gone" };
  const { uid } = first.metadata;
  const claim = parts.ownership.claim(parts.shardUid(first));
  if (claim === undefined) return { kind: "notOurs" };
  const limit = limitPass(parts.clock, parts.timeoutMs, [claim.signal, stop]);
  try {
    if ((await parts.writes.caughtUp(key, patienceMs, limit.signal)) === "late") {
      return limit.interrupted ? { kind: "interrupted" } : { kind: "late" };
    }
    const object = parts.cache.getByKey(key);
    if (object === undefined || object.metadata.uid !== uid) return { kind: "gone" };
    return { kind: "done", requeueAfter: await reconcileOnce(parts, key, object, claim, limit.signal, log) };
  } catch (error) {
    if (limit.timedOut) return { kind: "timedOut", error: limit.timedOut };
    if (limit.interrupted || error instanceof Fenced) return { kind: "interrupted" };
    return failure(error);
  } finally {
    await limit.end();
    claim.release();
  }
}

async function reconcileOnce<T extends KubeObject, D extends object>(
  parts: PassParts<T, D>,
  key: string,
  object: T,
  claim: Claim,
  signal: AbortSignal,
  log: Logger,
): Promise<number | undefined> {
  const kube = fencedKube(parts.kube, claim, (type, written) => parts.writes.note(key, type, written));
  const result = await parts.reconcile(object, {
    ...parts.deps,
    key: parseStoreKey(key),
    signal,
    clock: parts.clock,
    random: parts.random,
    log,
    events: aboutObject(parts.events, object),
    kube,
  });
  signal.throwIfAborted();
  if (result.status !== undefined) await parts.status.write(kube, object, result.status, signal);
  return result.requeueAfter;
}

/** Sorts what was thrown: our own outcomes, failures of the world, defects of the program. */
export function failure(error: unknown): PassOutcome {
  if (error instanceof ReconcileOutcome) {
    if (error.kind === "retry") return { kind: "retry", error, afterMs: error.afterMs };
    return error.kind === "terminal" ? { kind: "terminal", error } : { kind: "waiting", error };
  }
  const isDefect =
    !(error instanceof Error) ||
    error instanceof TypeError ||
    error instanceof ReferenceError ||
    error instanceof RangeError ||
    error instanceof SyntaxError;
  return isDefect ? { kind: "defect", error } : { kind: "retry", error, afterMs: undefined };
}

function aboutObject(events: EventRecorder, object: KubeObject): ObjectEvents {
  return {
    normal: (reason, action, note) => events.record(object, { type: "Normal", reason, action, note }),
    warning: (reason, action, note) => events.record(object, { type: "Warning", reason, action, note }),
  };
}

/** What the timer of a pass that ended in time is aborted with; making an error for each would cost more than the timer. */
const inTime = new Error("the pass ended in time");

function limitPass(clock: Clock, timeoutMs: number, stops: readonly AbortSignal[]) {
  const pass = new AbortController();
  const timer = new AbortController();
  const state: { timedOut: ReconcileTimeout | undefined; interrupted: boolean } = {
    timedOut: undefined,
    interrupted: false,
  };
  const listeners = stops.map((stop) => {
    const listener = () => {
      if (pass.signal.aborted) return;
      state.interrupted = true;
      pass.abort(stop.reason);
    };
    if (stop.aborted) listener();
    else stop.addEventListener("abort", listener, { once: true });
    return () => stop.removeEventListener("abort", listener);
  });
  const watch = async (): Promise<void> => {
    try {
      await clock.sleep(timeoutMs, timer.signal);
    } catch {
      return; // the pass ended in time
    }
    if (pass.signal.aborted) return;
    state.timedOut = new ReconcileTimeout(timeoutMs);
    pass.abort(state.timedOut);
  };
  const timing = watch();
  return {
    signal: pass.signal,
    get timedOut() {
      return state.timedOut;
    },
    get interrupted() {
      return state.interrupted;
    },
    end: async () => {
      for (const remove of listeners) remove();
      timer.abort(inTime);
      await timing;
    },
  };
}

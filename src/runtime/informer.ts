// A store and the reflector that fills it.
import type { KubeObject, ObjectKey, ResourceType } from "../api/object.ts";
import { withDeadline } from "../kube/index.ts";
import type { Clock, Kube, Random, Selection } from "../kube/index.ts";
import { CacheSyncTimeout } from "./cache.ts";
import type { ChangeHandler, IndexFunction, Informer, InformerHealth } from "./cache.ts";
import type { Interner } from "./interner.ts";
import type { Pace } from "./pace.ts";
import { runReflector } from "./reflector.ts";
import { slim } from "./slim.ts";
import { ObjectStore } from "./store.ts";

export interface InformerParts {
  readonly kube: Kube;
  readonly clock: Clock;
  readonly random: Random;
  readonly interner: Interner;
  readonly pace: Pace;
  /** The life of the informer. */
  readonly signal: AbortSignal;
  readonly report: (error: unknown) => void;
  readonly idleMs: number;
  readonly syncTimeoutMs: number;
}

export class FollowingInformer<T extends KubeObject> implements Informer<T> {
  readonly type: ResourceType<T>;
  readonly selection: Selection;
  private readonly parts: InformerParts;
  private readonly store: ObjectStore<T>;
  private present: InformerHealth = { phase: "init", lastError: undefined, lastContact: undefined };

  constructor(
    type: ResourceType<T>,
    selection: Selection,
    parts: InformerParts,
    reduce: (object: T) => T = (object) => object,
  ) {
    this.type = type;
    this.selection = selection;
    this.parts = parts;
    this.store = new ObjectStore({
      what: type.plural,
      pace: parts.pace,
      transform: (object) => slim(reduce(object), parts.interner),
      report: parts.report,
    });
  }

  /** Resolves when the informer's life is over. */
  async run(): Promise<void> {
    const { kube, clock, random, pace, signal, idleMs } = this.parts;
    try {
      await runReflector({
        kube,
        type: this.type,
        selection: this.selection,
        store: this.store,
        clock,
        random,
        pace,
        signal,
        idleMs,
        onState: (state, contact) => {
          const healthy = contact === "heard" && state.kind === "watching";
          this.present = {
            phase: state.kind,
            lastError: healthy ? undefined : this.present.lastError,
            lastContact: contact === "heard" ? clock.monotonic() : this.present.lastContact,
          };
        },
        report: (error) => {
          this.present = { ...this.present, lastError: error };
          this.parts.report(error);
        },
      });
    } finally {
      this.present = { ...this.present, phase: "stopped" };
      this.store.close(signal.reason);
    }
  }

  get health(): InformerHealth {
    return this.present;
  }

  get size(): number {
    return this.store.size;
  }

  get hasSynced(): boolean {
    return this.store.hasSynced;
  }

  get(key: ObjectKey): T | undefined {
    return this.store.get(key);
  }

  getByKey(key: string): T | undefined {
    return this.store.getByKey(key);
  }

  list(namespace?: string): readonly T[] {
    return this.store.list(namespace);
  }

  byIndex(index: string, value: string): readonly T[] {
    return this.store.byIndex(index, value);
  }

  addIndex(name: string, values: IndexFunction<T>): void {
    this.store.addIndex(name, values);
  }

  subscribe(handler: ChangeHandler<T>, signal: AbortSignal): void {
    this.store.subscribe(handler, signal);
  }

  waitForVersion(key: ObjectKey, resourceVersion: string, signal: AbortSignal): Promise<T | undefined> {
    return this.store.waitForVersion(key, resourceVersion, signal);
  }

  async synced(signal: AbortSignal): Promise<void> {
    const { clock, syncTimeoutMs } = this.parts;
    if (this.store.hasSynced) return;
    const late = () => new CacheSyncTimeout(this.type.plural, syncTimeoutMs, this.present.lastError);
    const either = AbortSignal.any([signal, this.parts.signal]);
    await withDeadline(clock, syncTimeoutMs, either, late, (deadline) => untilAborted(this.store.whenSynced, deadline));
  }
}

async function untilAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

// The contract of the cache side of the runtime: what controllers read instead of asking the API server.
import type { KubeObject, ObjectKey, ResourceType } from "../api/object.ts";
import type { Selection } from "../kube/index.ts";

/**
 * One difference between what the store held and what it holds now.
 * `initial` is true for what the first list brought and for what a new subscriber is told about the present: work that
 * can wait behind news. A relist tells only real differences (another resourceVersion, a deletion).
 */
export type Change<T> =
  | {
      readonly kind: "added";
      readonly key: string;
      readonly old: undefined;
      readonly new: T;
      readonly initial: boolean;
    }
  | { readonly kind: "modified"; readonly key: string; readonly old: T; readonly new: T; readonly initial: boolean }
  | {
      readonly kind: "deleted";
      readonly key: string;
      readonly old: T;
      readonly new: undefined;
      readonly initial: false;
    };

/**
 * Called synchronously, in order, after the store holds the change. One that throws is reported and costs nobody else.
 * A deletion's `old` is the last state known.
 */
export type ChangeHandler<T> = (change: Change<T>) => void;

/** The values of an index under which `object` is found. */
export type IndexFunction<T> = (object: T) => readonly string[];

/** Reads from memory. Objects are shared: readonly by type, never to be changed. */
export interface ObjectReader<T extends KubeObject> {
  get(key: ObjectKey): T | undefined;
  /** By the text of storeKey(): "namespace/name", or "name" where there is no namespace. */
  getByKey(key: string): T | undefined;
  /** A snapshot; of one namespace when named. */
  list(namespace?: string): readonly T[];
  /** Throws for an index nobody defined. */
  byIndex(index: string, value: string): readonly T[];
  readonly size: number;
  /** True once the first whole state is in and every subscriber of that time has been told. */
  readonly hasSynced: boolean;
  /**
   * Resolves with the object (undefined: deleted since) once the store is at least as new as `resourceVersion` for this
   * key, so that a reader sees its own write. Versions compare as integers where they are integers (KEP-5504), else only
   * by equality. Rejects with the signal's reason: give it a timeout, since a server restored from a backup may never
   * reach that version.
   */
  waitForVersion(key: ObjectKey, resourceVersion: string, signal: AbortSignal): Promise<T | undefined>;
}

/** What an informer is doing, for probes and logs. */
export interface InformerHealth {
  readonly phase: "init" | "listing" | "streaming" | "watching" | "probing" | "backoff" | "stopped";
  /** The last failure since the last good whole state or event; undefined while all is well. */
  readonly lastError: unknown;
  /** Clock.monotonic() of the last sign of life from the server; undefined before the first. */
  readonly lastContact: number | undefined;
}

/** A store that follows the API server. */
export interface Informer<T extends KubeObject> extends ObjectReader<T> {
  readonly type: ResourceType<T>;
  readonly selection: Selection;
  readonly health: InformerHealth;
  /** Tells the present first (`initial`), then every change, until `signal` aborts. */
  subscribe(handler: ChangeHandler<T>, signal: AbortSignal): void;
  /** Resolves when hasSynced; rejects with the signal's reason, or CacheSyncTimeout after the cache-sync timeout (2 min). */
  synced(signal: AbortSignal): Promise<void>;
}

export interface InformerOptions<T extends KubeObject> extends Selection {
  /** The reference: the informer lives until every holder's signal (or the factory's own) has aborted. */
  readonly signal: AbortSignal;
  /** Added to the shared store. The same name must mean the same function for everybody. */
  readonly indexes?: Readonly<Record<string, IndexFunction<T>>>;
  /**
   * What is kept of each object, where the whole of many would be too much; name, namespace, uid and resourceVersion have to stay.
   * Whoever asks for a type and selection first decides for everybody.
   */
  readonly reduce?: (object: T) => T;
}

/** Hands out one shared informer for each type and selection. Stops all of them when its own signal aborts. */
export interface Informers {
  /** Starts it when it is the first reference. Starting a stopped one begins afresh. */
  informer<T extends KubeObject>(type: ResourceType<T>, options: InformerOptions<T>): Informer<T>;
  /** Every informer alive now, for probes and metrics. */
  all(): readonly Informer<KubeObject>[];
  /** Resolves when the owner's signal has aborted and every reflector has ended. */
  readonly closed: Promise<void>;
}

/** The first whole state did not come in time; the cause is the last failure. Retry, or ask for rights when it is forbidden. */
export class CacheSyncTimeout extends Error {
  constructor(what: string, timeoutMs: number, cause: unknown) {
    const why = cause instanceof Error ? cause.message : "no answer from the API server";
    super(`the cache of ${what} did not fill within ${timeoutMs / 1000} s: ${why}`, { cause });
    this.name = "CacheSyncTimeout";
  }
}

/** The key of an object in stores and queues: "namespace/name", or "name" for cluster-scoped objects. */
export function storeKey(key: ObjectKey): string {
  return key.namespace === undefined || key.namespace === "" ? key.name : `${key.namespace}/${key.name}`;
}

/** The inverse of storeKey. Names never hold a slash. */
export function parseStoreKey(key: string): ObjectKey {
  const slash = key.indexOf("/");
  return slash < 0 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

// The contract between everything above and the API server: ten verbs, typed errors, every call abortable.
import type { KubeObject, ObjectKey, ResourceType } from "../api/object.ts";

/**
 * What every call takes. Calls reject with the signal's reason when it aborts.
 * Verbs that are safe to repeat (get, list, update, apply, merge patch, delete) are retried on 429, 5xx and lost
 * connections with jittered backoff and Retry-After; create, post and JSON patch only when the server certainly did not act.
 */
export interface CallOptions {
  readonly signal: AbortSignal;
  /** For the whole call with its retries, in milliseconds. Default 30,000 (list 60,000); watches have `idleMs` instead. */
  readonly timeoutMs?: number;
  /** "none" fails at the first failure, for callers with a backoff of their own. Default "safe". */
  readonly retry?: "none" | "safe";
}

export interface Selection {
  /** Absent: all namespaces. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Ask for PartialObjectMetadata: objects then carry metadata only, with the type's own apiVersion and kind. */
  readonly metadataOnly?: true;
}

export interface ListOptions extends CallOptions, Selection {
  readonly limit?: number;
  readonly continueToken?: string;
  readonly resourceVersion?: string;
  readonly resourceVersionMatch?: "Exact" | "NotOlderThan";
}

/** One page of a list. Items carry apiVersion and kind even though the server leaves them out. */
export interface ListPage<T> {
  readonly items: readonly T[];
  readonly resourceVersion: string;
  readonly continueToken?: string;
  readonly remainingItemCount?: number;
}

/** Bookmarks are always asked for. */
export interface WatchOptions extends Selection {
  readonly signal: AbortSignal;
  readonly resourceVersion?: string;
  /** WatchList: the present state as `added` events, then a bookmark with `initialEventsEnd`. `invalid` where unsupported. */
  readonly sendInitialEvents?: boolean;
  readonly timeoutSeconds?: number;
  /** Silence, in milliseconds, after which the stream is taken for dead: KubeError `timeout`. Default 90,000. */
  readonly idleMs?: number;
}

export type WatchEvent<T> =
  | { readonly kind: "added" | "modified" | "deleted"; readonly object: T }
  | { readonly kind: "bookmark"; readonly resourceVersion: string; readonly initialEventsEnd: boolean };

export interface ApplyOptions extends CallOptions {
  readonly fieldManager: string;
  /** Take over fields another manager owns. Default true: a controller is the authority on its own fields. */
  readonly force?: boolean;
  readonly subresource?: "status";
  readonly dryRun?: boolean;
}

export interface WriteOptions extends CallOptions {
  readonly subresource?: string;
  readonly fieldManager?: string;
  readonly dryRun?: boolean;
}

export interface DeleteOptions extends CallOptions {
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly propagation?: "Foreground" | "Background" | "Orphan";
  readonly gracePeriodSeconds?: number;
  readonly dryRun?: boolean;
}

export type Patch =
  | { readonly kind: "merge"; readonly body: object }
  | { readonly kind: "json"; readonly body: readonly object[] };

/** The API server. Rejects with KubeError (errors.ts) for every answer that is not a success. */
export interface Kube {
  get<T extends KubeObject>(type: ResourceType<T>, key: ObjectKey, options: CallOptions): Promise<T>;
  list<T extends KubeObject>(type: ResourceType<T>, options: ListOptions): Promise<ListPage<T>>;
  /**
   * Ends when the server ends the stream; throws KubeError for an ERROR event (410 is `gone`), `malformed` for torn JSON,
   * `timeout` for a dead stream and `unreachable` for a broken one. Events already read are always handed out first.
   */
  watch<T extends KubeObject>(type: ResourceType<T>, options: WatchOptions): AsyncIterable<WatchEvent<T>>;
  create<T extends KubeObject>(type: ResourceType<T>, object: T, options: WriteOptions): Promise<T>;
  /** PUT; with metadata.resourceVersion it is a compare-and-swap. */
  update<T extends KubeObject>(type: ResourceType<T>, object: T, options: WriteOptions): Promise<T>;
  /** Server-side apply of a partial object. */
  apply<T extends KubeObject>(type: ResourceType<T>, object: KubeObject & object, options: ApplyOptions): Promise<T>;
  patch<T extends KubeObject>(type: ResourceType<T>, key: ObjectKey, patch: Patch, options: WriteOptions): Promise<T>;
  /** A repeat that finds nothing, after an attempt whose answer was lost, is a success. */
  delete(type: ResourceType, key: ObjectKey, options: DeleteOptions): Promise<void>;
  /** POST to a subresource (eviction, token) or a review kind; the answer is the server's JSON. */
  post(path: string, body: object, options: CallOptions): Promise<unknown>;
  /** GET of any path, for discovery, /version, /openapi. Answers that are not JSON come back as a string. */
  getPath(path: string, options: CallOptions): Promise<unknown>;
}

// The contract between everything above and the API server: ten verbs, typed errors, every call abortable.
import type { KubeObject, ObjectKey, ResourceType } from "../api/object.ts";

/** What every call takes. Calls reject with the signal's reason when it aborts. */
export interface CallOptions {
  readonly signal: AbortSignal;
}

export interface Selection {
  /** Absent: all namespaces. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
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

export interface WatchOptions extends CallOptions, Selection {
  readonly resourceVersion?: string;
  readonly sendInitialEvents?: boolean;
  readonly timeoutSeconds?: number;
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
}

export type Patch =
  | { readonly kind: "merge"; readonly body: object }
  | { readonly kind: "json"; readonly body: readonly object[] };

/** The API server. Rejects with KubeError (errors.ts) for every answer that is not a success. */
export interface Kube {
  get<T extends KubeObject>(type: ResourceType<T>, key: ObjectKey, options: CallOptions): Promise<T>;
  list<T extends KubeObject>(type: ResourceType<T>, options: ListOptions): Promise<ListPage<T>>;
  /** Ends when the server ends the stream; throws KubeError for an ERROR event (410 is `gone`). */
  watch<T extends KubeObject>(type: ResourceType<T>, options: WatchOptions): AsyncIterable<WatchEvent<T>>;
  create<T extends KubeObject>(type: ResourceType<T>, object: T, options: WriteOptions): Promise<T>;
  /** PUT; with metadata.resourceVersion it is a compare-and-swap. */
  update<T extends KubeObject>(type: ResourceType<T>, object: T, options: WriteOptions): Promise<T>;
  /** Server-side apply of a partial object. */
  apply<T extends KubeObject>(type: ResourceType<T>, object: KubeObject & object, options: ApplyOptions): Promise<T>;
  patch<T extends KubeObject>(type: ResourceType<T>, key: ObjectKey, patch: Patch, options: WriteOptions): Promise<T>;
  delete(type: ResourceType, key: ObjectKey, options: DeleteOptions): Promise<void>;
  /** POST to a subresource (eviction, token) or a review kind; the answer is the server's JSON. */
  post(path: string, body: object, options: CallOptions): Promise<unknown>;
  /** GET of any path, for discovery, /version, /openapi. */
  getPath(path: string, options: CallOptions): Promise<unknown>;
}

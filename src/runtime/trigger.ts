// What makes a controller look at an object again: its own changes, those of what it owns or refers to, and calls.
import type { KubeObject, ObjectKey } from "../api/object.ts";
import { type Change, type Informer, storeKey } from "./cache.ts";

/** True when a change is worth a pass. Deletions and first appearances are normally let through. */
export type Predicate<T extends KubeObject> = (change: Change<T>) => boolean;

/** Keys of the controller's own kind that an object of another type concerns. Must not throw; bounded in number. */
export type Mapper<S extends KubeObject> = (object: S) => Iterable<ObjectKey>;

/** How a trigger asks for a pass. `initial`: part of a first list, so it can wait behind news. */
export type Enqueue = (key: ObjectKey, detail: { readonly initial: boolean; readonly afterMs: number }) => void;

/** A source of keys beside the controller's own kind. Made by `owned`, `mapped` and `called`. */
export interface Trigger {
  readonly name: string;
  /** Resolves when the trigger's view of the world is complete; the controller starts after that. */
  synced(signal: AbortSignal): Promise<void>;
  /** Calls `enqueue` until the signal aborts. */
  attach(enqueue: Enqueue, signal: AbortSignal): void;
}

/** Options of triggers that watch another type. */
export interface WatchTriggerOptions<S extends KubeObject> {
  readonly predicate?: Predicate<S>;
}

/** Passes for the owner of a changed object: owner references of `owner`'s kind and group, in the object's namespace. */
export function owned<S extends KubeObject>(
  cache: Informer<S>,
  owner: { readonly group: string; readonly kind: string; readonly namespaced: boolean },
  options: WatchTriggerOptions<S> = {},
): Trigger {
  return mapped(`owned:${cache.type.kind}`, cache, (object) => ownersOf(object, owner), options);
}

/** Passes for whatever `map` names when an object of another type changes; both sides of a modification are mapped. */
export function mapped<S extends KubeObject>(
  name: string,
  cache: Informer<S>,
  map: Mapper<S>,
  options: WatchTriggerOptions<S> = {},
): Trigger {
  return {
    name,
    synced: (signal) => cache.synced(signal),
    attach(enqueue, signal) {
      cache.subscribe((change) => {
        if (options.predicate && !options.predicate(change)) return;
        const detail = { initial: change.initial, afterMs: 0 };
        const seen = new Set<string>();
        for (const object of [change.old, change.new]) {
          if (object === undefined) continue;
          for (const key of map(object)) {
            const text = storeKey(key);
            if (seen.has(text)) continue;
            seen.add(text);
            enqueue(key, detail);
          }
        }
      }, signal);
    },
  };
}

/** One end of a channel trigger: whoever holds it may ask for a pass. */
export interface ReconcileChannel {
  /** Asks for a pass of `key` now, or after `afterMs`. Requests before the controller runs are kept, one a key. */
  request(key: ObjectKey, afterMs?: number): void;
  /** Called once, by the controller. */
  attach(enqueue: Enqueue, signal: AbortSignal): void;
}

/** Passes on request, from anywhere in the process. */
export function called(name: string, channel: ReconcileChannel): Trigger {
  return { name, synced: () => Promise.resolve(), attach: (enqueue, signal) => channel.attach(enqueue, signal) };
}

/** A channel that any part may use to ask for passes. */
export function createChannel(): ReconcileChannel {
  const early = new Map<string, { readonly key: ObjectKey; readonly afterMs: number }>();
  let sink: Enqueue | undefined;
  return {
    request(key, afterMs = 0) {
      if (sink) sink(key, { initial: false, afterMs });
      else early.set(storeKey(key), { key, afterMs });
    },
    attach(enqueue, signal) {
      if (sink) throw new Error("this channel already feeds a controller; make one channel for each");
      if (signal.aborted) return;
      sink = enqueue;
      signal.addEventListener("abort", () => (sink = undefined), { once: true });
      for (const { key, afterMs } of early.values()) enqueue(key, { initial: false, afterMs });
      early.clear();
    },
  };
}

/** Keys of the owners of `object` that are of the given kind. */
export function ownersOf(
  object: KubeObject,
  owner: { readonly group: string; readonly kind: string; readonly namespaced: boolean },
): ObjectKey[] {
  const namespace = owner.namespaced ? object.metadata.namespace : undefined;
  return (object.metadata.ownerReferences ?? [])
    .filter((ref) => ref.kind === owner.kind && groupOf(ref.apiVersion) === owner.group)
    .map((ref) => (namespace === undefined ? { name: ref.name } : { namespace, name: ref.name }));
}

function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf("/");
  return slash < 0 ? "" : apiVersion.slice(0, slash);
}

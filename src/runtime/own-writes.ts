// What passes wrote and caches have not shown yet, so that the next pass of a key sees its own work.
import type { KubeObject, ResourceType } from "../api/object.ts";
import type { Clock } from "../kube/clock.ts";
import { type ObjectReader, storeKey } from "./cache.ts";
import { keyOf } from "./fenced-kube.ts";

/** The cache that will show objects of this type and namespace; undefined when nothing here watches them. */
export type FindCache = (type: ResourceType, namespace: string | undefined) => ObjectReader<KubeObject> | undefined;

interface Pending {
  readonly cache: ObjectReader<KubeObject>;
  readonly object: KubeObject;
  readonly since: number;
}

/**
 * A server restored from a backup may never show a version again: after this long nobody waits any more. Longer than a
 * silent watch takes to be found dead (90 s), retried (30 s at most) and listed anew.
 */
const giveUpMs = 180_000;

/** Per key of the controller, its writes still unseen. Takes no memory for keys that wrote nothing. */
export class OwnWrites {
  readonly #clock: Clock;
  readonly #find: FindCache;
  readonly #pending = new Map<string, Map<string, Pending>>();

  constructor(clock: Clock, find: FindCache) {
    this.#clock = clock;
    this.#find = find;
  }

  /** Remembers that the pass of `key` wrote `object`. */
  note(key: string, type: ResourceType, object: KubeObject): void {
    const cache = this.#find(type, object.metadata.namespace);
    if (cache === undefined || object.metadata.resourceVersion === undefined) return;
    const writes = this.#pending.get(key) ?? new Map<string, Pending>();
    writes.set(`${type.group}/${type.plural}/${storeKey(keyOf(object))}`, {
      cache,
      object,
      since: this.#clock.monotonic(),
    });
    this.#pending.set(key, writes);
  }

  /**
   * `seen` when the caches show all that `key` wrote (or it was too long ago to go on waiting), `late` when they did not
   * within `patienceMs`: then the pass should come later rather than hold a worker.
   */
  async caughtUp(key: string, patienceMs: number, signal: AbortSignal): Promise<"seen" | "late"> {
    const writes = this.#pending.get(key);
    if (writes === undefined) return "seen";
    const deadline = new AbortController();
    const giveUp = () => deadline.abort(signal.reason);
    signal.addEventListener("abort", giveUp, { once: true });
    const patience = this.#clock.sleep(patienceMs, deadline.signal).then(
      () => deadline.abort(new Error("the cache is late")),
      () => {},
    );
    try {
      await Promise.all([...writes.values()].map((write) => this.#shown(write, deadline.signal)));
      this.#pending.delete(key);
      return "seen";
    } catch {
      return "late";
    } finally {
      signal.removeEventListener("abort", giveUp);
      deadline.abort();
      await patience;
    }
  }

  forget(key: string): void {
    this.#pending.delete(key);
  }

  async #shown({ cache, object, since }: Pending, signal: AbortSignal): Promise<void> {
    if (this.#clock.monotonic() - since > giveUpMs) return;
    await cache.waitForVersion(keyOf(object), object.metadata.resourceVersion ?? "", signal);
  }
}

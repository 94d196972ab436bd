// What passes wrote and caches have not shown yet, so that the next pass of a key sees its own work.
import type { KubeObject, ObjectKey, ResourceType } from "../api/object.ts";
import type { Clock } from "../kube/clock.ts";
import { type ObjectReader, storeKey } from "./cache.ts";
import { keyOf } from "./fenced-kube.ts";
import { includesVersion } from "./versions.ts";

/** The cache that will show objects of this type and namespace; undefined when nothing here watches them. */
export type FindCache = (type: ResourceType, namespace: string | undefined) => ObjectReader<KubeObject> | undefined;

/** Not the object itself: ten thousand of them, as the server answered, would be a hundred megabytes. */
interface Pending {
  readonly cache: ObjectReader<KubeObject>;
  readonly key: ObjectKey;
  readonly resourceVersion: string;
  readonly since: number;
}

/**
 * A server restored from a backup may never show a version again: after this long nobody waits any more. Longer than a
 * silent watch takes to be found dead (90 s), retried (30 s at most) and listed anew.
 */
const giveUpMs = 180_000;

/** What is seen by now is swept away when so many keys are remembered, and then each time there are twice as many. */
const firstSweep = 256;

/** What a wait that is over is aborted with; nobody reads it. */
const over = new Error("the wait is over");

/** Per key of the controller, its writes still unseen. Takes no memory for keys that wrote nothing. */
export class OwnWrites {
  readonly #clock: Clock;
  readonly #find: FindCache;
  readonly #pending = new Map<string, Map<string, Pending>>();
  #sweepAt = firstSweep;

  constructor(clock: Clock, find: FindCache) {
    this.#clock = clock;
    this.#find = find;
  }

  /** Remembers that the pass of `key` wrote `object`. */
  note(key: string, type: ResourceType, object: KubeObject): void {
    const cache = this.#find(type, object.metadata.namespace);
    const { resourceVersion } = object.metadata;
    if (cache === undefined || resourceVersion === undefined) return;
    const writes = this.#pending.get(key) ?? new Map<string, Pending>();
    const written = keyOf(object);
    writes.set(`${type.group}/${type.plural}/${storeKey(written)}`, {
      cache,
      key: written,
      resourceVersion,
      since: this.#clock.monotonic(),
    });
    this.#pending.set(key, writes);
    if (this.#pending.size >= this.#sweepAt) this.#sweep();
  }

  /** Keys with writes that nobody has found in a cache yet, as far as it was looked. */
  get size(): number {
    return this.#pending.size;
  }

  /**
   * `seen` when the caches show all that `key` wrote (or it was too long ago to go on waiting), `late` when they did not
   * within `patienceMs`: then the pass should come later rather than hold a worker.
   */
  async caughtUp(key: string, patienceMs: number, signal: AbortSignal): Promise<"seen" | "late"> {
    const writes = this.#pending.get(key);
    if (writes === undefined) return "seen";
    const unseen = [...writes.values()].filter((write) => !this.#isSettled(write));
    if (unseen.length === 0) {
      this.#pending.delete(key);
      return "seen";
    }
    const deadline = new AbortController();
    const giveUp = () => deadline.abort(signal.reason);
    signal.addEventListener("abort", giveUp, { once: true });
    const patience = this.#clock.sleep(patienceMs, deadline.signal).then(
      () => deadline.abort(new Error("the cache is late")),
      () => {},
    );
    try {
      await Promise.all(
        unseen.map(({ cache, key: written, resourceVersion }) =>
          cache.waitForVersion(written, resourceVersion, deadline.signal),
        ),
      );
      this.#pending.delete(key);
      return "seen";
    } catch {
      return "late";
    } finally {
      signal.removeEventListener("abort", giveUp);
      deadline.abort(over);
      await patience;
    }
  }

  forget(key: string): void {
    this.#pending.delete(key);
  }

  /** Seen in the cache, or so long ago that nobody waits any more. Undecided for what was deleted: a wait tells. */
  #isSettled({ cache, key, resourceVersion, since }: Pending): boolean {
    if (this.#clock.monotonic() - since > giveUpMs) return true;
    const held = cache.get(key)?.metadata.resourceVersion;
    return held !== undefined && includesVersion(held, resourceVersion);
  }

  #sweep(): void {
    for (const [key, writes] of this.#pending)
      if ([...writes.values()].every((write) => this.#isSettled(write))) this.#pending.delete(key);
    this.#sweepAt = Math.max(firstSweep, this.#pending.size * 2);
  }
}

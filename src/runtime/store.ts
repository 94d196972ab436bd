// The objects of one informer in memory: keyed, indexed, told to subscribers. Written by one reflector only.
import type { KubeObject, ObjectKey } from "../api/object.ts";
import { storeKey } from "./cache.ts";
import type { Change, ChangeHandler, IndexFunction, ObjectReader } from "./cache.ts";
import type { Pace } from "./pace.ts";
import { StoreIndex } from "./store-index.ts";
import { VersionWaiters } from "./version-waiters.ts";

export interface StoreOptions<T> {
  /** For messages: "blueprints". */
  readonly what: string;
  readonly pace: Pace;
  /** Prepares an object that nobody else holds (slim.ts). */
  readonly transform: (object: T) => T;
  /** A handler or an index function threw; the message names which. */
  readonly report: (error: unknown) => void;
}

export class ObjectStore<T extends KubeObject> implements ObjectReader<T> {
  private readonly options: StoreOptions<T>;
  private objects = new Map<string, T>();
  private staged = new Map<string, T>();
  private readonly indexes = new Map<string, StoreIndex<T>>();
  private readonly subscribers = new Set<ChangeHandler<T>>();
  private readonly waiters = new VersionWaiters();
  private version: string | undefined;
  private readonly firstSync = Promise.withResolvers<void>();
  private isSynced = false;

  constructor(options: StoreOptions<T>) {
    this.options = options;
  }

  get(key: ObjectKey): T | undefined {
    return this.objects.get(storeKey(key));
  }

  getByKey(key: string): T | undefined {
    return this.objects.get(key);
  }

  list(namespace?: string): readonly T[] {
    const all = [...this.objects.values()];
    return namespace === undefined ? all : all.filter((each) => each.metadata.namespace === namespace);
  }

  byIndex(index: string, value: string): readonly T[] {
    const found = this.indexes.get(index);
    if (found === undefined)
      throw new Error(`the cache of ${this.options.what} has no index "${index}": name it in the informer's options`);
    return found.find(value);
  }

  get size(): number {
    return this.objects.size;
  }

  get hasSynced(): boolean {
    return this.isSynced;
  }

  /** Resolves with the first commit; never rejects. */
  get whenSynced(): Promise<void> {
    return this.firstSync.promise;
  }

  async waitForVersion(key: ObjectKey, resourceVersion: string, signal: AbortSignal): Promise<T | undefined> {
    const name = storeKey(key);
    const held = this.objects.get(name)?.metadata.resourceVersion;
    await this.waiters.wait({ key: name, resourceVersion, seen: [held, this.version], signal });
    return this.objects.get(name);
  }

  /** Throws when the name is taken by another function. */
  addIndex(name: string, values: IndexFunction<T>): void {
    const known = this.indexes.get(name);
    if (known?.isBy(values)) return;
    if (known !== undefined)
      throw new Error(
        `the index "${name}" of the cache of ${this.options.what} is defined already by another function: share one`,
      );
    const index = new StoreIndex(values, (error) => this.fail(`the index "${name}"`, error));
    for (const [key, object] of this.objects) index.put(key, undefined, object);
    this.indexes.set(name, index);
  }

  subscribe(handler: ChangeHandler<T>, signal: AbortSignal): void {
    if (signal.aborted) return;
    // Wrapped, so that one handler subscribed twice is two subscriptions.
    const subscriber: ChangeHandler<T> = (change) => handler(change);
    for (const [key, object] of this.objects)
      this.tell(subscriber, { kind: "added", key, old: undefined, new: object, initial: true });
    this.subscribers.add(subscriber);
    signal.addEventListener("abort", () => this.subscribers.delete(subscriber), { once: true });
  }

  /** Forgets what was staged. */
  discard(): void {
    this.staged = new Map();
  }

  /** Keeps objects of a whole state that is still coming in; readers do not see them yet. */
  async stage(objects: readonly T[]): Promise<void> {
    for (const object of objects) {
      const slimmed = this.options.transform(object);
      this.staged.set(storeKey(slimmed.metadata), slimmed);
      if (this.options.pace.due()) await this.options.pace.breathe();
    }
  }

  unstage(object: T): void {
    this.staged.delete(storeKey(object.metadata));
  }

  /** Swaps the staged state in at once, as of `resourceVersion`, then tells the differences. */
  async commit(resourceVersion: string): Promise<void> {
    const { pace } = this.options;
    const next = this.staged;
    this.staged = new Map();
    const changes = await this.difference(next);
    const rebuilt = new Map<string, StoreIndex<T>>();
    for (const [name, index] of this.indexes) rebuilt.set(name, index.fresh());
    for (const [key, object] of next) {
      for (const index of rebuilt.values()) index.put(key, undefined, object);
      if (pace.due()) await pace.breathe();
    }

    // From here to the first await everything changes together.
    this.objects = next;
    for (const [name, index] of this.indexes) {
      const whole = rebuilt.get(name) ?? index.fresh();
      if (!rebuilt.has(name)) for (const [key, object] of next) whole.put(key, undefined, object); // added meanwhile
      this.indexes.set(name, whole);
    }
    this.version = resourceVersion;
    this.waiters.advance(resourceVersion);
    const audience = [...this.subscribers]; // later ones were told the new state when they came

    for (const change of changes) {
      for (const subscriber of audience) if (this.subscribers.has(subscriber)) this.tell(subscriber, change);
      if (pace.due()) await pace.breathe();
    }
    if (!this.isSynced) {
      this.isSynced = true;
      this.firstSync.resolve();
    }
  }

  /** An object was added or changed. One that is held in this version already is no news. */
  put(object: T): void {
    const fresh = this.options.transform(object);
    const key = storeKey(fresh.metadata);
    const old = this.objects.get(key);
    if (old !== undefined && sameState(old, fresh)) return this.advance(fresh.metadata.resourceVersion ?? "");
    this.objects.set(key, fresh);
    for (const index of this.indexes.values()) index.put(key, old, fresh);
    const replaced = old !== undefined && old.metadata.uid !== fresh.metadata.uid;
    if (replaced) this.announce({ kind: "deleted", key, old, new: undefined, initial: false });
    if (old === undefined || replaced)
      this.announce({ kind: "added", key, old: undefined, new: fresh, initial: false });
    else this.announce({ kind: "modified", key, old, new: fresh, initial: false });
    this.advance(fresh.metadata.resourceVersion ?? "", key);
  }

  /** An object is gone; `object` is its last state. */
  remove(object: T): void {
    const key = storeKey(object.metadata);
    const old = this.objects.get(key);
    if (old !== undefined) {
      this.objects.delete(key);
      for (const index of this.indexes.values()) index.remove(key, old);
      this.announce({ kind: "deleted", key, old: this.options.transform(object), new: undefined, initial: false });
    }
    this.advance(object.metadata.resourceVersion ?? "", key);
  }

  /** Everything up to `resourceVersion` has been told (a bookmark, or an event of `key`). */
  advance(resourceVersion: string, key?: string): void {
    if (resourceVersion === "") return;
    this.version = resourceVersion;
    this.waiters.advance(resourceVersion, key);
  }

  /** The object held longest; undefined when there is none. */
  get first(): T | undefined {
    return this.objects.values().next().value;
  }

  /** Ends every wait with `reason`. */
  close(reason: unknown): void {
    this.waiters.close(reason);
  }

  private async difference(next: Map<string, T>): Promise<readonly Change<T>[]> {
    const { pace } = this.options;
    const initial = !this.isSynced;
    const changes: Change<T>[] = [];
    for (const [key, old] of this.objects) {
      const fresh = next.get(key);
      if (fresh === undefined || fresh.metadata.uid !== old.metadata.uid)
        changes.push({ kind: "deleted", key, old, new: undefined, initial: false });
      if (pace.due()) await pace.breathe();
    }
    for (const [key, fresh] of next) {
      const old = this.objects.get(key);
      if (old === undefined || old.metadata.uid !== fresh.metadata.uid)
        changes.push({ kind: "added", key, old: undefined, new: fresh, initial });
      else if (sameState(old, fresh)) next.set(key, old); // the object readers may hold stays the one in the store
      else changes.push({ kind: "modified", key, old, new: fresh, initial });
      if (pace.due()) await pace.breathe();
    }
    return changes;
  }

  private announce(change: Change<T>): void {
    for (const subscriber of this.subscribers) this.tell(subscriber, change);
  }

  private tell(subscriber: ChangeHandler<T>, change: Change<T>): void {
    try {
      subscriber(change);
    } catch (error) {
      this.fail(`a handler of ${change.key}`, error);
    }
  }

  private fail(who: string, cause: unknown): void {
    this.options.report(new Error(`${who} failed in the cache of ${this.options.what}: ${String(cause)}`, { cause }));
  }
}

function sameState(a: KubeObject, b: KubeObject): boolean {
  return (
    a.metadata.uid === b.metadata.uid &&
    a.metadata.resourceVersion !== undefined &&
    a.metadata.resourceVersion === b.metadata.resourceVersion
  );
}

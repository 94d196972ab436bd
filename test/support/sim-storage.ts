// What the simulated API server keeps: objects by type, one revision for all, a history that can be compacted or lost.
import type { KubeObject } from "../../src/api/index.ts";
import { KubeError } from "../../src/kube/index.ts";

/** An object as plain JSON. */
export interface SimObject extends KubeObject {
  readonly [field: string]: unknown;
}

/** One write. `before` and `after` are undefined where the object did not or does not exist. */
export interface SimWrite {
  readonly revision: number;
  readonly type: string;
  readonly key: string;
  readonly before: SimObject | undefined;
  readonly after: SimObject | undefined;
}

export class SimStorage {
  #objects = new Map<string, Map<string, SimObject>>();
  #history: SimWrite[] = [];
  #revision = 1;
  #compacted = 0;
  readonly #listeners = new Set<(write: SimWrite) => void>();

  get revision(): number {
    return this.#revision;
  }

  get(type: string, key: string): SimObject | undefined {
    return this.#objects.get(type)?.get(key);
  }

  /** In the order of their keys, as etcd has them; as of `revision` when named. */
  all(type: string, revision = this.#revision): readonly SimObject[] {
    const state = new Map(this.#objects.get(type));
    for (const write of this.#since(revision).toReversed()) {
      if (write.type !== type) continue;
      if (write.before === undefined) state.delete(write.key);
      else state.set(write.key, write.before);
    }
    return [...state].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object);
  }

  /** Stores `after` (undefined: removes) under the next revision, which becomes its resourceVersion. */
  write(type: string, key: string, after: SimObject | undefined): SimObject | undefined {
    const objects = this.#objects.get(type) ?? new Map<string, SimObject>();
    this.#objects.set(type, objects);
    const before = objects.get(key);
    const revision = (this.#revision += 1);
    const stored = after && { ...after, metadata: { ...after.metadata, resourceVersion: String(revision) } };
    if (stored === undefined) objects.delete(key);
    else objects.set(key, stored);
    const write = { revision, type, key, before, after: stored };
    this.#history.push(write);
    for (const listener of this.#listeners) listener(write);
    return stored;
  }

  /** Writes of a type after `revision`. Throws KubeError `gone` when they were compacted. */
  since(type: string, revision: number): readonly SimWrite[] {
    return this.#since(revision).filter((write) => write.type === type);
  }

  /** Called for every write until the returned function is called. */
  follow(listener: (write: SimWrite) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Forgets the history up to now. */
  compact(): void {
    this.#compacted = this.#revision;
    this.#history = [];
  }

  /** Loses everything, as an etcd that starts over an empty disk. */
  wipe(): void {
    this.#objects = new Map();
    this.#history = [];
    this.#revision = 1;
    this.#compacted = 0;
  }

  #since(revision: number): readonly SimWrite[] {
    if (revision < this.#compacted)
      throw new KubeError("gone", `too old resource version: ${revision} (${this.#compacted})`, {
        status: 410,
        reason: "Expired",
      });
    return this.#history.filter((write) => write.revision > revision);
  }
}

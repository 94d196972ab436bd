// A simulated API server behind the Kube interface: lists, watches and writes with the real one's semantics, over virtual
// time and seeded faults. For simulation of concurrency only: what integrates is tested against the real server.
import type { KubeObject, ObjectKey, ResourceType } from "../../src/api/index.ts";
import type { Clock, DeleteOptions, Kube, ListPage, Random, WatchEvent } from "../../src/kube/index.ts";
import { storeKey } from "../../src/runtime/cache.ts";
import { SimFaults } from "./sim-faults.ts";
import { applyPatch, serverSideApply } from "./sim-merge.ts";
import type { Applied } from "./sim-merge.ts";
import { desired, refuse, sameBut, simObject, stripped, typed, written } from "./sim-object.ts";
import { selects, shown } from "./sim-select.ts";
import { SimStorage } from "./sim-storage.ts";
import type { SimObject } from "./sim-storage.ts";
import { simWatch } from "./sim-watch.ts";

export interface SimServerOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** The chance of a fault of a call, and of a watch at each event. Default 0. */
  readonly faultChance?: number;
  /** Default 20. */
  readonly latencyMs?: number;
  /** False: refuses WatchList, as old servers do. Default true. */
  readonly watchList?: boolean;
}

export interface SimServer {
  readonly kube: Kube;
  readonly storage: SimStorage;
  /** Objects of a type as the server has them now, by key. */
  objects(type: ResourceType): ReadonlyMap<string, KubeObject>;
  /** Nothing fails from now on. */
  calm(): void;
  /** Breaks every watch and refuses calls for `ms`; "wiped" also loses all data. */
  restart(ms: number, data: "kept" | "wiped"): void;
  compact(): void;
}

export function createSimServer(options: SimServerOptions): SimServer {
  const { clock, random } = options;
  const storage = new SimStorage();
  const faults = new SimFaults({ clock, random, chance: options.faultChance ?? 0, latencyMs: options.latencyMs ?? 20 });
  const appliers = new Map<string, Applied[]>();
  let life = new AbortController();

  const call = async <T>(what: string, signal: AbortSignal, work: () => T): Promise<T> => {
    signal.throwIfAborted();
    await faults.request(what, signal);
    const result = work();
    await faults.answer(what, signal);
    return result;
  };

  const found = (type: ResourceType, key: ObjectKey): SimObject => {
    const object = storage.get(nameOf(type), storeKey(key));
    if (object === undefined) throw refuse("notFound", 404, "NotFound", `${type.plural} "${key.name}" not found`);
    return object;
  };

  const insert = (type: ResourceType, object: object): SimObject => {
    const { metadata, ...rest } = simObject(object);
    const suffix = Math.floor(random() * 36 ** 5)
      .toString(36)
      .padStart(5, "0");
    const name = metadata.name || `${metadata.generateName ?? ""}${suffix}`;
    const key = storeKey({ ...metadata, name });
    if (storage.get(nameOf(type), key) !== undefined)
      throw refuse("alreadyExists", 409, "AlreadyExists", `${type.plural} "${name}" already exists`);
    const creationTimestamp = new Date(clock.now()).toISOString();
    const uid = `uid-${Math.floor(random() * 2 ** 48).toString(16)}`;
    return written(
      storage.write(nameOf(type), key, {
        ...rest,
        metadata: { ...metadata, name, uid, generation: 1, creationTimestamp },
      }),
    );
  };

  /** Stores `next` in place of what is there; an object whose last finalizer went while it is being deleted goes. */
  const replace = (type: ResourceType, next: SimObject, subresource: string | undefined): SimObject => {
    const key = storeKey(next.metadata);
    const live = found(type, next.metadata);
    if (next.metadata.uid !== undefined && next.metadata.uid !== live.metadata.uid)
      throw refuse("conflict", 409, "Conflict", "the UID in the precondition does not match");
    if (next.metadata.resourceVersion !== undefined && next.metadata.resourceVersion !== live.metadata.resourceVersion)
      throw refuse(
        "conflict",
        409,
        "Conflict",
        "the object has been modified; please apply your changes to the latest version",
      );
    const body: SimObject =
      subresource === "status" ? { ...live, status: next.status } : { ...next, status: live.status };
    const { uid, creationTimestamp, generation = 1, deletionTimestamp } = live.metadata;
    const changed = JSON.stringify(desired(body)) !== JSON.stringify(desired(live));
    const metadata = {
      ...body.metadata,
      generation: generation + (changed ? 1 : 0),
      ...stripped({ uid, creationTimestamp, deletionTimestamp }),
    };
    const after: SimObject = { ...body, metadata };
    if (sameBut(after, live)) return live; // a write that changes nothing makes no revision
    const gone = deletionTimestamp !== undefined && (metadata.finalizers ?? []).length === 0;
    const stored = storage.write(nameOf(type), key, gone ? undefined : after);
    return stored ?? after;
  };

  const remove = (type: ResourceType, key: ObjectKey, wanted: DeleteOptions): void => {
    const live = found(type, key);
    const stale = wanted.resourceVersion !== undefined && wanted.resourceVersion !== live.metadata.resourceVersion;
    if (stale || (wanted.uid !== undefined && wanted.uid !== live.metadata.uid))
      throw refuse("conflict", 409, "Conflict", "a precondition of the deletion does not hold");
    if ((live.metadata.finalizers ?? []).length === 0) {
      storage.write(nameOf(type), storeKey(key), undefined);
      return;
    }
    if (live.metadata.deletionTimestamp !== undefined) return;
    const generation = (live.metadata.generation ?? 1) + 1;
    const metadata = { ...live.metadata, generation, deletionTimestamp: new Date(clock.now()).toISOString() };
    storage.write(nameOf(type), storeKey(key), { ...live, metadata });
  };

  const kube: Kube = {
    get: (type, key, { signal }) => call(`get ${type.plural}`, signal, () => typed(type, shown({}, found(type, key)))),

    list: (type, wanted) =>
      call(`list ${type.plural}`, wanted.signal, () => {
        const [revision = storage.revision, after = ""] =
          wanted.continueToken === undefined ? [] : readToken(wanted.continueToken);
        if (revision > storage.revision)
          throw refuse("gone", 410, "Expired", "the continue token is from another life");
        const all = storage
          .all(nameOf(type), revision)
          .filter((each) => selects(wanted, each) && storeKey(each.metadata) > after);
        const items = wanted.limit === undefined ? all : all.slice(0, wanted.limit);
        const last = items.at(-1);
        const page: ListPage<SimObject> = {
          items: items.map((each) => shown(wanted, each)),
          resourceVersion: String(revision),
          ...(last !== undefined &&
            items.length < all.length && { continueToken: `${revision}:${storeKey(last.metadata)}` }),
        };
        return { ...page, items: page.items.map((each) => typed(type, each)) };
      }),

    async *watch<T extends KubeObject>(
      type: ResourceType<T>,
      wanted: Parameters<Kube["watch"]>[1],
    ): AsyncGenerator<WatchEvent<T>> {
      const what = `watch ${type.plural}`;
      await call(what, wanted.signal, () => {
        if (wanted.sendInitialEvents && options.watchList === false)
          throw refuse(
            "invalid",
            422,
            "Invalid",
            "sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled",
          );
      });
      const parts = { what, type: nameOf(type), storage, faults, clock, server: life.signal };
      for await (const event of simWatch(parts, wanted))
        yield event.kind === "bookmark" ? event : { kind: event.kind, object: typed(type, event.object) };
    },

    create: (type, object, { signal }) =>
      call(`create ${type.plural}`, signal, () => typed(type, shown({}, insert(type, object)))),

    update: (type, object, { signal, subresource }) =>
      call(`update ${type.plural}`, signal, () =>
        typed(type, shown({}, replace(type, simObject(object), subresource))),
      ),

    patch: (type, key, patch, { signal, subresource }) =>
      call(`patch ${type.plural}`, signal, () =>
        typed(type, shown({}, replace(type, simObject(applyPatch(found(type, key), patch)), subresource))),
      ),

    apply: (type, object, { signal, fieldManager, subresource }) =>
      call(`apply ${type.plural}`, signal, () => {
        const name = `${nameOf(type)}/${storeKey(object.metadata)}`;
        const live = storage.get(nameOf(type), storeKey(object.metadata));
        if (live === undefined && subresource !== undefined) found(type, object.metadata);
        const manager = `${fieldManager}/${subresource ?? ""}`;
        const managers = live === undefined ? [] : (appliers.get(name) ?? []);
        const fields = simObject(structuredClone(object));
        const merged = simObject(serverSideApply(live, fields, manager, managers));
        const stored = live === undefined ? insert(type, merged) : replace(type, merged, subresource);
        appliers.set(name, [...managers.filter((each) => each.manager !== manager), { manager, fields }]);
        return typed(type, shown({}, stored));
      }),

    delete: (type, key, wanted) => call(`delete ${type.plural}`, wanted.signal, () => remove(type, key, wanted)),

    post: (path, body, { signal }) =>
      call(`post ${path}`, signal, () =>
        path.endsWith("accessreviews") ? { ...body, status: { allowed: true } } : body,
      ),

    getPath: (path, { signal }) =>
      call(`get ${path}`, signal, () => {
        if (path === "/version") return { gitVersion: "v0.0.0-simulated" };
        throw refuse("notFound", 404, "NotFound", `the simulated server has no ${path}`);
      }),
  };

  return {
    kube,
    storage,
    objects: (type) => new Map(storage.all(nameOf(type)).map((each) => [storeKey(each.metadata), each])),
    calm: () => faults.calm(),
    compact: () => storage.compact(),
    restart(ms, data) {
      if (data === "wiped") {
        storage.wipe();
        appliers.clear();
      }
      faults.down(ms);
      life.abort();
      life = new AbortController();
    },
  };
}

const nameOf = (type: ResourceType): string => `${type.group}/${type.plural}`;

function readToken(token: string): readonly [number, string] {
  const colon = token.indexOf(":");
  return [Number(token.slice(0, colon)), token.slice(colon + 1)];
}

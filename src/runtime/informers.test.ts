import { expect, test } from "vitest";

import { createSimServer } from "../../test/support/sim-server.ts";
import { seededRandom } from "../../test/support/seeded-random.ts";
import { configMaps } from "../api/index.ts";
import { CacheSyncTimeout } from "./cache.ts";
import { createInformers } from "./informers.ts";
import { ManualClock } from "./manual-clock.ts";
import { restless } from "./pace.ts";

function setup(watchList = true) {
  const clock = new ManualClock();
  const random = seededRandom(1);
  const server = createSimServer({ clock, random, watchList });
  const owner = new AbortController();
  const errors: unknown[] = [];
  const informers = createInformers({
    kube: server.kube,
    clock,
    random,
    signal: owner.signal,
    pace: () => restless,
    report: (_, error) => errors.push(error),
  });
  const write = (name: string, labels: Record<string, string> = {}) =>
    server.storage.write("/configmaps", `n/${name}`, {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name, namespace: "n", uid: `uid-${name}`, labels },
      data: { big: "x" },
    });
  return { clock, server, owner, errors, informers, write };
}

test("everybody who asks for the same type and selection gets the same informer; it lives as long as one of them", async () => {
  const { clock, owner, informers, write } = setup();
  const [first, second] = [new AbortController(), new AbortController()];
  write("a");
  const informer = informers.informer(configMaps, { signal: first.signal });
  expect(informers.informer(configMaps, { signal: second.signal })).toBe(informer);
  expect(informers.informer(configMaps, { signal: second.signal, labelSelector: "x=y" })).not.toBe(informer);
  expect(informers.all()).toHaveLength(2);
  await clock.advance(1_000);
  expect(informer.hasSynced).toBe(true);

  first.abort();
  await clock.advance(1_000);
  expect(informer.health.phase).toBe("watching");
  second.abort();
  await clock.advance(1_000);
  expect(informer.health.phase).toBe("stopped");
  expect(informers.all()).toHaveLength(0);

  const again = informers.informer(configMaps, { signal: new AbortController().signal });
  expect(again).not.toBe(informer);
  owner.abort(new Error("over"));
  await informers.closed;
  expect(again.health.phase).toBe("stopped");
  expect(clock.nextWake).toBeUndefined();
  expect(() => informers.informer(configMaps, { signal: new AbortController().signal })).toThrow("over");
});

test("a cache that does not fill in time says why", async () => {
  const { clock, server, informers, owner } = setup();
  server.restart(1e9, "kept");
  const informer = informers.informer(configMaps, { signal: owner.signal });
  const late = informer.synced(owner.signal).catch((error: unknown) => error);
  await clock.advance(121_000);
  const error = await late;
  expect(error).toBeInstanceOf(CacheSyncTimeout);
  expect(String(error)).toContain(
    "the cache of configmaps did not fill within 120 s: watch configmaps: connect ECONNREFUSED",
  );
  owner.abort(new Error("over"));
  await informers.closed;
});

test("waiting for the cache ends with the waiter's signal, and with the informer", async () => {
  const { clock, server, informers, owner } = setup();
  server.restart(1e9, "kept");
  const informer = informers.informer(configMaps, { signal: owner.signal });
  const waiter = new AbortController();
  const mine = informer.synced(waiter.signal);
  waiter.abort(new Error("enough"));
  await expect(mine).rejects.toThrow("enough");
  const other = informer.synced(new AbortController().signal);
  owner.abort(new Error("over"));
  await expect(other).rejects.toThrow("over");
  await clock.advance(0);
  await informers.closed;
});

test.each([true, false])("metadata-only caches, selections and indexes work (WatchList: %s)", async (watchList) => {
  const { clock, informers, owner, errors, write } = setup(watchList);
  for (let n = 0; n < 1_201; n++) write(`o${String(n).padStart(4, "0")}`, { even: n % 2 === 0 ? "yes" : "no" });
  const slim = informers.informer(configMaps, {
    signal: owner.signal,
    metadataOnly: true,
    labelSelector: "even=yes",
    indexes: { last: (object) => [object.metadata.name.slice(-1)] },
  });
  const whole = informers.informer(configMaps, { signal: owner.signal });
  await clock.advance(5_000);
  expect([slim.size, whole.size]).toEqual([601, 1_201]);
  expect(slim.list("n")[0]).not.toHaveProperty("data");
  expect(whole.list("elsewhere")).toEqual([]);
  expect(slim.byIndex("last", "4")).toHaveLength(120);
  expect(slim.byIndex("last", "3")).toHaveLength(0);

  write("o0000", { even: "no" });
  await clock.advance(1_000);
  expect(slim.size).toBe(600);
  expect(errors).toEqual([]);
  owner.abort(new Error("over"));
  await informers.closed;
});

test("an informer that reduces what it holds keeps nothing else, from the list and from the watch", async () => {
  const { clock, owner, informers, write } = setup();
  write("a");
  const informer = informers.informer(configMaps, {
    signal: owner.signal,
    reduce: ({ apiVersion, kind, metadata }) => ({ apiVersion, kind, metadata, immutable: true }),
  });
  await clock.advance(1_000);
  write("b");
  await clock.advance(1_000);
  expect(informer.list().map(({ metadata, data, immutable }) => [metadata.name, data, immutable])).toEqual([
    ["a", undefined, true],
    ["b", undefined, true],
  ]);
});

import { expect, test } from "vitest";
import { configMaps } from "../api/core.ts";
import type { KubeObject } from "../api/object.ts";
import { ManualClock } from "./manual-clock.ts";
import { OwnWrites } from "./own-writes.ts";
import { restless } from "./pace.ts";
import { ObjectStore } from "./store.ts";

function setup() {
  const clock = new ManualClock();
  const store = new ObjectStore<KubeObject>({
    what: "configmaps",
    pace: restless,
    transform: (object) => object,
    report: (error) => {
      throw error;
    },
  });
  const object = (name: string, version: number): KubeObject => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, namespace: "n", uid: name, resourceVersion: `${version}` },
  });
  const writes = new OwnWrites(clock, () => store);
  const { signal } = new AbortController();
  return { clock, store, object, writes, signal };
}

test("a write that the cache shows already costs no wait and no timer", async () => {
  const { clock, store, object, writes, signal } = setup();
  writes.note("n/a", configMaps, object("a", 5));
  store.put(object("a", 6));
  const caughtUp = writes.caughtUp("n/a", 1000, signal);
  expect(clock.nextWake).toBeUndefined();
  expect(await caughtUp).toBe("seen");
  expect(writes.size).toBe(0);
});

test("a write that comes in time is waited for; one that does not is late, and still remembered", async () => {
  const { clock, store, object, writes, signal } = setup();
  writes.note("n/a", configMaps, object("a", 5));
  const first = writes.caughtUp("n/a", 1000, signal);
  await clock.advance(1001);
  expect(await first).toBe("late");
  const second = writes.caughtUp("n/a", 1000, signal);
  store.put(object("a", 5));
  expect(await second).toBe("seen");
});

test("an object written and deleted since is seen once the cache is past its deletion", async () => {
  const { store, object, writes, signal } = setup();
  writes.note("n/a", configMaps, object("a", 5));
  store.put(object("a", 5));
  store.remove(object("a", 7));
  expect(await writes.caughtUp("n/a", 1000, signal)).toBe("seen");
});

test("memory does not grow with keys that wrote once and were seen", () => {
  const { store, object, writes } = setup();
  for (let index = 0; index < 10_000; index++) {
    writes.note(`n/${index}`, configMaps, object(`${index}`, index + 1));
    store.put(object(`${index}`, index + 1));
  }
  expect(writes.size).toBeLessThan(1_000);
});

test("writes that no cache ever shows are forgotten when nobody waits for them any more", async () => {
  const { clock, object, writes } = setup();
  for (let index = 0; index < 500; index++) writes.note(`n/${index}`, configMaps, object(`${index}`, index + 1));
  expect(writes.size).toBe(500);
  await clock.advance(181_000);
  for (let index = 500; index < 1_100; index++) writes.note(`n/${index}`, configMaps, object(`${index}`, index + 1));
  expect(writes.size).toBeLessThan(700);
});

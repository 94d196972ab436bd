import { expect, test } from "vitest";

import type { KubeObject } from "../api/index.ts";
import { systemClock } from "../kube/index.ts";
import type { Change } from "./cache.ts";
import { createPace } from "./pace.ts";
import { ObjectStore } from "./store.ts";

interface Thing extends KubeObject {
  readonly color?: string;
}

const thing = (name: string, resourceVersion: string, more: { uid?: string; color?: string } = {}): Thing => ({
  apiVersion: "v1",
  kind: "Thing",
  metadata: { namespace: "n", name, resourceVersion, uid: more.uid ?? `uid-${name}` },
  ...(more.color !== undefined && { color: more.color }),
});

function setup() {
  const reports: unknown[] = [];
  const store = new ObjectStore<Thing>({
    what: "things",
    pace: createPace(systemClock),
    transform: (object) => object,
    report: (error) => reports.push(error),
  });
  const stop = new AbortController();
  const changes: Change<Thing>[] = [];
  const told = () => changes.splice(0).map((each) => `${each.kind} ${each.key}${each.initial ? " initial" : ""}`);
  store.subscribe((change) => changes.push(change), stop.signal);
  const fill = async (version: string, ...objects: readonly Thing[]) => {
    store.discard();
    await store.stage(objects);
    await store.commit(version);
  };
  return { store, stop, changes, told, reports, fill };
}

const { signal } = new AbortController();

test("a whole state is swapped in at once; a relist tells only real differences, deletions included", async () => {
  const { store, told, fill } = setup();
  await store.stage([thing("a", "1"), thing("b", "2"), thing("c", "3")]);
  expect(store.size).toBe(0);
  expect(store.hasSynced).toBe(false);
  await store.commit("3");
  expect(store.hasSynced).toBe(true);
  expect(told()).toEqual(["added n/a initial", "added n/b initial", "added n/c initial"]);

  const before = store.getByKey("n/a");
  await fill("9", thing("a", "1"), thing("b", "8"), thing("d", "9"));
  expect(told()).toEqual(["deleted n/c", "modified n/b", "added n/d"]);
  expect(store.getByKey("n/a")).toBe(before);
});

test("an object made again under the same name is a deletion and an addition", async () => {
  const { store, told, fill } = setup();
  await fill("3", thing("a", "1"), thing("b", "2"));
  told();
  await fill("9", thing("a", "8", { uid: "other" }), thing("b", "2"));
  store.put(thing("b", "10", { uid: "other" }));
  expect(told()).toEqual(["deleted n/a", "added n/a", "deleted n/b", "added n/b"]);
});

test("events change one object; one already held is no news; a deletion hands out the last state", async () => {
  const { store, told, changes, fill } = setup();
  await fill("3", thing("a", "1"));
  told();
  store.put(thing("a", "4"));
  store.put(thing("a", "4"));
  store.put(thing("b", "5"));
  store.remove(thing("nobody", "6"));
  expect(told()).toEqual(["modified n/a", "added n/b"]);
  store.remove(thing("a", "7", { color: "last" }));
  expect(changes[0]).toMatchObject({ kind: "deleted", old: { color: "last" }, new: undefined });
  expect(store.get({ namespace: "n", name: "a" })).toBeUndefined();
});

test("indexes follow every change, and a relist", async () => {
  const { store, reports, fill } = setup();
  await fill("3", thing("a", "1", { color: "red" }), thing("b", "2", { color: "blue" }));
  const byColor = (each: Thing) => (each.color === undefined ? [] : [each.color]);
  store.addIndex("color", byColor);
  store.addIndex("color", byColor);
  const names = (color: string) => store.byIndex("color", color).map((each) => each.metadata.name);
  expect(names("red")).toEqual(["a"]);
  store.put(thing("a", "4", { color: "blue" }));
  expect([names("red"), names("blue")]).toEqual([[], ["b", "a"]]);
  store.remove(thing("b", "5"));
  expect(names("blue")).toEqual(["a"]);
  await fill("9", thing("z", "8", { color: "red" }));
  expect([names("red"), names("blue")]).toEqual([["z"], []]);
  expect(() => store.byIndex("size", "x")).toThrow('the cache of things has no index "size"');
  expect(() => store.addIndex("color", () => [])).toThrow("defined already by another function");
  expect(reports).toEqual([]);
});

test("a handler or index that throws is reported and costs nobody else", async () => {
  const { store, told, reports, fill } = setup();
  store.subscribe(() => {
    throw new Error("broken handler");
  }, signal);
  store.addIndex("broken", () => {
    throw new Error("broken index");
  });
  await fill("3", thing("a", "1"));
  store.put(thing("a", "4"));
  expect(told()).toEqual(["added n/a initial", "modified n/a"]);
  expect(reports.map(String).join()).toContain("a handler of n/a failed in the cache of things: Error: broken handler");
  expect(reports.map(String).join()).toContain('the index "broken" failed');
});

test("a late subscriber is told the present first; one that left is told nothing more", async () => {
  const { store, stop, told, fill } = setup();
  await fill("3", thing("a", "1"));
  const late: string[] = [];
  store.subscribe((change) => late.push(`${change.kind} ${change.key} ${change.initial}`), signal);
  expect(late).toEqual(["added n/a true"]);
  told();
  stop.abort();
  store.put(thing("a", "4"));
  expect(told()).toEqual([]);
  expect(late).toEqual(["added n/a true", "modified n/a false"]);
});

test("a reader can wait for its own write: by event, by bookmark, by relist, by deletion", async () => {
  const { store, fill } = setup();
  await fill("3", thing("a", "1"));
  const key = { namespace: "n", name: "a" };
  expect(await store.waitForVersion(key, "3", signal)).toMatchObject({ metadata: { resourceVersion: "1" } });

  const byEvent = store.waitForVersion(key, "10", signal);
  store.put(thing("a", "9"));
  store.put(thing("a", "10"));
  expect(await byEvent).toMatchObject({ metadata: { resourceVersion: "10" } });

  const byBookmark = store.waitForVersion(key, "20", signal);
  store.advance("21");
  await byBookmark;

  const byRelist = store.waitForVersion(key, "30", signal);
  await fill("31", thing("a", "30"));
  expect(await byRelist).toMatchObject({ metadata: { resourceVersion: "30" } });

  const byDeletion = store.waitForVersion(key, "40", signal);
  store.remove(thing("a", "41"));
  expect(await byDeletion).toBeUndefined();
});

test("versions that are no integers are waited for by equality; waiting ends with its signal and with the store", async () => {
  const { store, fill } = setup();
  await fill("x3", thing("a", "x1"));
  const key = { namespace: "n", name: "a" };
  const waiting = store.waitForVersion(key, "x9", signal);
  store.put(thing("b", "x8"));
  store.put(thing("a", "x9"));
  expect(await waiting).toMatchObject({ metadata: { resourceVersion: "x9" } });

  const stop = new AbortController();
  const ended = store.waitForVersion(key, "x10", stop.signal);
  stop.abort(new Error("enough"));
  await expect(ended).rejects.toThrow("enough");
  const closed = store.waitForVersion(key, "x11", signal);
  store.close(new Error("over"));
  await expect(closed).rejects.toThrow("over");
});

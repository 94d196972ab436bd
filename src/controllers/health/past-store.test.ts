import { describe, expect, test } from "vitest";
import type { ConfigMap, Event } from "../../api/index.ts";
import { KubeError } from "../../kube/index.ts";
import { type Change, ManualClock, silentLogger } from "../../runtime/index.ts";
import { createPastKeeper, type PastKeeper } from "../../signals/index.ts";
import { createPastStore, type PastStore } from "./past-store.ts";

const minute = 60_000;
const restarted = (clock: ManualClock, ago = 0) => [
  { name: "x", restartCount: 1, lastState: { terminated: { finishedAt: new Date(clock.now() - ago).toISOString() } } },
];

/** A store over a cluster that is a Map: its ConfigMaps come back by the cache, as from a watch. */
function cluster(clock: ManualClock) {
  const stored = new Map<string, ConfigMap>();
  const subscribers = new Set<(change: Change<ConfigMap>) => void>();
  const writes: string[] = [];
  const warnings: unknown[] = [];
  let refused = 0;
  const put = (object: ConfigMap): void => {
    const { name } = object.metadata;
    const old = stored.get(name);
    stored.set(name, object);
    for (const tell of subscribers)
      tell(
        old === undefined
          ? { kind: "added", key: name, old, new: object, initial: false }
          : { kind: "modified", key: name, old, new: object, initial: false },
      );
  };
  const start = (held: ReadonlySet<string>): { keeper: PastKeeper; store: PastStore; stop: () => Promise<void> } => {
    const end = new AbortController();
    const keeper: PastKeeper = createPastKeeper({ onNews: (uid, news) => store.note(uid, news) });
    const store = createPastStore({
      apply: async (object) => {
        if (refused > 0) {
          refused -= 1;
          throw new KubeError("forbidden", "no");
        }
        writes.push(object.metadata.name);
        put(object);
      },
      namespace: "dharma-system",
      cache: {
        get: ({ name }) => stored.get(name),
        subscribe(tell, signal) {
          for (const [key, object] of stored) tell({ kind: "added", key, old: undefined, new: object, initial: true });
          subscribers.add(tell);
          signal.addEventListener("abort", () => subscribers.delete(tell), { once: true });
        },
      },
      keeper,
      held: (uid) => (held.has(uid) ? `Thing ${uid}` : undefined),
      clock,
      log: { ...silentLogger, warn: (message, fields) => void warnings.push([message, fields]) },
    });
    store.follow(end.signal);
    const ended = store.run(end.signal);
    return {
      keeper,
      store,
      async stop() {
        end.abort(new Error("over"));
        await ended;
      },
    };
  };
  return { stored, put, writes, warnings, start, refuse: (times: number) => void (refused = times) };
}

const timesIn = (stored: ReadonlyMap<string, ConfigMap>, uid: string) =>
  JSON.parse(stored.get(`dharma-past-${uid}`)?.data?.["past.json"] ?? "{}");

function warning(clock: ManualClock): Event {
  return {
    apiVersion: "events.k8s.io/v1",
    kind: "Event",
    metadata: { name: "e", namespace: "shop" },
    eventTime: new Date(clock.now()).toISOString(),
    reason: "BackOff",
    action: "Start",
    type: "Warning",
    regarding: { uid: "a" },
    reportingController: "c",
    reportingInstance: "i",
  };
}

describe("an object's past", () => {
  test("is written soon after something happened, once for a burst, with times and the object's name alone", async () => {
    const clock = new ManualClock();
    const { stored, writes, start } = cluster(clock);
    const { keeper, stop } = start(new Set(["a"]));
    for (const pod of ["one", "two"]) keeper.seeRestarts("a", pod, restarted(clock), clock.now());
    await clock.advance(3_000);
    expect(writes).toEqual(["dharma-past-a"]);
    expect(stored.get("dharma-past-a")?.metadata).toMatchObject({
      labels: { "iacdharma.com/past": "a" },
      annotations: { "iacdharma.com/subject": "Thing a" },
    });
    expect(timesIn(stored, "a")).toEqual({ notReady: [], restarts: keeper.snapshot("a")?.restarts, warnings: [] });
    await clock.advance(60 * minute);
    expect(writes).toHaveLength(1);
    await stop();
  });

  test("of warnings is written every ten minutes at most, however many there are", async () => {
    const clock = new ManualClock();
    const { stored, writes, start } = cluster(clock);
    const { keeper, stop } = start(new Set(["a"]));
    for (let second = 0; second < 3_600; second += 5) {
      keeper.seeEvent("a", warning(clock), clock.now());
      // oxlint-disable-next-line no-await-in-loop -- time passes between them
      await clock.advance(5_000);
    }
    expect(writes.length).toBeGreaterThanOrEqual(5);
    expect(writes.length).toBeLessThanOrEqual(7);
    keeper.seeRestarts("a", "pod", restarted(clock), clock.now());
    await clock.advance(3_000);
    expect(timesIn(stored, "a").warnings).toEqual(keeper.snapshot("a")?.warnings);
    await stop();
  });

  test("without anything wrong is never written, nor is one of another replica's", async () => {
    const clock = new ManualClock();
    const { writes, start } = cluster(clock);
    const uids = Array.from({ length: 10_000 }, (_, index) => `u${index}`);
    const { keeper, store, stop } = start(new Set(uids));
    const conditions = [
      { type: "Ready", status: "True", reason: "X", message: "", lastTransitionTime: "2025-12-01T00:00:00Z" },
    ] as const;
    for (let hour = 0; hour < 3; hour += 1) {
      for (const uid of uids) {
        const object = { apiVersion: "v1", kind: "Thing", metadata: { name: uid, uid }, status: { conditions } };
        keeper.see(object, clock.now());
        keeper.seeRuns(uid, [], clock.now());
        keeper.seeRestarts(uid, "pod", [{ name: "x", restartCount: 0 }], clock.now());
        store.note(uid, "happened");
      }
      // oxlint-disable-next-line no-await-in-loop -- time passes between them
      await clock.advance(minute);
    }
    keeper.seeRestarts("other", "pod", restarted(clock), clock.now());
    await clock.advance(20 * minute);
    expect(writes).toEqual([]);
    await stop();
  });

  test("is known to the next process, which writes nothing until something happens", async () => {
    const clock = new ManualClock();
    const { stored, writes, start } = cluster(clock);
    const first = start(new Set(["a"]));
    first.keeper.seeRestarts("a", "pod", restarted(clock, minute), clock.now());
    await clock.advance(3_000);
    const second = start(new Set());
    expect(second.keeper.snapshot("a")).toEqual(first.keeper.snapshot("a"));
    await first.stop();
    await second.stop();

    const third = start(new Set(["a"]));
    third.keeper.seeRestarts("a", "pod", restarted(clock, minute + 3_000), clock.now());
    await clock.advance(20 * minute);
    expect(writes).toHaveLength(1);
    third.keeper.seeRestarts("a", "other", restarted(clock), clock.now());
    await third.stop(); // before it is due
    expect(writes).toHaveLength(2);
    expect(timesIn(stored, "a").restarts).toHaveLength(2);
  });

  test("that was written over by somebody who knew less is written again", async () => {
    const clock = new ManualClock();
    const { stored, put, writes, start } = cluster(clock);
    const { keeper, stop } = start(new Set(["a"]));
    keeper.seeRestarts("a", "one", restarted(clock), clock.now());
    await clock.advance(3_000);
    const old = stored.get("dharma-past-a");
    if (old === undefined) throw new Error("it was written");
    await clock.advance(20 * minute);
    keeper.seeRestarts("a", "two", restarted(clock), clock.now());
    await clock.advance(3_000);
    put(old);
    await clock.advance(20 * minute);
    expect(writes).toHaveLength(3);
    expect(timesIn(stored, "a").restarts).toHaveLength(2);
    await stop();
  });

  test("that can't be read is told once and begins anew", async () => {
    const clock = new ManualClock();
    const { stored, put, warnings, start } = cluster(clock);
    const bad = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "dharma-past-a", labels: { "iacdharma.com/past": "a" } },
      data: { "past.json": "{not json" },
    };
    put(bad);
    const { keeper, stop } = start(new Set(["a"]));
    put({ ...bad, data: {} });
    expect(warnings).toHaveLength(1);
    expect(keeper.snapshot("a")).toBeUndefined();
    keeper.seeRestarts("a", "pod", restarted(clock), clock.now());
    await clock.advance(3_000);
    expect(timesIn(stored, "a").restarts).toHaveLength(1);
    await stop();
  });

  test("that could not be written is written later, and told once", async () => {
    const clock = new ManualClock();
    const { writes, warnings, start, refuse } = cluster(clock);
    const { keeper, stop } = start(new Set(["a", "b"]));
    refuse(3);
    for (const uid of ["a", "b"]) keeper.seeRestarts(uid, "pod", restarted(clock), clock.now());
    await clock.advance(2 * minute);
    expect(writes.toSorted()).toEqual(["dharma-past-a", "dharma-past-b"]);
    expect(warnings).toHaveLength(1);
    await stop();
  });
});

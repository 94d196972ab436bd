import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { seededRandom } from "../../test/support/seeded-random.ts";
import { createSimServer } from "../../test/support/sim-server.ts";
import { type Event, events } from "../api/core.ts";
import type { KubeObject } from "../api/object.ts";
import { defaultEventLimits, EventLog } from "./event-log.ts";
import { createEventRecorder } from "./event-recorder.ts";
import type { EventNote } from "./events.ts";
import { silentLogger } from "./log.ts";
import { ManualClock } from "./manual-clock.ts";

const object = (name = "web"): KubeObject => ({
  apiVersion: "iacdharma.com/v1alpha1",
  kind: "Blueprint",
  metadata: { name, namespace: "shop", uid: `uid-${name}` },
});
const note = (text = "all is well"): EventNote => ({
  type: "Normal",
  reason: "Ready",
  action: "Reconcile",
  note: text,
});

function recording(faultChance = 0) {
  const clock = new ManualClock();
  const server = createSimServer({ clock, random: seededRandom(3), latencyMs: 0, faultChance });
  const dropped: number[] = [];
  const recorder = createEventRecorder({
    kube: server.kube,
    clock,
    log: silentLogger,
    identity: "replica",
    dropped: (count) => dropped.push(count),
  });
  const stop = new AbortController();
  const running = recorder.run(stop.signal);
  return {
    clock,
    server,
    recorder,
    dropped,
    stored: () => [...server.objects(events).values()] as Event[],
    end: async () => {
      stop.abort();
      await clock.advance(1000);
      await running;
    },
  };
}

describe("the recorder", () => {
  test("makes an event of the first occurrence and a series of its repeats", async () => {
    const { clock, recorder, stored, end } = recording();
    recorder.record(object(), note());
    await clock.advance(1000);
    expect(stored()).toHaveLength(1);
    expect(stored()[0]).toMatchObject({
      metadata: { namespace: "shop" },
      reason: "Ready",
      action: "Reconcile",
      reportingController: "iacdharma.com/dharma",
      reportingInstance: "replica",
      regarding: { kind: "Blueprint", name: "web", uid: "uid-web" },
    });
    expect(stored()[0]).not.toHaveProperty("series");
    for (let repeat = 0; repeat < 4; repeat += 1) recorder.record(object(), note());
    await clock.advance(1000);
    expect(stored()).toHaveLength(1);
    expect(stored()[0]?.series?.count).toBe(5);
    await end();
  });

  test("starts a new series after six quiet minutes", async () => {
    const { clock, recorder, stored, end } = recording();
    recorder.record(object(), note());
    await clock.advance(400_000);
    recorder.record(object(), note());
    await clock.advance(1000);
    expect(stored()).toHaveLength(2);
    await end();
  });

  test("cuts a note below one kilobyte between characters, and masks secrets", async () => {
    const { clock, recorder, stored, end } = recording();
    recorder.record(object(), note("ü".repeat(2000)));
    recorder.record(object(), note("password=hunter2"));
    await clock.advance(1000);
    const notes = stored().map((event) => event.note ?? "");
    expect(Buffer.byteLength(notes.find((each) => each.startsWith("ü")) ?? "")).toBeLessThan(1024);
    expect(notes.find((each) => each.startsWith("ü"))).toMatch(/^ü+…$/);
    expect(notes).toContain("password=***");
    await end();
  });

  test("lets one object tell at most 25 different things at once, and says how many were dropped", async () => {
    const { clock, recorder, stored, dropped, end } = recording();
    for (let index = 0; index < 40; index += 1) recorder.record(object(), note(`thing ${index}`));
    recorder.record(object("other"), note());
    await clock.advance(5000);
    expect(stored()).toHaveLength(26);
    expect(dropped.reduce((sum, count) => sum + count, 0)).toBe(15);
    await end();
  });

  test("gets through to a faulty server in the end, without telling twice", async () => {
    const { clock, server, recorder, stored, end } = recording(0.4);
    for (let index = 0; index < 20; index += 1) recorder.record(object(`o${index}`), note());
    await clock.advance(20_000);
    server.calm();
    await clock.advance(5000);
    expect(
      stored()
        .map((event) => event.regarding?.name)
        .toSorted((a = "", b = "") => (a < b ? -1 : 1)),
    ).toHaveLength(20);
    await end();
  });

  test("flush sends what is left", async () => {
    const { clock, recorder, stored, end } = recording();
    await end();
    recorder.record(object(), note());
    await Promise.all([recorder.flush(new AbortController().signal), clock.advance(1000)]);
    expect(stored()).toHaveLength(1);
  });
});

test("memory is bounded however many objects tell however many things", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(500), fc.nat(50), fc.nat(100_000)), { maxLength: 500 }), (script) => {
      const book = new EventLog({ ...defaultEventLimits, memory: 64 });
      let now = 0;
      for (const [name, text, ms] of script) {
        now += ms;
        book.note(object(String(name)), note(String(text)), now, now);
        expect(book.size).toBeLessThanOrEqual(65);
      }
    }),
  );
});

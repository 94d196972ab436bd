import { describe, expect, test } from "vitest";
import { seededRandom } from "../../test/support/seeded-random.ts";
import { createSimServer } from "../../test/support/sim-server.ts";
import type { Condition, KubeObject, ResourceType } from "../api/object.ts";
import { settleConditions } from "./conditions.ts";
import { ManualClock } from "./manual-clock.ts";
import { createStatusWriter, sameValue, settleTimes } from "./status.ts";

const condition = (type: string, status: Condition["status"], more: Partial<Condition> = {}): Condition => ({
  type,
  status,
  reason: "Because",
  message: "so",
  lastTransitionTime: "2026-01-01T00:00:00Z",
  ...more,
});

describe("conditions", () => {
  test("lastTransitionTime moves only when the status does", () => {
    const before = [condition("Ready", "True"), condition("Drifted", "False")];
    const after = settleConditions(
      before,
      [
        { type: "Ready", status: "True", reason: "Other", message: "new words" },
        { type: "Drifted", status: "True", reason: "Drifted", message: "changed" },
      ],
      { generation: 3, nowMs: Date.UTC(2026, 5, 1) },
    );
    expect(after.map(({ type, lastTransitionTime }) => [type, lastTransitionTime])).toEqual([
      ["Drifted", "2026-06-01T00:00:00Z"],
      ["Ready", "2026-01-01T00:00:00Z"],
    ]);
    expect(after.every((each) => each.observedGeneration === 3)).toBe(true);
  });

  test("a status made without regard to the former keeps the times of what did not change", () => {
    const later = { lastTransitionTime: "2026-09-09T00:00:00Z" };
    const settled = settleTimes(
      { conditions: [condition("Ready", "True")] },
      { phase: "x", conditions: [condition("Ready", "True", later), condition("Stalled", "True", later)] },
    );
    expect(settled).toEqual({
      phase: "x",
      conditions: [condition("Ready", "True"), condition("Stalled", "True", later)],
    });
  });
});

describe("equality of statuses", () => {
  test.each<[string, unknown, unknown, boolean]>([
    ["absent and undefined are the same", { a: 1, b: undefined }, { a: 1 }, true],
    ["a field more is a difference", { a: 1, b: 2 }, { a: 1 }, false],
    [
      "order of conditions does not matter",
      [condition("A", "True"), condition("B", "True")],
      [condition("B", "True"), condition("A", "True")],
      true,
    ],
    ["order of other lists does", [1, 2], [2, 1], false],
    ["a list is no object", [], {}, false],
    ["null is a value", { a: null }, {}, false],
    ["deep differences count", { a: { b: [{ c: 1 }] } }, { a: { b: [{ c: 2 }] } }, false],
  ])("%s", (_, a, b, same) => {
    expect(sameValue(a, b)).toBe(same);
    expect(sameValue(b, a)).toBe(same);
  });
});

interface Thing extends KubeObject {
  readonly status?: { readonly [field: string]: unknown };
}
const things: ResourceType<Thing> = { group: "sim", version: "v1", kind: "Thing", plural: "things", namespaced: true };

describe("the status writer", () => {
  const setup = async (status: Thing["status"]) => {
    const clock = new ManualClock();
    const server = createSimServer({ clock, random: seededRandom(1), latencyMs: 0 });
    const metadata = { name: "a", namespace: "ns", uid: "u1", generation: 1 };
    const object = { apiVersion: "sim/v1", kind: "Thing", metadata, ...(status === undefined ? {} : { status }) };
    server.storage.write("sim/things", "ns/a", object);
    const observed = [...server.objects(things).values()][0] as Thing;
    const writer = createStatusWriter(things, { fieldManager: "me", foreign: ["health"] });
    const write = async (next: object, from = observed) => {
      const revision = server.storage.revision;
      const [result] = await Promise.all([
        writer.write(server.kube, from, next, new AbortController().signal),
        clock.advance(100),
      ]);
      return { result, writes: server.storage.revision - revision };
    };
    return { server, observed, write };
  };

  test("writes what differs, once, and nothing when nothing differs", async () => {
    const { write } = await setup(undefined);
    const first = await write({ phase: "Ready" });
    expect(first.result?.status).toEqual({ phase: "Ready" });
    expect((await write({ phase: "Ready" }, first.result)).result).toBeUndefined();
  });

  test("neither compares nor writes what others own", async () => {
    const { write } = await setup({ phase: "Ready", health: { score: 3 } });
    expect((await write({ phase: "Ready" })).result).toBeUndefined();
    const { result } = await write({ phase: "Failed", health: { score: 99 } });
    expect(result?.status).toEqual({ phase: "Failed", health: { score: 3 } });
  });

  test("an object that is gone needs no status", async () => {
    const { server, write } = await setup(undefined);
    server.storage.write("sim/things", "ns/a", undefined);
    expect((await write({ phase: "Ready" })).result).toBeUndefined();
  });

  test("a new object of the same name does not get the status of the old one", async () => {
    const { server, observed, write } = await setup(undefined);
    const metadata = { ...observed.metadata, uid: "u2" };
    server.storage.write("sim/things", "ns/a", { apiVersion: "sim/v1", kind: "Thing", metadata });
    await expect(write({ phase: "Ready" })).rejects.toMatchObject({ kind: "conflict" });
    expect(server.storage.get("sim/things", "ns/a")).not.toHaveProperty("status");
  });
});

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Lease } from "../api/core.ts";
import { assignShards, shardOf } from "./assignment.ts";
import type { Fence } from "./fence.ts";
import { Members, shardsAnnotation, wantedShards } from "./members.ts";
import type { OwnershipChange } from "./ownership.ts";
import { Units } from "./units.ts";

const names = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 12 });
const counts = fc.integer({ min: 1, max: 64 });

describe("the assignment", () => {
  test("gives every shard one live owner, nobody more than the fair share, and does not depend on order", () => {
    fc.assert(
      fc.property(names, counts, (members, shards) => {
        const owners = assignShards(members, shards);
        expect(owners).toHaveLength(shards);
        expect(assignShards(members.toReversed(), shards)).toEqual(owners);
        for (const member of members) {
          expect(owners.filter((owner) => owner === member).length).toBeLessThanOrEqual(
            Math.ceil(shards / members.length),
          );
        }
        expect(owners.every((owner) => members.includes(owner))).toBe(true);
      }),
    );
  });

  test("moves few shards when one of three leaves", () => {
    const before = assignShards(["a", "b", "c"], 16);
    const after = assignShards(["a", "b"], 16);
    const moved = before.filter((owner, shard) => owner !== "c" && owner !== after[shard]).length;
    expect(moved).toBeLessThanOrEqual(4);
  });

  test("spreads objects evenly", () => {
    const load = Array.from({ length: 16 }, () => 0);
    for (let index = 0; index < 16_000; index += 1) {
      const shard = shardOf(`3f2504e0-4f89-11d3-9a0c-${index.toString(16).padStart(12, "0")}`, 16);
      load[shard] = (load[shard] ?? 0) + 1;
    }
    expect(Math.max(...load)).toBeLessThan(1300);
    expect(Math.min(...load)).toBeGreaterThan(700);
  });
});

describe("who is alive", () => {
  const announcement = (name: string, version: number, holder = name, shards = 16, created = "2026-01-01"): Lease => ({
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: {
      name,
      uid: name,
      resourceVersion: String(version),
      creationTimestamp: created,
      annotations: { [shardsAnnotation]: String(shards) },
    },
    spec: { holderIdentity: holder, leaseDurationSeconds: 15 },
  });

  test("whoever's announcement changed within its duration; a released one is dead at once; old ones are swept", () => {
    const members = new Members();
    const alive = (leases: Lease[], now: number) => members.look(leases, now).live.map((member) => member.identity);
    expect(alive([announcement("a", 1), announcement("b", 1)], 0)).toEqual(["a", "b"]);
    expect(alive([announcement("a", 2), announcement("b", 1)], 14_000)).toEqual(["a", "b"]);
    expect(alive([announcement("a", 2), announcement("b", 1)], 16_000)).toEqual(["a"]);
    expect(alive([announcement("a", 3, "")], 17_000)).toEqual([]);
    expect(members.look([announcement("a", 3, "")], 700_000).stale).toHaveLength(1);
  });

  test("replicas that count shards otherwise never hold shards together: the senior goes on", () => {
    const members = new Members();
    const { live } = members.look([announcement("old", 1), announcement("new", 1, "new", 32, "2026-01-02")], 0);
    expect(wantedShards("old", live, 16, assignShards).size).toBe(16);
    expect(wantedShards("new", live, 32, assignShards).size).toBe(0);
    expect(wantedShards("unknown", live, 16, assignShards).size).toBe(0);
  });
});

describe("units", () => {
  const hold = (): Fence & { readonly lose: () => void } => {
    const stop = new AbortController();
    return {
      signal: stop.signal,
      check: () => stop.signal.throwIfAborted(),
      lose: () => stop.abort(new Error("lost")),
    };
  };
  const units = () => {
    const made = new Units((uid) => Number(uid));
    const told: string[] = [];
    const listen = (change: OwnershipChange) =>
      told.push(`${change.kind} ${[0, 1].filter((n) => change.concerns(String(n))).join()}`);
    made.subscribe(listen, new AbortController().signal);
    return { made, told };
  };

  test("a unit that drains gives no claims and is drained when the last one given is released", async () => {
    const { made, told } = units();
    made.open(0, hold());
    const [first, second] = [made.claim("0"), made.claim("0")];
    let drained = false;
    const draining = made.drain(0).then(() => (drained = true));
    expect(made.claim("0")).toBeUndefined();
    expect(made.owns("0")).toBe(false);
    first?.release();
    first?.release();
    await Promise.resolve();
    expect(drained).toBe(false);
    second?.release();
    await draining;
    expect(told).toEqual(["gained 0", "handedOver 0"]);
  });

  test("a hand-over taken back is told as gained, so that what was dropped is queued again", async () => {
    const { made, told } = units();
    made.open(1, hold());
    await made.drain(1);
    made.reopen(1);
    expect(told).toEqual(["gained 1", "handedOver 1", "gained 1"]);
    expect(made.claim("1")).toBeDefined();
  });

  test("claims know when the unit is lost", () => {
    const { made } = units();
    const held = hold();
    made.open(0, held);
    const claim = made.claim("0");
    held.lose();
    expect(claim?.signal.aborted).toBe(true);
    expect(() => claim?.check()).toThrow("lost");
    expect(made.claim("0")).toBeUndefined();
  });

  test("who comes late hears what is open", () => {
    const { made } = units();
    made.open(0, hold());
    const told: string[] = [];
    made.subscribe((change) => told.push(change.kind), new AbortController().signal);
    expect(told).toEqual(["gained"]);
  });
});

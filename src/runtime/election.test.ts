import { describe, expect, test } from "vitest";
import { leases } from "../api/core.ts";
import type { Kube } from "../kube/kube.ts";
import { seededRandom } from "../../test/support/seeded-random.ts";
import { createSimServer } from "../../test/support/sim-server.ts";
import { defaultLeaseTiming } from "./election.ts";
import type { Fence } from "./fence.ts";
import { type Contest, createLocalLeases } from "./leases.ts";
import { ManualClock, settled } from "./manual-clock.ts";

const key = { namespace: "ns", name: "lead" };
const { signal } = new AbortController();

function plane(seed = 1) {
  const clock = new ManualClock();
  const server = createSimServer({ clock, random: seededRandom(seed) });
  let cut = false;
  const replica = (identity: string, myClock = clock) => {
    const events: string[] = [];
    const connection: Kube = new Proxy(server.kube, {
      get(target, name) {
        if (cut && identity === "a") return () => Promise.reject(new Error("the network is gone"));
        return Reflect.get(target, name);
      },
    });
    const leasesOf = createLocalLeases({
      kube: connection,
      clock: myClock,
      random: seededRandom(identity.length),
      trouble: () => {},
    });
    const holds: Fence[] = [];
    const contest: Contest = leasesOf.contend(
      {
        ...key,
        identity,
        timing: defaultLeaseTiming,
        labels: {},
        annotations: {},
        onRelease: "clear",
      },
      {
        acquired(hold) {
          holds.push(hold);
          events.push("acquired");
        },
        lost: (why) => void events.push(`lost: ${why}`),
      },
    );
    return { contest, events, holds, leases: leasesOf };
  };
  return {
    clock,
    server,
    replica,
    cutA: () => {
      cut = true;
    },
  };
}

/** Ends a contest while time goes on. */
async function end(clock: ManualClock, ...contests: readonly Contest[]): Promise<void> {
  const ended = Promise.all(contests.map((contest) => contest.end()));
  await clock.advance(20_000);
  await ended;
}

test("one of two candidates gets the lease, the other keeps waiting while it is renewed", async () => {
  const { clock, replica } = plane();
  const a = replica("a");
  await clock.advance(100);
  const b = replica("b");
  await clock.advance(120_000);
  expect(a.events).toEqual(["acquired"]);
  expect(b.events).toEqual([]);
  await end(clock, a.contest, b.contest);
});

test("release empties the holder and asks for one second, so that the next takes it within a retry", async () => {
  const { clock, server, replica } = plane();
  const a = replica("a");
  await clock.advance(5000);
  const ending = a.contest.end();
  await clock.advance(3000);
  await ending;
  expect(await getLease(clock, server.kube)).toMatchObject({ spec: { holderIdentity: "", leaseDurationSeconds: 1 } });
  const b = replica("b");
  await clock.advance(5000);
  expect(b.events).toEqual(["acquired"]);
  expect(a.holds[0]?.signal.aborted).toBe(true);
  await end(clock, b.contest);
});

test("a holder cut off from the server stops itself before anybody else may take over", async () => {
  const { clock, replica, cutA } = plane();
  const a = replica("a");
  await clock.advance(1000);
  const b = replica("b");
  await clock.advance(10_000);
  cutA();
  const [hold] = a.holds;
  let stoppedAt: number | undefined;
  hold?.signal.addEventListener("abort", () => (stoppedAt = clock.monotonic()));
  const from = clock.monotonic();
  let takenAt: number | undefined;
  while (takenAt === undefined && clock.monotonic() < from + 60_000) {
    await clock.advance(100);
    if (b.events.includes("acquired")) takenAt = clock.monotonic();
  }
  expect(a.events[1]).toMatch(/could not be renewed for 10 s/);
  expect(stoppedAt).toBeLessThan(takenAt ?? 0);
  expect((stoppedAt ?? 0) - from).toBeLessThanOrEqual(12_100);
  expect(() => hold?.check()).toThrow(/no longer held/);
  await end(clock, b.contest);
});

test("after a standstill of the event loop the fence is closed before anybody could say so", async () => {
  const { clock, replica } = plane();
  const a = replica("a");
  await clock.advance(3000);
  const [hold] = a.holds;
  expect(() => hold?.check()).not.toThrow();
  clock.stall(10_000); // time passes, no timer fires, no message arrives
  expect(a.events).toEqual(["acquired"]);
  expect(() => hold?.check()).toThrow(/no longer held/);
  expect(hold?.signal.aborted).toBe(true);
  await end(clock, a.contest);
});

describe("a wall clock that jumps ten minutes", () => {
  test.each([600_000, -600_000])("by %i ms neither loses nor steals the lease", async (jump) => {
    const { clock, replica } = plane();
    const a = replica("a");
    await clock.advance(1000);
    const b = replica("b");
    await clock.advance(5000);
    clock.jump(jump);
    await clock.advance(120_000);
    expect(a.events).toEqual(["acquired"]);
    expect(b.events).toEqual([]);
    await end(clock, a.contest, b.contest);
  });
});

describe("a lease in wrong hands", () => {
  test("stolen by force: the holder notices at its next renewal and stops, the thief is respected", async () => {
    const { clock, server, replica } = plane();
    const a = replica("a");
    await clock.advance(3000);
    const stolen = server.kube.patch(
      leases,
      key,
      { kind: "merge", body: { spec: { holderIdentity: "thief", leaseDurationSeconds: 15 } } },
      { signal },
    );
    await clock.advance(5000);
    await stolen;
    expect(a.events[1]).toMatch(/taken by "thief"/);
    await clock.advance(8000);
    expect(a.events).toHaveLength(2);
    await clock.advance(30_000); // the thief never renews
    expect(a.events.at(-1)).toBe("acquired");
    await end(clock, a.contest);
  });

  test("deleted: the holder stops, and takes it again as a new term", async () => {
    const { clock, server, replica } = plane();
    const a = replica("a");
    await clock.advance(3000);
    const deleted = server.kube.delete(leases, key, { signal });
    await clock.advance(20_000);
    await deleted;
    expect(a.events).toEqual(["acquired", "lost: the Lease was deleted", "acquired"]);
    expect(() => a.holds[0]?.check()).toThrow(/no longer held/);
    expect(() => a.holds[1]?.check()).not.toThrow();
    await end(clock, a.contest);
  });

  test("a lease of a crashed replica is taken after its duration by local observation, whatever its timestamps say", async () => {
    const { clock, server, replica } = plane();
    const create = server.kube.create(
      leases,
      {
        apiVersion: "coordination.k8s.io/v1",
        kind: "Lease",
        metadata: key,
        spec: { holderIdentity: "dead", leaseDurationSeconds: 15, renewTime: "2099-01-01T00:00:00.000000Z" },
      },
      { signal },
    );
    await clock.advance(1000);
    await create;
    const a = replica("a");
    await clock.advance(14_000);
    expect(a.events).toEqual([]);
    await clock.advance(10_000);
    expect(a.events).toEqual(["acquired"]);
    await end(clock, a.contest);
  });
});

test("under seeded faults there are never two valid holds at once", async () => {
  for (let seed = 0; seed < 60; seed += 1) {
    const clock = new ManualClock();
    const random = seededRandom(seed);
    const server = createSimServer({ clock, random, faultChance: 0.25 });
    const holds = new Map<string, Fence>();
    const contests = ["a", "b", "c"].map((identity) => {
      const kept = createLocalLeases({ kube: server.kube, clock, random, trouble: () => {} });
      return kept.contend(
        { ...key, identity, timing: defaultLeaseTiming, labels: {}, annotations: {}, onRelease: "clear" },
        { acquired: (hold) => holds.set(identity, hold), lost: () => holds.delete(identity) },
      );
    });
    for (let step = 0; step < 300; step += 1) {
      await clock.advance(500);
      if (random() < 0.01) server.restart(random() * 20_000, "kept");
      const valid = [...holds.values()].filter((hold) => {
        try {
          hold.check();
          return true;
        } catch {
          return false;
        }
      });
      expect(valid.length, `seed ${seed}, step ${step}`).toBeLessThanOrEqual(1);
    }
    server.calm();
    await end(clock, ...contests);
  }
});

async function getLease(clock: ManualClock, kube: Kube) {
  const got = kube.get(leases, key, { signal });
  await clock.advance(1000);
  await settled();
  return got;
}

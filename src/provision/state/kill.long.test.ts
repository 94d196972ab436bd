// The worker killed with SIGKILL at every step of every operation: what was acknowledged is there, and the next up goes on.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemClock } from "../../kube/index.ts";
import type { CloudCall } from "./fixtures/cloud.ts";
import type { ThingSpec } from "./fixtures/program.ts";
import { startRig } from "./fixtures/rig.ts";
import type { Rig } from "./fixtures/rig.ts";
import { memoryStackStore } from "./index.ts";
import type { StackStore } from "./index.ts";

const signal = new AbortController().signal;
const owner = { uid: "uid-1", namespace: "shop", name: "web-shop" };
const before: readonly ThingSpec[] = [
  { name: "net", value: "one" },
  { name: "disk", value: "one", secret: "hunter2" },
  { name: "vm", value: "one", from: "net" },
];
/** Replaces net (and so updates vm), updates disk, adds queue. */
const after: readonly ThingSpec[] = [
  { name: "net", value: "one", kind: "big" },
  { name: "disk", value: "two", secret: "hunter2" },
  { name: "vm", value: "one", from: "net" },
  { name: "queue", value: "one" },
];

/** Counts points and strikes at one of them. */
interface Trap {
  count: number;
  strikeAt: number;
  strike: () => void;
}

function touch(trap: Trap): void {
  trap.count += 1;
  if (trap.count === trap.strikeAt) trap.strike();
}

/** A store that springs the trap before and after each write of a head. */
function trapped(inner: StackStore, trap: Trap): StackStore {
  return {
    ...inner,
    swapHead: async (head, version, signal_) => {
      touch(trap);
      const stored = await inner.swapHead(head, version, signal_);
      touch(trap);
      return stored;
    },
  };
}

describe("a worker killed at every step", () => {
  const trap: Trap = { count: 0, strikeAt: -1, strike: () => undefined };
  let rig: Rig;
  let epoch = 0;
  beforeAll(async () => {
    rig = await startRig({ store: trapped(memoryStackStore(systemClock), trap) });
    rig.cloud.onCall = (call: CloudCall) => (call.verb === "read" ? undefined : touch(trap));
  });
  afterAll(() => rig.close());

  /** Runs an operation as the operator does; with `strikeAt` the worker dies at that point. Returns the points passed. */
  async function operate(verb: "up" | "destroy", things: readonly ThingSpec[], strikeAt: number): Promise<number> {
    epoch += 1;
    const holder = `worker-${epoch}`;
    const takeover = { kind: "proofOfDeath", holder: `worker-${epoch - 1}`, evidence: "killed by the test" } as const;
    trap.strikeAt = -1;
    const lease = await rig.service.acquire({ stack: rig.stack, holder, takeover, owner }, signal);
    const token = rig.service.issueToken({ lease, rights: "write", expireTime: Date.now() + 600_000 });
    const operation = rig.start(verb, things, token);
    Object.assign(trap, { count: 0, strikeAt, strike: operation.kill });
    const { code, output } = await operation.done;
    const points = trap.count;
    trap.strikeAt = -1;
    if (strikeAt < 0 && code !== 0) throw new Error(output);
    return points;
  }

  /** Everything the cloud holds is in the state, as a resource or as a pending operation. */
  async function expectNothingLost(): Promise<void> {
    const { deployment } = await rig.service.exportStack(rig.stack, signal);
    const known = (deployment?.resources ?? []).map((resource) => resource.id ?? "");
    const pending = (deployment?.pending_operations ?? []).map(({ resource }) => {
      const { kind } = resource.inputs ?? {};
      return `${resource.urn.split("::")[3]}-${typeof kind === "string" ? kind : "plain"}`;
    });
    for (const id of rig.cloud.things.keys()) expect([...known, ...pending]).toContain(id);
    const living = (deployment?.resources ?? []).filter((resource) => resource.delete !== true);
    expect(new Set(living.map((resource) => resource.urn)).size).toBe(living.length);
  }

  const ids = (things: readonly ThingSpec[]): readonly string[] =>
    things.map((thing) => `${thing.name}-${thing.kind ?? "plain"}`).toSorted();

  test("up, change and destroy each end where an undisturbed run would have, and nothing is made twice", async () => {
    const steps: readonly (readonly ["up" | "destroy", readonly ThingSpec[]])[] = [
      ["up", before],
      ["up", after],
      ["destroy", after],
    ];
    const points: number[] = [];
    for (const [verb, things] of steps) {
      points.push(await operate(verb, things, -1));
    }
    expect(Math.min(...points)).toBeGreaterThan(8);
    let strikes = 0;
    for (let point = 1; point <= Math.max(...points); point += 1) {
      rig.cloud.made.clear();
      for (const [index, [verb, things]] of steps.entries()) {
        if (point <= (points[index] ?? 0)) {
          await operate(verb, things, point);
          strikes += 1;
          await expectNothingLost();
        }
        await operate(verb, things, -1);
        await expectNothingLost();
        expect([...rig.cloud.things.keys()].toSorted()).toEqual(verb === "destroy" ? [] : ids(things));
      }
      process.stderr.write(`point ${point} of ${Math.max(...points)}: ${strikes} strikes\n`);
      // Each of the five ids (net in both kinds) was made by exactly one create.
      expect([...rig.cloud.made.entries()].filter(([, times]) => times !== 1)).toEqual([]);
    }
    process.stderr.write(`killed the worker ${strikes} times (points of each operation: ${points.join(", ")})\n`);
    expect(rig.failures).toEqual([]);
  }, 1_800_000);
});

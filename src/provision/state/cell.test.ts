import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { KubeError, systemClock } from "../../kube/index.ts";
import type { Clock } from "../../kube/index.ts";
import { stateContext } from "./context.ts";
import type { StateContext } from "./context.ts";
import { EventLog } from "./history.ts";
import type { JournalEntry } from "./journal.ts";
import { parseKeyRing } from "./keys.ts";
import { acquire, cancel, LeaseWatch, release } from "./leases.ts";
import { ensureStack, removeStack, sweep } from "./lifecycle.ts";
import { defaultLimits } from "./limits.ts";
import { memoryStackStore } from "./memory-store.ts";
import type { StackLease } from "./stack.ts";
import type { StackStore } from "./store.ts";
import { append, complete, started } from "./updates.ts";
import { exportState } from "./transfer.ts";

const stack = { organization: "shop", project: "web", stack: "prod" };
const signal = new AbortController().signal;
const ring = parseKeyRing(`k1 ${Buffer.alloc(32, 1).toString("base64")}`);
const instant: Clock = { ...systemClock, sleep: async () => undefined };
const contextOver = (store: StackStore, clock: Clock = instant): StateContext =>
  stateContext({
    store,
    ring,
    clock,
    entropy: randomBytes,
    limits: defaultLimits,
    patienceMs: 60_000,
    leaseMs: 300_000,
    observationMs: 0,
  });

function created(sequence: number, name: string): readonly JournalEntry[] {
  const state = { urn: `urn:pulumi:prod::web::t:i:T::${name}`, type: "t:i:T", custom: true, id: name };
  const base = { version: 1, operationID: sequence };
  return [
    { ...base, kind: 0, sequenceID: 2 * sequence - 1, operation: { resource: state, type: "creating" } },
    { ...base, kind: 1, sequenceID: 2 * sequence, state },
  ];
}

const info = { startTime: 0, holder: "h", message: "", environment: {}, config: {}, engineVersion: "v3.250.0" };

async function begin(ctx: StateContext, lease: StackLease, id: string): Promise<void> {
  await ctx.cell(stack).change((head) => {
    if (head.epoch !== lease.epoch) throw new Error("fenced");
    return started(ctx, head, { id, kind: "update", mode: "journal", info, tags: undefined, operation: undefined });
  }, signal);
}

async function namesOf(ctx: StateContext): Promise<readonly string[]> {
  const state = await exportState(ctx, stack, undefined, signal);
  return (state.deployment?.resources ?? []).map((resource) => resource.id ?? "");
}

/** A store whose every call may be delayed by the scheduler, and may fail before or after it was done. */
function chaotic(store: StackStore, scheduler: fc.Scheduler, faults: () => "before" | "after" | "none"): StackStore {
  const shaken =
    <A extends readonly unknown[], R>(name: string, call: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      const fault = faults();
      await scheduler.schedule(Promise.resolve(), name);
      if (fault === "before") throw new KubeError("unreachable", "connection refused");
      const result = await call(...args);
      if (fault === "after") throw new KubeError("timeout", "no answer");
      return result;
    };
  return {
    ...store,
    getHead: shaken("getHead", store.getHead),
    swapHead: shaken("swapHead", store.swapHead),
    putChunk: shaken("putChunk", store.putChunk),
    getChunk: shaken("getChunk", store.getChunk),
  };
}

describe("changes of a head", () => {
  test("under any interleaving and lost answers: each acknowledged entry of the final holder is there once, and a fenced one's never after the raise", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.infiniteStream(fc.constantFrom("none", "none", "none", "before", "after")),
        async (scheduler, faults) => {
          const base = memoryStackStore(systemClock);
          await ensureStack(contextOver(base), stack, undefined, signal);
          const acknowledged = new Map<number, string[]>();
          const epochs: number[] = [];
          const holder = async (name: string): Promise<void> => {
            const ctx = contextOver(chaotic(base, scheduler, () => faults.next().value ?? "none"));
            const takeover = { kind: "proofOfDeath", holder: name === "a" ? "b" : "a", evidence: "said so" } as const;
            const lease = await acquire(ctx, new LeaseWatch(), { stack, holder: name, takeover }, signal);
            epochs.push(lease.epoch);
            const claim = { stack, updateId: name, epoch: lease.epoch, holder: name };
            await begin(ctx, lease, name);
            for (let step = 1; step <= 3; step += 1) {
              const thing = `${name}${step}`;
              await append(ctx, claim, created(step, thing), signal);
              acknowledged.set(lease.epoch, [...(acknowledged.get(lease.epoch) ?? []), thing]);
            }
            await complete(ctx, claim, "succeeded", new EventLog(), signal);
          };
          const both = Promise.allSettled([holder("a"), holder("b")]);
          await scheduler.waitFor(both);
          expect(new Set(epochs).size).toBe(epochs.length);
          const names = await namesOf(contextOver(base));
          expect(new Set(names).size).toBe(names.length);
          for (const thing of [...acknowledged.values()].flat()) expect(names).toContain(thing);
          const garbage = await sweep(contextOver(base), signal);
          expect(garbage.deleted).toBeGreaterThanOrEqual(0);
          expect(await namesOf(contextOver(base))).toEqual(names);
        },
      ),
      { numRuns: 150 },
    );
  });

  test("a batch sent twice counts once", async () => {
    const ctx = contextOver(memoryStackStore(systemClock));
    await ensureStack(ctx, stack, undefined, signal);
    const lease = await acquire(ctx, new LeaseWatch(), { stack, holder: "a", takeover: { kind: "free" } }, signal);
    await begin(ctx, lease, "u");
    const claim = { ...lease, updateId: "u" };
    await append(ctx, claim, created(1, "x"), signal);
    await append(ctx, claim, [...created(1, "x"), ...created(2, "y")], signal);
    expect(await namesOf(ctx)).toEqual(["x", "y"]);
    await complete(ctx, claim, "succeeded", new EventLog(), signal);
    await complete(ctx, claim, "succeeded", new EventLog(), signal);
    expect(await namesOf(ctx)).toEqual(["x", "y"]);
  });

  test("a journal larger than the head's tail moves into chunks, and any replica replays it", async () => {
    const store = memoryStackStore(systemClock);
    const ctx = contextOver(store);
    await ensureStack(ctx, stack, undefined, signal);
    const lease = await acquire(ctx, new LeaseWatch(), { stack, holder: "a", takeover: { kind: "free" } }, signal);
    await begin(ctx, lease, "u");
    const claim = { ...lease, updateId: "u" };
    const names = Array.from({ length: 40 }, (_, index) => `${index}-${randomBytes(700).toString("hex")}`);
    for (const [index, name] of names.entries()) {
      await append(ctx, claim, created(index + 1, name), signal);
    }
    const stored = await store.getHead(stack, signal);
    expect(stored?.head.update?.journal.segments.length).toBeGreaterThan(1);
    expect(JSON.stringify(stored?.head).length).toBeLessThan(40_000);
    expect(await namesOf(contextOver(store))).toEqual(names);
    const other = contextOver(store);
    const takeover = { kind: "proofOfDeath", holder: "a", evidence: "gone" } as const;
    await acquire(other, new LeaseWatch(), { stack, holder: "b", takeover }, signal);
    const closed = await store.getHead(stack, signal);
    expect(closed?.head.update).toBeUndefined();
    expect(closed?.head.lastUpdate).toEqual({ id: "u", result: "failed" });
    expect(await namesOf(other)).toEqual(names);
  });

  test("old chunks go with the next epoch, and removal leaves nothing", async () => {
    const store = memoryStackStore(systemClock);
    const ctx = contextOver(store);
    await ensureStack(ctx, stack, undefined, signal);
    for (let round = 1; round <= 8; round += 1) {
      const lease = await acquire(ctx, new LeaseWatch(), { stack, holder: "a", takeover: { kind: "free" } }, signal);
      const claim = { ...lease, updateId: `u${round}` };
      await begin(ctx, lease, claim.updateId);
      await append(ctx, claim, created(1, `x${round}`), signal);
      await complete(ctx, claim, "succeeded", new EventLog(), signal);
      await release(ctx, lease, signal);
    }
    // present state, five earlier ones, history, and what the last epoch may still have dropped
    expect((await store.listChunks(undefined, signal)).length).toBeLessThanOrEqual(10);
    await removeStack(ctx, stack, "retain", signal);
    expect(await store.listChunks(undefined, signal)).toEqual([]);
    expect(await store.getHead(stack, signal)).toBeUndefined();
  });

  test("cancel closes an update even when nobody holds the stack any more, and does nothing twice", async () => {
    const ctx = contextOver(memoryStackStore(systemClock));
    await ensureStack(ctx, stack, undefined, signal);
    const lease = await acquire(ctx, new LeaseWatch(), { stack, holder: "a", takeover: { kind: "free" } }, signal);
    await begin(ctx, lease, "u");
    await cancel(ctx, stack, signal);
    await cancel(ctx, stack, signal);
    const head = await ctx.cell(stack).mustRead(signal);
    expect(head).toMatchObject({ epoch: 4, lastUpdate: { id: "u", result: "cancelled" } });
    expect(head.update).toBeUndefined();
  });

  test("while the store is away a change waits, and past its patience says so", async () => {
    const base = memoryStackStore(systemClock);
    await ensureStack(contextOver(base), stack, undefined, signal);
    let now = 0;
    const clock: Clock = { now: () => now, monotonic: () => now, sleep: async (ms) => void (now += ms) };
    const away = (until: number): StackStore => ({
      ...base,
      swapHead: async (head, version, signal_) => {
        if (now < until) throw new KubeError("unreachable", "connection refused");
        return base.swapHead(head, version, signal_);
      },
    });
    await cancel(contextOver(away(30_000), clock), stack, signal);
    expect(now).toBeGreaterThanOrEqual(30_000);
    now = 0;
    await expect(cancel(contextOver(away(1e9), clock), stack, signal)).rejects.toMatchObject({ kind: "unavailable" });
    expect(now).toBeLessThanOrEqual(60_000);
  });
});

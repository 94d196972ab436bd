import { describe, expect, test } from "vitest";
import { startSimController } from "../../test/support/sim-controller.ts";
import { configMaps } from "../api/core.ts";
import { Fenced } from "./fence.ts";
import { ownsEverything, type Ownership } from "./ownership.ts";
import type { ReconcileContext } from "./reconcile.ts";

describe("a pass", () => {
  test("has its deps, its key, a log and events of its object, and an end in time", async () => {
    const contexts: (ReconcileContext & { color: string })[] = [];
    const it = await startSimController({
      timeoutMs: 1000,
      reconcile: async (_, ctx) => {
        contexts.push(ctx);
        ctx.events.warning("Slow", "Wait", "this takes long");
        await ctx.clock.sleep(60_000, ctx.signal);
        return {};
      },
    });
    it.put("a");
    await it.clock.advance(1001);
    expect(contexts[0]).toMatchObject({ color: "blue", key: { namespace: "ns", name: "a" } });
    expect(it.notes[0]).toMatchObject({ type: "Warning", reason: "Slow" });
    expect(contexts[0]?.signal.reason).toMatchObject({ name: "ReconcileTimeout" });
    expect(await it.metric("controller_runtime_reconcile_timeouts_total")).toBe(1);
    await it.end();
  });

  test("that ignores its signal is never doubled, and after a while it is told of as stuck", async () => {
    const gate = Promise.withResolvers<void>();
    let passes = 0;
    const it = await startSimController({
      timeoutMs: 1000,
      reconcile: async () => {
        passes += 1;
        await gate.promise;
        return {};
      },
    });
    it.put("a");
    await it.clock.advance(60_000);
    it.put("a", { generation: 2 });
    await it.clock.advance(30_000);
    expect(passes).toBe(1);
    expect(it.controller.stuck()).toBeUndefined();
    await it.clock.advance(60_000);
    expect(it.controller.stuck()).toMatch(/ns\/a has run for 1\d\d s/);
    gate.resolve();
    await it.clock.advance(1000);
    expect(it.controller.stuck()).toBeUndefined();
    expect(passes).toBe(2);
    await it.end();
  });

  test("cannot write once its object is another replica's, and is no failure then", async () => {
    const right = { lost: false };
    const hold = new AbortController();
    const ownership: Ownership = {
      ...ownsEverything,
      claim: () => ({
        signal: hold.signal,
        release: () => {},
        check() {
          if (right.lost) throw new Fenced("the shard");
        },
      }),
    };
    const it = await startSimController({
      ownership,
      reconcile: async (object, ctx) => {
        right.lost = true;
        const body = { data: { written: "yes" } };
        await ctx.kube.patch(configMaps, ctx.key, { kind: "merge", body }, { signal: ctx.signal });
        return { status: undefined, requeueAfter: object.metadata.generation };
      },
    });
    it.put("a");
    await it.clock.advance(5000);
    expect(it.server.storage.get("/configmaps", "ns/a")).not.toHaveProperty("data");
    expect(await it.metric("controller_runtime_reconcile_errors_total")).toBe(0);
    await it.end();
  });

  test("ends at once when the lease of its object is lost, is no failure, and is not tried again here", async () => {
    const hold = new AbortController();
    const ownership: Ownership = {
      ...ownsEverything,
      claim: () => (hold.signal.aborted ? undefined : { signal: hold.signal, release: () => {}, check: () => {} }),
    };
    let passes = 0;
    let endedAt: number | undefined;
    const it = await startSimController({
      ownership,
      reconcile: async (_, ctx) => {
        passes += 1;
        await ctx.clock.sleep(9000, ctx.signal).finally(() => (endedAt = ctx.clock.monotonic()));
        return {};
      },
    });
    it.put("a");
    await it.clock.advance(2000);
    const lostAt = it.clock.monotonic();
    hold.abort(new Fenced("the shard"));
    await it.clock.advance(60_000);
    expect(endedAt).toBe(lostAt);
    expect(passes).toBe(1);
    expect(await it.metric("controller_runtime_reconcile_errors_total")).toBe(0);
    await it.end();
  });

  test("in flight at the end may finish; nothing new begins", async () => {
    const gate = Promise.withResolvers<void>();
    const seen: string[] = [];
    const it = await startSimController({
      concurrency: 1,
      reconcile: async (object) => {
        seen.push(object.metadata.name);
        await gate.promise;
        return {};
      },
    });
    it.put("a");
    it.put("b");
    await it.clock.advance(1000);
    it.intake.abort(new Error("over"));
    gate.resolve();
    await it.clock.advance(1000);
    await it.running;
    expect(seen).toEqual(["a"]);
    await it.end();
  });

  test("runs beside at most as many others as allowed", async () => {
    const now = { running: 0, most: 0 };
    const it = await startSimController({
      concurrency: 3,
      reconcile: async (_, ctx) => {
        now.running += 1;
        now.most = Math.max(now.most, now.running);
        await ctx.clock.sleep(100, ctx.signal);
        now.running -= 1;
        return {};
      },
    });
    for (let index = 0; index < 10; index += 1) it.put(`object-${index}`);
    await it.clock.advance(5000);
    expect(now.most).toBe(3);
    await it.end();
  });
});

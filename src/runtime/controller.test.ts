import { Registry } from "prom-client";
import { describe, expect, test } from "vitest";
import { seededRandom } from "../../test/support/seeded-random.ts";
import { createSimServer } from "../../test/support/sim-server.ts";
import { configMaps } from "../api/core.ts";
import type { KubeObject } from "../api/object.ts";
import { createController } from "./controller.ts";
import type { EventNote } from "./events.ts";
import { Fenced } from "./fence.ts";
import { createInformers } from "./informers.ts";
import { silentLogger } from "./log.ts";
import { ManualClock } from "./manual-clock.ts";
import { createMetrics } from "./metrics.ts";
import { retry, terminal, waitForInput } from "./outcome.ts";
import { ownsEverything, type Ownership } from "./ownership.ts";
import { restless } from "./pace.ts";
import { reconcileAtAnnotation } from "./predicate.ts";
import type { Reconcile, ReconcileContext } from "./reconcile.ts";
import { called, createChannel, mapped, owned } from "./trigger.ts";

interface Setting {
  readonly reconcile: Reconcile<KubeObject, { readonly color: string }>;
  readonly ownership?: Ownership;
  readonly timeoutMs?: number;
  readonly concurrency?: number;
}

/** One controller of ConfigMaps over a simulated server and virtual time. */
async function started({ reconcile, ownership = ownsEverything, timeoutMs = 10_000, concurrency = 2 }: Setting) {
  const clock = new ManualClock();
  const server = createSimServer({ clock, random: seededRandom(7), latencyMs: 0 });
  const life = new AbortController();
  const intake = new AbortController();
  const abort = new AbortController();
  const { kube } = server;
  const informers = createInformers({
    kube,
    clock,
    random: () => 0.5,
    signal: life.signal,
    pace: () => restless,
    report: () => {},
  });
  const cache = informers.informer(configMaps, { signal: life.signal, labelSelector: "mine=yes" });
  const others = informers.informer(configMaps, { signal: life.signal, labelSelector: "mine=no" });
  const registry = new Registry();
  const notes: EventNote[] = [];
  const channel = createChannel();
  const gone: string[] = [];
  const controller = createController(
    {
      name: "test",
      cache,
      reconcile,
      deps: { color: "blue" },
      concurrency,
      timeoutMs,
      onGone: (object) => gone.push(object.metadata.name),
      triggers: [
        called("calls", channel),
        owned(others, { group: "", kind: "ConfigMap", namespaced: true }),
        mapped("label", others, (other) => {
          const name = other.metadata.labels?.["about"];
          return name === undefined ? [] : [{ namespace: "ns", name }];
        }),
      ],
    },
    {
      kube,
      clock,
      random: () => 0.5,
      log: silentLogger,
      events: { record: (_, note) => notes.push(note), flush: () => Promise.resolve() },
      metrics: createMetrics(registry),
      ownership,
      findCache: () => cache,
    },
  );
  await clock.advance(1000);
  const running = controller.run(intake.signal, abort.signal);
  const put = (name: string, more: Partial<KubeObject["metadata"]> = {}, fields: object = {}) => {
    const held = server.storage.get("/configmaps", `ns/${name}`);
    const metadata = { uid: `uid-${name}`, labels: { mine: "yes" }, ...held?.metadata, ...more, name, namespace: "ns" };
    server.storage.write("/configmaps", `ns/${name}`, {
      apiVersion: "v1",
      kind: "ConfigMap",
      ...held,
      ...fields,
      metadata,
    });
  };
  return {
    clock,
    server,
    controller,
    channel,
    notes,
    gone,
    put,
    remove: (name: string) => server.storage.write("/configmaps", `ns/${name}`, undefined),
    metric: async (name: string) => {
      const line = (await registry.metrics()).split("\n").find((each) => each.startsWith(name));
      return line === undefined ? undefined : Number(line.split(" ").at(-1));
    },
    intake,
    abort,
    running,
    end: async () => {
      intake.abort(new Error("over"));
      abort.abort(new Error("over"));
      await clock.advance(20_000);
      await running;
      life.abort(new Error("over"));
      await informers.closed;
      expect(clock.nextWake, "nothing sleeps on").toBeUndefined();
    },
  };
}

describe("what follows from an outcome", () => {
  /** Passes within `ms` when each one ends like `end`. */
  const passesIn = async (ms: number, end: () => { readonly requeueAfter?: number }, counter?: string) => {
    let passes = 0;
    const it = await started({
      reconcile: async () => {
        passes += 1;
        return end();
      },
    });
    it.put("a");
    await it.clock.advance(ms);
    const counted = counter === undefined ? undefined : await it.metric(counter);
    await it.end();
    return { passes, counted };
  };
  const throwing = (error: unknown) => () => {
    throw error;
  };
  const total = (result: string) => `controller_runtime_reconcile_total{controller="test",result="${result}"}`;

  test("success: nothing until something changes", async () => {
    expect(await passesIn(60_000, () => ({}), total("success"))).toEqual({ passes: 1, counted: 1 });
  });
  test("requeueAfter: again after that long", async () => {
    expect(await passesIn(10_500, () => ({ requeueAfter: 1000 }), total("requeue_after"))).toEqual({
      passes: 11,
      counted: 11,
    });
  });
  test("requeueAfter 0 does not loop hot", async () => {
    const { passes } = await passesIn(1000, () => ({ requeueAfter: 0 }), total("requeue"));
    expect(passes).toBeLessThan(12);
    expect(passes).toBeGreaterThan(5);
  });
  test("a failure: again with doubling waits", async () => {
    // 5, 10, 20, ... 640 ms: eight waits within 1275 ms.
    expect(await passesIn(1300, throwing(new Error("no")), "controller_runtime_reconcile_errors_total")).toEqual({
      passes: 9,
      counted: 9,
    });
  });
  test("retry with a time: again after that time", async () => {
    expect((await passesIn(10_500, throwing(retry("Busy", "later", { afterMs: 1000 })))).passes).toBe(11);
  });
  test("waiting for input: not again, and no error", async () => {
    expect(await passesIn(60_000, throwing(waitForInput("Missing", "make it")), total("error"))).toEqual({
      passes: 1,
      counted: 0,
    });
  });
  test("terminal: not again, counted as such", async () => {
    const counter = "controller_runtime_terminal_reconcile_errors_total";
    expect(await passesIn(60_000, throwing(terminal("Broken", "for good")), counter)).toEqual({
      passes: 1,
      counted: 1,
    });
  });
  test.each([new TypeError("x is undefined"), "a string", undefined])(
    "a defect (%s): counted, tried again",
    async (error) => {
      const { passes, counted } = await passesIn(100, throwing(error), "controller_runtime_reconcile_panics_total");
      expect(passes).toBeGreaterThan(3);
      expect(counted).toBe(passes);
    },
  );
  test("everything is looked at again after ten hours", async () => {
    expect((await passesIn(36_000_000 + 10_000, () => ({}))).passes).toBe(2);
  });
});

describe("what makes it look", () => {
  const recording = async () => {
    const seen: string[] = [];
    const it = await started({
      reconcile: async (object) => {
        seen.push(object.metadata.name);
        return {};
      },
    });
    return {
      ...it,
      next: async () => {
        await it.clock.advance(1000);
        return seen.splice(0);
      },
    };
  };

  test("what is meaningful: spec, labels, annotations, finalizers and a class of health; not a score", async () => {
    const { put, next, end } = await recording();
    const health = (score: number, name: string) => ({ status: { health: { score, class: name } } });
    put("a", { generation: 1 }, health(90, "Healthy"));
    expect(await next()).toEqual(["a"]);
    put("a", {}, health(81, "Healthy"));
    expect(await next()).toEqual([]);
    put("a", {}, health(79, "Degraded"));
    expect(await next()).toEqual(["a"]);
    put("a", { generation: 2 });
    expect(await next()).toEqual(["a"]);
    put("a", { annotations: { [reconcileAtAnnotation]: "1" } });
    expect(await next()).toEqual(["a"]);
    put("a", { finalizers: ["x"] });
    expect(await next()).toEqual(["a"]);
    await end();
  });

  test("owners of what changed, what a mapper names, and calls; only for objects there are", async () => {
    const { put, next, channel, end } = await recording();
    put("a");
    put("b");
    await next();
    const ownerReferences = [{ apiVersion: "v1", kind: "ConfigMap", name: "a", uid: "uid-a" }];
    put("child", { labels: { mine: "no" }, ownerReferences });
    expect(await next()).toEqual(["a"]);
    put("note", { labels: { mine: "no", about: "a" } });
    await next();
    put("note", { labels: { mine: "no", about: "b" } });
    expect((await next()).toSorted((x, y) => (x < y ? -1 : 1))).toEqual(["a", "b"]);
    channel.request({ namespace: "ns", name: "b" }, 500);
    channel.request({ namespace: "ns", name: "nobody" });
    expect(await next()).toEqual(["b"]);
    await end();
  });

  test("an object that is gone takes no memory and is told of", async () => {
    const { put, remove, next, gone, controller, end } = await recording();
    put("a");
    await next();
    expect(controller.queue.size).toBe(1); // its resync
    remove("a");
    await next();
    expect(gone).toEqual(["a"]);
    expect(controller.queue.size).toBe(0);
    await end();
  });
});

describe("a pass", () => {
  test("has its deps, its key, a log and events of its object, and an end in time", async () => {
    const contexts: (ReconcileContext & { color: string })[] = [];
    const it = await started({
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
    const it = await started({
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
    const it = await started({
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
    const it = await started({
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
    const it = await started({
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
    const it = await started({
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

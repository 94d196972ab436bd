// The runtime against a real API server: passes, statuses, events, leases, failover and shutdown.
import { randomUUID } from "node:crypto";
import { Registry } from "prom-client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { usePlane } from "../../test/support/plane.ts";
import { type ConfigMap, configMaps, events, leases, namespaces } from "../api/core.ts";
import type { KubeClient } from "../kube/index.ts";
import { createKube, systemClock } from "../kube/index.ts";
import {
  createLogger,
  createManager,
  createMetrics,
  defaultLeaseTiming,
  type HoldingOptions,
  type Manager,
  type Reconcile,
  reconcileAtAnnotation,
} from "./index.ts";
import { createThreadLeases } from "./thread-leases.ts";

const { signal } = new AbortController();
const namespace = `engine-${randomUUID().slice(0, 8)}`;
let kubeconfig: { path: string };
let kube: KubeClient;

beforeAll(async () => {
  kubeconfig = { path: (await usePlane()).kubeconfigPath };
  kube = await createKube({ kubeconfig, clock: systemClock, random: Math.random }, signal);
  await kube.create(namespaces, { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } }, { signal });
});
afterAll(async () => {
  await kube.delete(namespaces, { name: namespace }, { signal });
  await kube.close();
});

interface Running {
  readonly manager: Manager;
  readonly stop: () => Promise<void>;
}

async function running(set: (manager: Manager) => void, holding: HoldingOptions = { kind: "alone" }): Promise<Running> {
  const registry = new Registry();
  const manager = createManager({
    kube,
    connection: { kubeconfig },
    clock: systemClock,
    random: Math.random,
    log: createLogger({ level: "error" }),
    identity: `test-${randomUUID()}`,
    registry,
    metrics: createMetrics(registry),
    holding,
    metricsAddress: "127.0.0.1:0",
    healthAddress: "127.0.0.1:0",
  });
  set(manager);
  const stop = new AbortController();
  const ended = manager.run(stop.signal);
  await until(() => manager.ready);
  return {
    manager,
    async stop() {
      stop.abort();
      await ended;
    },
  };
}

async function until(holds: () => boolean | Promise<boolean>, ms = 30_000): Promise<void> {
  const end = performance.now() + ms;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`did not come true within ${ms} ms: ${holds.toString()}`);
    await systemClock.sleep(50, signal);
  }
}

const configMap = (name: string, label: string): ConfigMap => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace, labels: { test: label } },
});

const get = async (manager: Manager, server: "health" | "metrics", path: string) => {
  const response = await fetch(`http://127.0.0.1:${manager.ports.get(server)}${path}`);
  return { status: response.status, text: await response.text() };
};

test("a controller sees what is there, what changes and what it is asked for, and its next pass sees its own writes", async () => {
  const label = randomUUID();
  const passes: { name: string; writes: number }[] = [];
  const reconcile: Reconcile<ConfigMap> = async (object, ctx) => {
    const writes = Number(object.metadata.annotations?.["writes"] ?? 0);
    passes.push({ name: ctx.key.name, writes });
    ctx.events.normal("Seen", "Look", "the object was seen");
    if (writes < 3) {
      const body = { metadata: { annotations: { writes: String(writes + 1) } } };
      await ctx.kube.patch(configMaps, ctx.key, { kind: "merge", body }, { signal: ctx.signal });
      return { requeueAfter: 1 };
    }
    return {};
  };
  await kube.create(configMaps, configMap("first", label), { signal });
  const { manager, stop } = await running((made) => {
    const cache = made.cache(configMaps, { namespace, labelSelector: `test=${label}` });
    made.controller({ name: "seer", cache, reconcile, deps: {} });
  });
  await until(() => passes.some((pass) => pass.name === "first" && pass.writes === 3));
  await kube.create(configMaps, configMap("second", label), { signal });
  await until(() => passes.some((pass) => pass.name === "second" && pass.writes === 3));

  const before = passes.length;
  const body = { metadata: { annotations: { [reconcileAtAnnotation]: "now" } } };
  await kube.patch(configMaps, { namespace, name: "first" }, { kind: "merge", body }, { signal });
  await until(() => passes.length > before);

  expect((await get(manager, "health", "/readyz")).status).toBe(200);
  expect((await get(manager, "health", "/healthz")).text).toContain("[+] workers ok");
  const metrics = (await get(manager, "metrics", "/metrics")).text;
  expect(metrics).toMatch(/controller_runtime_reconcile_total\{controller="seer",result="success"\} [1-9]/);
  expect(metrics).toContain('controller_runtime_reconcile_errors_total{controller="seer"} 0');
  expect(metrics).toContain('workqueue_depth{name="seer",controller="seer"} 0');
  await stop();
  const told = await kube.list(events, { namespace, signal });
  const first = told.items.filter((event) => event.regarding?.name === "first");
  expect(first).toHaveLength(1);
  expect(first[0]).toMatchObject({ reason: "Seen", action: "Look", type: "Normal" });
  expect(first[0]?.series?.count).toBeGreaterThanOrEqual(4);
  await expect(get(manager, "health", "/readyz")).rejects.toThrow();
});

test("shutdown lets a pass in flight end, tells probes the truth meanwhile, and releases the leases", async () => {
  const label = randomUUID();
  const gate = Promise.withResolvers<void>();
  const state = { started: 0, ended: 0, aborted: false };
  const reconcile: Reconcile<ConfigMap> = async (_object, ctx) => {
    state.started += 1;
    ctx.signal.addEventListener("abort", () => (state.aborted = true));
    await gate.promise;
    state.ended += 1;
    return {};
  };
  await kube.create(configMaps, configMap("slow", label), { signal });
  const name = `graceful-${randomUUID().slice(0, 8)}`;
  const { manager, stop } = await running(
    (made) => {
      const cache = made.cache(configMaps, { namespace, labelSelector: `test=${label}` });
      made.controller({ name: "slow", cache, reconcile, deps: {} });
    },
    { kind: "leases", name, namespace, shards: 2 },
  );
  await until(() => state.started === 1);
  const stopped = stop();
  await until(async () => (await get(manager, "health", "/readyz")).status === 503);
  expect((await get(manager, "health", "/readyz")).text).toContain("shutting down");
  expect(state).toEqual({ started: 1, ended: 0, aborted: false });
  const holders = async () =>
    (await kube.list(leases, { namespace, signal })).items
      .filter((lease) => lease.metadata.name.startsWith(name))
      .map((lease) => lease.spec?.holderIdentity);
  expect(await holders()).not.toContain("");
  gate.resolve();
  await stopped;
  expect(state).toEqual({ started: 1, ended: 1, aborted: false });
  // The leader's lease and two shards are left empty; the announcement is gone.
  expect(await holders()).toEqual(["", "", ""]);
});

describe("leader election with the real API server", () => {
  const request = (name: string, identity: string) => ({
    name,
    namespace,
    identity,
    timing: defaultLeaseTiming,
    labels: {},
    annotations: {},
    onRelease: "clear" as const,
  });
  const threads = () =>
    createThreadLeases({
      connection: { kubeconfig },
      trouble: () => {},
      died: (error) => {
        throw error;
      },
    });

  test("a busy event loop keeps its lease, because another thread renews it", async () => {
    const name = `busy-${randomUUID().slice(0, 8)}`;
    const lost: string[] = [];
    const mine = threads();
    const contest = mine.contend(request(name, "busy"), { acquired: () => {}, lost: (why) => lost.push(why) });
    await until(() => contest.hold !== undefined);
    const { hold } = contest;
    const before = await kube.get(leases, { namespace, name }, { signal });
    const end = performance.now() + 12_000; // longer than the renew deadline
    while (performance.now() < end) Math.sqrt(Math.random());
    expect(() => hold?.check()).not.toThrow();
    await systemClock.sleep(100, signal);
    expect(lost).toEqual([]);
    const after = await kube.get(leases, { namespace, name }, { signal });
    expect(after.spec?.renewTime).not.toBe(before.spec?.renewTime);
    await mine.close();
    expect((await kube.get(leases, { namespace, name }, { signal })).spec).toMatchObject({
      holderIdentity: "",
      leaseDurationSeconds: 1,
    });
    expect(hold?.signal.aborted).toBe(true);
  }, 40_000);

  test("a stolen lease fences the holder at its next write, even one whose event loop was blocked meanwhile", async () => {
    const name = `stolen-${randomUUID().slice(0, 8)}`;
    const mine = threads();
    const contest = mine.contend(request(name, "owner"), { acquired: () => {}, lost: () => {} });
    await until(() => contest.hold !== undefined);
    const { hold } = contest;
    const body = { spec: { holderIdentity: "thief", leaseDurationSeconds: 3600 } };
    await kube.patch(leases, { namespace, name }, { kind: "merge", body }, { signal });
    const end = performance.now() + 5000; // no message of the thread can arrive in this time
    while (performance.now() < end) Math.sqrt(Math.random());
    expect(hold?.signal.aborted).toBe(false);
    expect(() => hold?.check()).toThrow(/no longer held/);
    expect(hold?.signal.aborted).toBe(true);
    await mine.close();
    expect((await kube.get(leases, { namespace, name }, { signal })).spec?.holderIdentity).toBe("thief");
  }, 40_000);

  test("a released lease is taken over within seconds", async () => {
    const name = `handed-${randomUUID().slice(0, 8)}`;
    const [one, two] = [threads(), threads()];
    const first = one.contend(request(name, "one"), { acquired: () => {}, lost: () => {} });
    await until(() => first.hold !== undefined);
    const second = two.contend(request(name, "two"), { acquired: () => {}, lost: () => {} });
    await systemClock.sleep(1000, signal);
    expect(second.hold).toBeUndefined();
    await one.close();
    await until(() => second.hold !== undefined, 10_000);
    await two.close();
  }, 40_000);
});

import { expect, test } from "vitest";
import { createSimServer } from "../../../test/support/sim-server.ts";
import { seededRandom } from "../../../test/support/seeded-random.ts";
import type { Event, KubeObject } from "../../api/index.ts";
import type { Kube } from "../../kube/index.ts";
import { type ChangeHandler, createInformers, ManualClock } from "../../runtime/index.ts";
import { restless } from "../../runtime/pace.ts";
import { createPastKeeper } from "../../signals/index.ts";
import { createWorkloadPods, everything, scopesOf } from "./pods.ts";

const deployment = (namespace: string): KubeObject => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { namespace, name: "api", uid: `uid-${namespace}` },
});

/** A cluster whose Deployments `api` are scored once `select` was called. */
function setup() {
  const clock = new ManualClock();
  const server = createSimServer({ clock, random: seededRandom(1) });
  const watched = new Set<string>();
  const handlers = new Set<ChangeHandler<KubeObject>>();
  const selected = new Map<string, KubeObject>();
  const held = new Set<string>();
  const warnings: Event[] = [];
  const keeper = createPastKeeper();
  const stop = new AbortController();
  const kube: Kube = {
    ...server.kube,
    async *watch(type, options) {
      const scope = options.namespace ?? "all";
      watched.add(scope);
      try {
        yield* server.kube.watch(type, options);
      } finally {
        watched.delete(scope);
      }
    },
  };
  const parts = { kube, clock, random: seededRandom(2), report: () => undefined, pace: () => restless };
  const pods = createWorkloadPods({
    clock,
    informers: (signal) => createInformers({ ...parts, signal }),
    workloads: [
      {
        subscribe(handler) {
          for (const [key, object] of selected)
            handler({ kind: "added", key, old: undefined, new: object, initial: true });
          handlers.add(handler);
        },
      },
    ],
    warnings: { byIndex: (_, namespace) => warnings.filter(({ regarding }) => regarding?.namespace === namespace) },
    find: (kind, namespace, name) =>
      kind === "Deployment" && name === "api" ? selected.get(namespace)?.metadata.uid : undefined,
    holds: (uid) => held.has(uid),
    keeper,
  });
  const write = (namespace: string, name: string, restartCount: number | undefined, of = "api-5d8c7b9f4"): void => {
    const finishedAt = new Date(clock.now() - 60_000).toISOString();
    const owner = { apiVersion: "apps/v1", kind: "ReplicaSet", name: of, uid: "r", controller: true };
    const pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: {
        namespace,
        name,
        uid: `uid-${name}`,
        labels: { "pod-template-hash": "5d8c7b9f4" },
        ownerReferences: [owner],
      },
      status: { containerStatuses: [{ name: "x", restartCount, lastState: { terminated: { finishedAt } } }] },
    };
    server.storage.write("/pods", `${namespace}/${name}`, restartCount === undefined ? undefined : pod);
  };
  return {
    clock,
    pods,
    held,
    keeper,
    warnings,
    watched,
    write,
    select(namespace: string) {
      const object = deployment(namespace);
      selected.set(namespace, object);
      for (const tell of handlers) tell({ kind: "added", key: namespace, old: undefined, new: object, initial: false });
    },
    deselect(namespace: string) {
      const old = selected.get(namespace) ?? deployment(namespace);
      selected.delete(namespace);
      for (const tell of handlers) tell({ kind: "deleted", key: namespace, old, new: undefined, initial: false });
    },
    restarts: (namespace: string) => keeper.of(deployment(namespace), clock.now()).restarts.length,
    begin: () => pods.run(stop.signal),
    end: () => stop.abort(new Error("over")),
  };
}

test("restarts of a workload's Pods are counted while it is held, those before it as well, and none of other Pods", async () => {
  const { clock, pods, held, write, select, restarts, begin, end } = setup();
  select("shop");
  write("shop", "one", 1);
  write("shop", "stranger", 7, "other-5d8c7b9f4");
  const running = begin();
  await clock.advance(2_000);
  expect(restarts("shop")).toBe(0);

  held.add("uid-shop");
  pods.look(deployment("shop"));
  expect(restarts("shop")).toBe(1);
  pods.look(deployment("shop"));
  write("shop", "one", 3);
  write("shop", "two", 0);
  await clock.advance(2_000);
  write("shop", "two", 1);
  await clock.advance(2_000);
  expect(restarts("shop")).toBe(4);
  end();
  await running;
});

test("a Pod that is gone leaves its restarts and no count", async () => {
  const { clock, held, write, select, restarts, begin, end } = setup();
  select("shop");
  held.add("uid-shop");
  const running = begin();
  write("shop", "one", 2);
  await clock.advance(2_000);
  write("shop", "one", undefined);
  await clock.advance(2_000);
  expect(restarts("shop")).toBe(1);
  write("shop", "one", 9); // the same uid again: were its count known, these would be seven more
  await clock.advance(2_000);
  expect(restarts("shop")).toBe(2);
  end();
  await running;
});

test("warnings about its Pods from before a workload was scored are taken note of, by the owner where the Pod is known", async () => {
  const { clock, pods, held, keeper, warnings, write, select, begin, end } = setup();
  const warn = (name: string): Event => ({
    apiVersion: "events.k8s.io/v1",
    kind: "Event",
    metadata: { name, namespace: "shop" },
    eventTime: new Date(clock.now() - 60_000).toISOString(),
    reason: "BackOff",
    action: "Start",
    type: "Warning",
    regarding: { kind: "Pod", namespace: "shop", name, uid: `uid-${name}` },
    reportingController: "c",
    reportingInstance: "i",
  });
  write("shop", "known", 0);
  write("shop", "api-5d8c7b9f4-x2x4z", 0, "other-5d8c7b9f4");
  const running = begin();
  select("shop");
  await clock.advance(2_000);
  warnings.push(warn("known"), warn("api-5d8c7b9f4-x2x4z"), warn("api-5d8c7b9f4-zzzzz"), warn("other-0"));
  expect(warnings.map((event) => pods.warned(event))).toEqual(["uid-shop", undefined, "uid-shop", undefined]);
  held.add("uid-shop");
  pods.look(deployment("shop"));
  expect(keeper.of(deployment("shop"), clock.now()).warnings).toHaveLength(2);
  end();
  await running;
});

test("only namespaces with scored workloads are watched, and many of them as one", async () => {
  const { clock, watched, select, deselect, begin, end } = setup();
  select("a");
  const running = begin();
  await clock.advance(2_000);
  select("b");
  await clock.advance(2_000);
  expect([...watched].toSorted()).toEqual(["a", "b"]);
  deselect("a");
  await clock.advance(2_000);
  expect([...watched]).toEqual(["b"]);
  for (let index = 0; index < 20; index += 1) select(`n${index}`);
  await clock.advance(2_000);
  expect([...watched]).toEqual(["all"]);
  for (let index = 0; index < 20; index += 1) deselect(`n${index}`);
  await clock.advance(2_000);
  expect([...watched]).toEqual(["b"]);
  deselect("b");
  await clock.advance(2_000);
  expect([...watched]).toEqual([]);
  end();
  await running;
});

test("does not change to and fro at the border", () => {
  const names = (count: number) => new Set(Array.from({ length: count }, (_, index) => `n${index}`));
  const all = new Set([everything]);
  expect(scopesOf(names(16), new Set())).toEqual(names(16));
  expect(scopesOf(names(17), names(16))).toEqual(all);
  expect(scopesOf(names(9), all)).toEqual(all);
  expect(scopesOf(names(8), all)).toEqual(names(8));
  expect(scopesOf(names(0), all)).toEqual(new Set());
});

// Ten thousand objects are listed anew, again and again, while this replica leads: the lease holds, probes stay true.
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { usePlane } from "../../test/support/plane.ts";
import { configMaps, leases, namespaces } from "../api/core.ts";
import type { KubeClient } from "../kube/index.ts";
import { createKube, systemClock } from "../kube/index.ts";
import { defaultLeaseTiming } from "./election.ts";
import { createInformers } from "./informers.ts";
import { createThreadLeases } from "./thread-leases.ts";

const { signal } = new AbortController();
const namespace = `relist-${randomUUID().slice(0, 8)}`;
const objects = 10_000;
let path: string;
let kube: KubeClient;

beforeAll(async () => {
  path = (await usePlane()).kubeconfigPath;
  kube = await createKube({ kubeconfig: { path }, clock: systemClock, random: Math.random }, signal);
  await kube.create(namespaces, { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } }, { signal });
  const text = "x".repeat(2000);
  let next = 0;
  const make = async (): Promise<void> => {
    for (let index = next++; index < objects; index = next++) {
      const metadata = { name: `object-${index}`, namespace };
      await kube.create(configMaps, { apiVersion: "v1", kind: "ConfigMap", metadata, data: { text } }, { signal });
    }
  };
  await Promise.all(Array.from({ length: 16 }, make));
}, 600_000);
afterAll(async () => {
  await kube.delete(namespaces, { name: namespace }, { signal });
  await kube.close();
});

test("10,000 objects relisted for half a minute while leading: the lease is never lost", async () => {
  const lost: string[] = [];
  const mine = createThreadLeases({
    connection: { kubeconfig: { path } },
    trouble: () => {},
    died: (error) => lost.push(error.message),
  });
  const contest = mine.contend(
    {
      name: "relist",
      namespace,
      identity: "lister",
      timing: defaultLeaseTiming,
      labels: {},
      annotations: {},
      onRelease: "clear",
    },
    { acquired: () => {}, lost: (why) => lost.push(why) },
  );
  const waitEnd = performance.now() + 30_000;
  while (contest.hold === undefined && performance.now() < waitEnd) await systemClock.sleep(100, signal);
  const { hold } = contest;
  const end = performance.now() + 30_000;
  let lists = 0;
  do {
    const stop = new AbortController();
    const parts = { kube, clock: systemClock, random: Math.random, signal: stop.signal, report: () => {} };
    const informers = createInformers(parts);
    const informer = informers.informer(configMaps, { namespace, signal: stop.signal });
    await informer.synced(signal);
    expect(informer.size).toBeGreaterThanOrEqual(objects);
    lists += 1;
    hold?.check();
    stop.abort(new Error("again"));
    await informers.closed;
  } while (performance.now() < end);
  expect(lists).toBeGreaterThan(1);
  expect(lost).toEqual([]);
  expect(contest.hold).toBe(hold);
  const lease = await kube.get(leases, { namespace, name: "relist" }, { signal });
  expect(lease.spec?.leaseTransitions).toBe(0);
  await mine.close();
}, 300_000);

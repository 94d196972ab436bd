// Warnings and the metrics API of a real API server.
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { usePlane } from "../../test/support/plane.ts";
import { configMaps, type Event, events, namespaces } from "../api/index.ts";
import { createKube, type KubeClient, systemClock } from "../kube/index.ts";
import { createInformers } from "../runtime/index.ts";
import { followWarnings, warningEvents } from "./follow-warnings.ts";
import { createMetricsApi } from "./metrics-api.ts";
import { createPastKeeper } from "./past.ts";

const { signal } = new AbortController();
const stop = new AbortController();
const namespace = `signals-${randomUUID().slice(0, 8)}`;
let kube: KubeClient;

beforeAll(async () => {
  const kubeconfig = { path: (await usePlane()).kubeconfigPath };
  kube = await createKube({ kubeconfig, clock: systemClock, random: Math.random }, signal);
  await kube.create(namespaces, { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } }, { signal });
}, 600_000);
afterAll(async () => {
  stop.abort(new Error("the test is over"));
  await kube.delete(namespaces, { name: namespace }, { signal });
  await kube.close();
});

test("a cluster without metrics-server has no metrics API, which is said once", async () => {
  const { samples, problems } = await createMetricsApi({ kube }).read(Date.now(), { signal });
  expect(samples).toEqual([]);
  expect(problems.map(({ reason }) => reason)).toEqual(["MetricsApiAbsent"]);
});

test("warnings about an object are found by its uid, those before the watch, those after it, and when they happen again", async () => {
  const body = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "thing", namespace } };
  const object = await kube.create(configMaps, body, { signal });
  const time = Date.now() - 60_000;
  const warn = (name: string, type: Event["type"], at: number) =>
    kube.create<Event>(
      events,
      {
        apiVersion: "events.k8s.io/v1",
        kind: "Event",
        metadata: { name, namespace },
        eventTime: micro(at),
        reason: "Failed",
        action: "Apply",
        type,
        regarding: { kind: "ConfigMap", name: "thing", namespace, uid: object.metadata.uid ?? "" },
        reportingController: "iacdharma.com/test",
        reportingInstance: "test",
      },
      { signal },
    );
  await warn("before", "Warning", time);
  await warn("normal", "Normal", time + 1);
  const keeper = createPastKeeper();
  const informers = createInformers({
    kube,
    clock: systemClock,
    random: Math.random,
    signal: stop.signal,
    report: () => undefined,
  });
  const informer = informers.informer(events, { ...warningEvents, namespace, signal: stop.signal });
  followWarnings({ events: informer, keeper, clock: systemClock }, stop.signal);
  const warnings = () => keeper.of(object, Date.now()).warnings;
  await expect.poll(warnings, { timeout: 20_000 }).toEqual([time]);

  const after = await warn("after", "Warning", time + 1000);
  await expect.poll(warnings, { timeout: 20_000 }).toEqual([time, time + 1000]);
  const series = { count: 2, lastObservedTime: micro(time + 2000) };
  await kube.update<Event>(events, { ...after, series }, { signal });
  await expect.poll(warnings, { timeout: 20_000 }).toEqual([time, time + 1000, time + 2000]);
  await kube.delete(events, { namespace, name: "before" }, { signal });
  await expect.poll(() => informer.size, { timeout: 20_000 }).toBe(1);
  expect(warnings()).toHaveLength(3);
});

/** metav1.MicroTime */
function micro(time: number): string {
  return new Date(time).toISOString().replace("Z", "000Z");
}

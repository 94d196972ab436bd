// The API server away for a minute: in the middle of a create, and with nothing but 500s.
import { expect, test } from "vitest";

import { configMaps } from "../../src/api/index.ts";
import { isKubeError } from "../../src/kube/index.ts";
import { usePlane } from "../support/plane.ts";
import { startScenario } from "../support/scenario.ts";

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
const awayMs = 60_000;

test("away for a minute before a create arrives: it is sent when the server is back, once, within its own deadline", async () => {
  await using scenario = await startScenario(await usePlane());
  const { proxy, kube, direct, signal, configMap, namespace } = scenario;
  let away = true;
  proxy.rule(() =>
    away ? { kind: "respond", status: 429, headers: { "retry-after": "5" }, body: "starting" } : undefined,
  );
  const created = kube.create(configMaps, configMap("a"), { signal, timeoutMs: 2 * awayMs });
  await pause(awayMs);
  expect((await direct.list(configMaps, { namespace, labelSelector: "scenario=yes", signal })).items).toEqual([]);
  away = false;
  expect((await created).metadata.name).toBe("a");
  expect(proxy.requests.length).toBeLessThan(20);
}, 180_000);

test("away for a minute after a create arrived, its answer lost: it is not sent again, and is found when looked up", async () => {
  await using scenario = await startScenario(await usePlane());
  const { proxy, kube, direct, signal, configMap, namespace } = scenario;
  const { informer, names } = scenario.follow();
  await informer.synced(signal);
  let away = false;
  proxy.rule(({ method }) => {
    if (away) return { kind: "refuse" };
    if (method !== "POST") return undefined;
    away = true;
    return { kind: "swallow" };
  });
  const { metadata, ...rest } = configMap("");
  const generated = { ...rest, metadata: { ...metadata, generateName: "made-" } };
  await expect(kube.create(configMaps, generated, { signal, timeoutMs: 2 * awayMs })).rejects.toMatchObject({
    kind: "unreachable",
    delivery: "unknown",
  });
  expect(proxy.requests.filter((each) => each.method === "POST")).toHaveLength(1);
  await pause(awayMs);
  away = false;
  proxy.rule(() => undefined);
  // The cache tells it, so a controller that looks before it makes does not make it twice.
  await expect.poll(() => names().length, { timeout: 90_000 }).toBe(1);
  expect((await direct.list(configMaps, { namespace, labelSelector: "scenario=yes", signal })).items).toHaveLength(1);
}, 240_000);

test("a minute of 500s: the cache keeps what it has, asks seldom, and catches up afterwards", async () => {
  await using scenario = await startScenario(await usePlane());
  const { proxy, kube, direct, signal, configMap, namespace } = scenario;
  await direct.create(configMaps, configMap("a"), { signal });
  const { informer, names, errors } = scenario.follow({ idleMs: 2_000 });
  await informer.synced(signal);
  proxy.stall(); // ends the watch in hand
  await expect.poll(() => errors.length, { timeout: 20_000 }).toBeGreaterThan(0);
  proxy.heal();
  const asked = proxy.requests.length;
  proxy.rule(() => ({ kind: "respond", status: 500, body: "oops" }));
  await direct.create(configMaps, configMap("b"), { signal });
  const call = kube.get(configMaps, { namespace, name: "a" }, { signal, timeoutMs: 2 * awayMs });
  await pause(awayMs);
  expect(names()).toEqual(["a"]);
  expect(proxy.requests.length - asked).toBeLessThan(40);
  expect(errors.filter((each) => isKubeError(each, "server")).length).toBeGreaterThan(2);
  proxy.rule(() => undefined);
  expect((await call).metadata.name).toBe("a");
  await expect.poll(() => names().toSorted(), { timeout: 90_000 }).toEqual(["a", "b"]);
}, 240_000);

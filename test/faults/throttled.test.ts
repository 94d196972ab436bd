// 429 and 5xx: the server asks to be left alone for a while.
import { expect, test } from "vitest";

import { configMaps } from "../../src/api/index.ts";
import { usePlane } from "../support/plane.ts";
import { startScenario } from "../support/scenario.ts";

const busy = { kind: "respond", status: 429, headers: { "retry-after": "1" }, body: "too many requests" } as const;

test("429 with Retry-After: a call, even a create, is repeated no sooner than asked for, and acts once", async () => {
  await using scenario = await startScenario(await usePlane());
  const { proxy, kube, direct, signal, configMap, namespace } = scenario;
  let refusals = 2;
  proxy.rule(() => (refusals-- > 0 ? busy : undefined));
  const started = performance.now();
  await kube.create(configMaps, configMap("a"), { signal });
  expect(performance.now() - started).toBeGreaterThan(1_990);
  expect(proxy.requests.map((each) => each.method)).toEqual(["POST", "POST", "POST"]);
  expect(await direct.get(configMaps, { namespace, name: "a" }, { signal })).toBeDefined();
});

test("429 that asks for more time than the call has is told at once, with the time asked for", async () => {
  await using scenario = await startScenario(await usePlane());
  const { proxy, kube, signal, namespace } = scenario;
  proxy.rule(() => ({ ...busy, headers: { "retry-after": "60" } }));
  const call = kube.get(configMaps, { namespace, name: "a" }, { signal, timeoutMs: 5_000 });
  await expect(call).rejects.toMatchObject({ kind: "throttled", retryAfterMs: 60_000 });
  expect(proxy.requests).toHaveLength(1);
});

test("429 with Retry-After holds the reflector back as well, and the cache fills afterwards", async () => {
  await using scenario = await startScenario(await usePlane());
  const { proxy, direct, signal, configMap } = scenario;
  await direct.create(configMaps, configMap("a"), { signal });
  let refusals = 1;
  proxy.rule(() => (refusals-- > 0 ? { ...busy, headers: { "retry-after": "3" } } : undefined));
  const started = performance.now();
  const { informer, names, errors } = scenario.follow();
  await informer.synced(signal);
  expect(performance.now() - started).toBeGreaterThan(2_990);
  expect(errors).toMatchObject([{ kind: "throttled" }]);
  expect(names()).toEqual(["a"]);
});

test("a few 500s are nothing to a read, and a create is not made a second time", async () => {
  await using scenario = await startScenario(await usePlane());
  const { proxy, kube, signal, configMap, namespace } = scenario;
  let failures = 3;
  proxy.rule(() => (failures-- > 0 ? { kind: "respond", status: 500, body: "oops" } : undefined));
  expect(await kube.list(configMaps, { namespace, signal })).toBeDefined();
  failures = 1;
  await expect(kube.create(configMaps, configMap("a"), { signal })).rejects.toMatchObject({
    kind: "server",
    delivery: "unknown",
  });
});

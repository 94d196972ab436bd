// Half-open TCP: the other side is gone without a word, and nothing is ever closed.
import { expect, test } from "vitest";

import { configMaps } from "../../src/api/index.ts";
import { usePlane } from "../support/plane.ts";
import { startScenario } from "../support/scenario.ts";

test("a watch that fell silent is given up, and what happened meanwhile is caught up with", async () => {
  await using scenario = await startScenario(await usePlane());
  const { proxy, direct, signal, configMap, namespace } = scenario;
  await direct.create(configMaps, configMap("a"), { signal });
  const { informer, names, errors } = scenario.follow({ idleMs: 2_000 });
  await informer.synced(signal);
  proxy.stall();
  await direct.create(configMaps, configMap("b"), { signal });
  await direct.delete(configMaps, { namespace, name: "a" }, { signal });
  await expect.poll(() => errors.length, { timeout: 20_000 }).toBeGreaterThan(0);
  expect(errors[0]).toMatchObject({ kind: "timeout" });
  expect(names()).toEqual(["a"]);
  proxy.heal();
  await expect.poll(names, { timeout: 90_000 }).toEqual(["b"]);
}, 120_000);

test("a call on a half-open connection ends with its deadline; the next ones work, on new connections", async () => {
  await using scenario = await startScenario(await usePlane());
  const { proxy, kube, signal, namespace } = scenario;
  await kube.list(configMaps, { namespace, signal });
  proxy.stall();
  await expect(kube.list(configMaps, { namespace, signal, timeoutMs: 1_000, retry: "none" })).rejects.toMatchObject({
    kind: "timeout",
    delivery: "unknown",
  });
  proxy.heal();
  expect(await kube.list(configMaps, { namespace, signal })).toBeDefined();
});

test("a read that meets a half-open connection is repeated on a new one within its own deadline", async () => {
  await using scenario = await startScenario(await usePlane());
  const { proxy, kube, signal, namespace } = scenario;
  await Promise.all(Array.from({ length: 10 }, () => kube.list(configMaps, { namespace, signal })));
  proxy.stall();
  proxy.heal();
  expect(await kube.list(configMaps, { namespace, signal, timeoutMs: 4_000 })).toBeDefined();
});

test("watches never starve requests: 40 of them, and a call still goes through", async () => {
  await using scenario = await startScenario(await usePlane());
  const { kube, signal, namespace } = scenario;
  const stop = new AbortController();
  const watches = Array.from({ length: 40 }, async () => {
    for await (const event of kube.watch(configMaps, { namespace, sendInitialEvents: true, signal: stop.signal }))
      if (event.kind === "bookmark") return event;
    return undefined;
  });
  expect((await Promise.all(watches)).every((each) => each?.kind === "bookmark")).toBe(true);
  const held = Array.from({ length: 40 }, () =>
    kube.watch(configMaps, { namespace, resourceVersion: "0", signal: stop.signal })[Symbol.asyncIterator](),
  );
  await Promise.all(held.map((each) => each.next()));
  expect(await kube.list(configMaps, { namespace, signal, timeoutMs: 5_000 })).toBeDefined();
  stop.abort(new Error("enough"));
});

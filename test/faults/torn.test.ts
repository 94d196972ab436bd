// Streams in pieces: chunks that end in the middle of an event or of a character.
import { expect, test } from "vitest";

import { configMaps } from "../../src/api/index.ts";
import { usePlane } from "../support/plane.ts";
import { startScenario } from "../support/scenario.ts";

const text = "ü€😀 — naïve 日本語";

test.each([1, 2, 3, 7])("events cut into chunks of %d bytes come out whole", async (bytes) => {
  await using scenario = await startScenario(await usePlane());
  const { proxy, direct, signal, configMap, namespace } = scenario;
  proxy.rule(({ isWatch }) => (isWatch ? { kind: "chop", bytes } : undefined));
  await direct.create(configMaps, configMap("a", { text }), { signal });
  const { informer, errors } = scenario.follow();
  await informer.synced(signal);
  await direct.create(configMaps, configMap("b", { text: `${text} again` }), { signal });
  await expect
    .poll(() => informer.get({ namespace, name: "b" })?.data, { timeout: 20_000 })
    .toEqual({ text: `${text} again` });
  expect(informer.get({ namespace, name: "a" })?.data).toEqual({ text });
  expect(errors).toEqual([]);
});

test("a stream torn in the middle of an event is taken up again, and the event comes", async () => {
  await using scenario = await startScenario(await usePlane());
  const { proxy, direct, signal, configMap, namespace } = scenario;
  const { informer, errors, changes } = scenario.follow();
  let watches = 0;
  proxy.rule(({ isWatch }) => {
    if (!isWatch) return undefined;
    watches += 1;
    return watches === 1 ? { kind: "tear", afterLines: 1 } : undefined; // the bookmark
  });
  await expect.poll(() => informer.hasSynced, { timeout: 20_000 }).toBe(true);
  await direct.create(configMaps, configMap("a", { text }), { signal });
  await expect.poll(() => informer.get({ namespace, name: "a" })?.data, { timeout: 20_000 }).toEqual({ text });
  expect(errors[0]).toMatchObject({ kind: "malformed" });
  expect(changes.filter((each) => each.key.endsWith("/a"))).toHaveLength(1);
});

test("a page that is torn is malformed, and asked for again", async () => {
  await using scenario = await startScenario(await usePlane());
  const { proxy, kube, signal, namespace } = scenario;
  let torn = 1;
  proxy.rule(() =>
    torn-- > 0 ? { kind: "respond", status: 200, body: '{"kind":"ConfigMapList","items":[{"metad' } : undefined,
  );
  expect(await kube.list(configMaps, { namespace, signal })).toBeDefined();
  torn = 1;
  await expect(kube.list(configMaps, { namespace, signal, retry: "none" })).rejects.toMatchObject({
    kind: "malformed",
  });
});

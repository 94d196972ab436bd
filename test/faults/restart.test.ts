// The API server killed with SIGKILL and started again, with and without its data.
import { afterAll, beforeAll, expect, test } from "vitest";

import { configMaps } from "../../src/api/index.ts";
import type { ControlPlane } from "../../src/local/index.ts";
import { ownPlane } from "../support/plane.ts";
import { startScenario } from "../support/scenario.ts";

let plane: ControlPlane;
beforeAll(async () => {
  plane = await ownPlane();
}, 180_000);
afterAll(() => plane.stop());

test("killed and started again with its data: the cache goes on from where it was, and nothing is told twice", async () => {
  await using scenario = await startScenario(plane);
  const { direct, signal, configMap, namespace } = scenario;
  for (const name of ["a", "b"]) await direct.create(configMaps, configMap(name), { signal });
  const { informer, names, changes, errors } = scenario.follow();
  await informer.synced(signal);
  await plane.stopApiServer("SIGKILL");
  await expect(direct.get(configMaps, { namespace, name: "a" }, { signal, timeoutMs: 1_000 })).rejects.toMatchObject({
    kind: "unreachable",
    delivery: "no",
  });
  expect(names().toSorted()).toEqual(["a", "b"]);
  await plane.startApiServer("kept", signal);
  await direct.delete(configMaps, { namespace, name: "a" }, { signal });
  await direct.create(configMaps, configMap("c"), { signal });
  await expect.poll(() => names().toSorted(), { timeout: 90_000 }).toEqual(["b", "c"]);
  expect(changes.map((each) => `${each.kind} ${each.key.split("/")[1]}`)).toEqual([
    "added a",
    "added b",
    "deleted a",
    "added c",
  ]);
  expect(errors.length).toBeGreaterThan(0);
  expect(errors.length).toBeLessThan(20); // waits between attempts, no hot loop
}, 180_000);

test("killed and started again without its data: what is lost is told as deleted, what is made anew as added", async () => {
  await using scenario = await startScenario(plane);
  const { direct, signal, configMap, namespace } = scenario;
  for (const name of ["a", "b"]) await direct.create(configMaps, configMap(name), { signal });
  // An old server's version is far ahead of a new one's: a watch from it would be silent.
  for (let turn = 0; turn < 200; turn++)
    await direct.patch(
      configMaps,
      { namespace, name: "b" },
      { kind: "merge", body: { data: { turn: String(turn) } } },
      { signal },
    );
  const { informer, names, changes } = scenario.follow();
  await informer.synced(signal);
  const before = informer.get({ namespace, name: "b" })?.metadata.uid;
  await plane.stopApiServer("SIGKILL");
  await plane.startApiServer("wiped", signal);
  await expect.poll(names, { timeout: 90_000 }).toEqual([]);
  expect(changes.slice(2).map((each) => each.kind)).toEqual(["deleted", "deleted"]);
  const made = { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } };
  await direct.create({ group: "", version: "v1", kind: "Namespace", plural: "namespaces", namespaced: false }, made, {
    signal,
  });
  const again = await direct.create(configMaps, configMap("b"), { signal });
  await expect.poll(names, { timeout: 90_000 }).toEqual(["b"]);
  expect(again.metadata.uid).not.toBe(before);
  expect(
    await informer.waitForVersion({ namespace, name: "b" }, again.metadata.resourceVersion ?? "", signal),
  ).toMatchObject({ metadata: { uid: again.metadata.uid } });
}, 180_000);

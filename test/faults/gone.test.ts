// 410: what the client asked to go on from is compacted away.
import { expect, test } from "vitest";

import { configMaps } from "../../src/api/index.ts";
import { usePlane } from "../support/plane.ts";
import { startScenario } from "../support/scenario.ts";

const expired = {
  kind: "Status",
  apiVersion: "v1",
  status: "Failure",
  message: "The provided continue parameter is too old",
  reason: "Expired",
  code: 410,
};
const unsupported = {
  kind: "Status",
  apiVersion: "v1",
  status: "Failure",
  message: "sendInitialEvents is forbidden",
  reason: "Invalid",
  code: 422,
};

test("410 in the middle of a list: the list is taken whole and nothing is missing", async () => {
  await using scenario = await startScenario(await usePlane());
  const { proxy, direct, signal, configMap } = scenario;
  for (const name of ["a", "b", "c"]) await direct.create(configMaps, configMap(name), { signal });
  let expiries = 0;
  proxy.rule(({ path, isWatch }) => {
    if (isWatch && path.includes("sendInitialEvents")) return { kind: "respond", status: 422, body: unsupported };
    if (isWatch) return undefined;
    if (path.includes("continue=")) {
      expiries += 1;
      return { kind: "respond", status: 410, body: expired };
    }
    // The first page promises another one.
    const page = {
      kind: "ConfigMapList",
      apiVersion: "v1",
      metadata: { resourceVersion: "1", continue: "token" },
      items: [configMap("stale")],
    };
    return path.includes("limit=500") ? { kind: "respond", status: 200, body: page } : undefined;
  });
  const { informer, names } = scenario.follow();
  await informer.synced(signal);
  expect(expiries).toBe(1);
  expect(names()).toEqual(["a", "b", "c"]);
});

test("410 in the stream: everything is read anew, and what was deleted meanwhile is told as deleted", async () => {
  await using scenario = await startScenario(await usePlane());
  const { proxy, direct, signal, configMap, namespace } = scenario;
  for (const name of ["a", "b"]) await direct.create(configMaps, configMap(name), { signal });
  const gone = JSON.stringify({ type: "ERROR", object: expired });
  let watches = 0;
  proxy.rule(({ isWatch }) => {
    if (!isWatch) return undefined;
    watches += 1;
    return watches === 1 ? { kind: "inject", afterLines: 3, line: gone } : undefined; // a, b, the bookmark at the end
  });
  const { informer, names, changes, errors } = scenario.follow();
  await informer.synced(signal);
  await direct.delete(configMaps, { namespace, name: "a" }, { signal });
  await direct.create(configMaps, configMap("c"), { signal });
  await expect.poll(names, { timeout: 20_000 }).toEqual(["b", "c"]);
  expect(watches).toBeGreaterThanOrEqual(2);
  expect(errors[0]).toMatchObject({ kind: "gone", status: 410 });
  const told = changes.map((each) => `${each.kind} ${each.key.split("/")[1]}`);
  expect(told.toSorted()).toEqual(["added a", "added b", "added c", "deleted a"]);
});

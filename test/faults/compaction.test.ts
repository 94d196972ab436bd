// 410 as a real API server says it: what an informer had seen last was compacted away in etcd while it was cut off.
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

/** etcd's JSON gateway (etcd documentation, "gRPC gateway"). */
async function etcd(call: string, body: object): Promise<unknown> {
  const answer = await fetch(`${plane.etcdUrl}/v3/kv/${call}`, { method: "POST", body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`etcd ${call}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

/** Forgets every revision but the present one. */
async function compact(): Promise<void> {
  const { header } = (await etcd("range", { key: Buffer.from("none").toString("base64") })) as {
    readonly header: { readonly revision: string };
  };
  await etcd("compaction", { revision: header.revision, physical: true });
}

test("cut off while etcd compacts what it had seen: all is read anew, the lost deletion is told, nothing is told twice", async () => {
  await using scenario = await startScenario(plane);
  const { proxy, direct, signal, configMap, namespace } = scenario;
  for (const name of ["a", "b"]) await direct.create(configMaps, configMap(name), { signal });
  const { informer, names, changes, errors } = scenario.follow({ idleMs: 2_000 });
  await informer.synced(signal);
  proxy.stall();
  // Not the first it holds: that one is asked about when it comes back, and would give the loss away by itself.
  await direct.delete(configMaps, { namespace, name: "b" }, { signal });
  await direct.create(configMaps, configMap("c"), { signal });
  await compact();
  await plane.stopApiServer("SIGKILL"); // its watch cache would still remember
  await plane.startApiServer("kept", signal);
  proxy.heal();
  await expect.poll(names, { timeout: 90_000 }).toEqual(["a", "c"]);
  expect(errors).toContainEqual(expect.objectContaining({ kind: "gone", status: 410 }));
  const told = changes.map((each) => `${each.kind} ${each.key.split("/")[1]}`);
  expect(told.toSorted()).toEqual(["added a", "added b", "added c", "deleted b"]);
}, 240_000);

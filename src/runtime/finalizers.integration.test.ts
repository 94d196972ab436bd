import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { usePlane } from "../../test/support/plane.ts";
import { configMaps, namespaces } from "../api/core.ts";
import type { KubeClient } from "../kube/index.ts";
import { createKube, systemClock } from "../kube/index.ts";
import { addFinalizer, finalize, hasFinalizer } from "./finalizers.ts";

const { signal } = new AbortController();
const namespace = `finalizers-${randomUUID().slice(0, 8)}`;
const ours = "iacdharma.com/test";
let kube: KubeClient;

beforeAll(async () => {
  const kubeconfig = { path: (await usePlane()).kubeconfigPath };
  kube = await createKube({ kubeconfig, clock: systemClock, random: Math.random }, signal);
  await kube.create(namespaces, { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } }, { signal });
});
afterAll(async () => {
  await kube.delete(namespaces, { name: namespace }, { signal });
  await kube.close();
});

const make = (name: string, finalizers: readonly string[] = []) => {
  const metadata = { name, namespace, finalizers };
  return kube.create(configMaps, { apiVersion: "v1", kind: "ConfigMap", metadata }, { signal });
};

test("a finalizer is added once, beside others, and not from a stale reading", async () => {
  const read = await make("added", ["example.com/other"]);
  const added = await addFinalizer(kube, configMaps, read, ours, signal);
  expect(added.metadata.finalizers).toEqual(["example.com/other", ours]);
  expect(await addFinalizer(kube, configMaps, added, ours, signal)).toBe(added);
  await expect(addFinalizer(kube, configMaps, read, "iacdharma.com/second", signal)).rejects.toMatchObject({
    kind: "retry",
    reason: "Conflict",
  });
  await finalize(kube, configMaps, added, ours, signal, async () => ({ kind: "gone" }));
  await finalize(
    kube,
    configMaps,
    await kube.get(configMaps, { namespace, name: "added" }, { signal }),
    "example.com/other",
    signal,
    async () => ({ kind: "gone" }),
  );
});

test("it goes only after a clean-up that says gone: not when it throws, not when something remains", async () => {
  await make("kept", [ours]);
  const key = { namespace, name: "kept" };
  await kube.delete(configMaps, key, { signal });
  const held = () => kube.get(configMaps, key, { signal });
  const failing = finalize(kube, configMaps, await held(), ours, signal, () =>
    Promise.reject(new Error("cloud is away")),
  );
  await expect(failing).rejects.toThrow("cloud is away");
  expect(hasFinalizer(await held(), ours)).toBe(true);
  await finalize(kube, configMaps, await held(), ours, signal, async () => ({
    kind: "remaining",
    message: "two buckets",
  }));
  expect(hasFinalizer(await held(), ours)).toBe(true);
  await expect(addFinalizer(kube, configMaps, await held(), "iacdharma.com/late", signal)).rejects.toMatchObject({
    kind: "retry",
  });
  await finalize(kube, configMaps, await held(), ours, signal, async () => ({ kind: "gone" }));
  await expect(held()).rejects.toMatchObject({ kind: "notFound" });
});

import { randomUUID } from "node:crypto";

import { afterAll, beforeAll, expect, test } from "vitest";

import { usePlane } from "../../test/support/plane.ts";
import { configMaps, namespaces, pods } from "../api/index.ts";
import type { KubeObject, ResourceType } from "../api/index.ts";
import { createKube, evictPod, getScale, reviewAccess, reviewOwnAccess, setScale, systemClock } from "./index.ts";
import type { KubeClient, RequestObservation, WatchEvent } from "./index.ts";

interface Deployment extends KubeObject {
  readonly spec: object;
  readonly status?: { readonly replicas?: number };
}
const deployments: ResourceType<Deployment> = {
  group: "apps",
  version: "v1",
  kind: "Deployment",
  plural: "deployments",
  namespaced: true,
};

const { signal } = new AbortController();
const namespace = `client-${randomUUID().slice(0, 8)}`;
const observations: RequestObservation[] = [];
let kube: KubeClient;

beforeAll(async () => {
  const plane = await usePlane();
  kube = await createKube(
    {
      kubeconfig: { path: plane.kubeconfigPath },
      clock: systemClock,
      random: Math.random,
      observe: (each) => observations.push(each),
    },
    signal,
  );
  await kube.create(namespaces, { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } }, { signal });
});
afterAll(async () => {
  await kube.delete(namespaces, { name: namespace }, { signal });
  await kube.close();
});

const configMap = (name: string, data: Record<string, string> = {}) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace },
  data,
});

test("an object is made, read, changed only from the version it was read in, patched and deleted", async () => {
  const made = await kube.create(configMaps, configMap("verbs", { a: "1" }), { signal });
  const key = { namespace, name: "verbs" };
  expect(await kube.get(configMaps, key, { signal })).toEqual(made);
  await expect(kube.create(configMaps, configMap("verbs"), { signal })).rejects.toMatchObject({
    kind: "alreadyExists",
  });

  const updated = await kube.update(configMaps, { ...made, data: { a: "2" } }, { signal });
  expect(updated.data).toEqual({ a: "2" });
  await expect(kube.update(configMaps, { ...made, data: { a: "3" } }, { signal })).rejects.toMatchObject({
    kind: "conflict",
  });

  const merged = await kube.patch(configMaps, key, { kind: "merge", body: { data: { b: "ü€😀" } } }, { signal });
  expect(merged.data).toEqual({ a: "2", b: "ü€😀" });
  const patched = await kube.patch(
    configMaps,
    key,
    { kind: "json", body: [{ op: "remove", path: "/data/a" }] },
    { signal },
  );
  expect(patched.data).toEqual({ b: "ü€😀" });

  await expect(kube.delete(configMaps, key, { signal, uid: randomUUID() })).rejects.toMatchObject({ kind: "conflict" });
  await kube.delete(configMaps, key, { signal, uid: made.metadata.uid ?? "" });
  await expect(kube.get(configMaps, key, { signal })).rejects.toMatchObject({
    kind: "notFound",
    status: 404,
    reason: "NotFound",
  });
});

test("a dry run changes nothing, and what the server refuses is invalid", async () => {
  await kube.create(configMaps, configMap("dry"), { signal, dryRun: true });
  await expect(kube.get(configMaps, { namespace, name: "dry" }, { signal })).rejects.toMatchObject({
    kind: "notFound",
  });
  await expect(kube.create(configMaps, configMap("No Name"), { signal })).rejects.toMatchObject({
    kind: "invalid",
    status: 422,
  });
  await expect(kube.get(configMaps, { namespace, name: "" }, { signal })).rejects.toMatchObject({ kind: "invalid" });
});

test("server-side apply owns its fields by manager, on the object and on its status", async () => {
  const template = { metadata: { labels: { app: "a" } }, spec: { containers: [{ name: "c", image: "i" }] } };
  const body = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "applied", namespace },
    spec: { replicas: 0, selector: { matchLabels: { app: "a" } }, template },
  };
  const made = await kube.apply(deployments, body, { fieldManager: "one", signal });
  expect(made.metadata.generation).toBe(1);
  const other = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "applied", namespace },
    spec: { replicas: 3 },
  };
  await expect(kube.apply(deployments, other, { fieldManager: "two", force: false, signal })).rejects.toMatchObject({
    kind: "conflict",
  });
  const status = { ...other, spec: undefined, status: { replicas: 7 } };
  const withStatus = await kube.apply(deployments, status, { fieldManager: "two", subresource: "status", signal });
  expect(withStatus.status?.replicas).toBe(7);
  expect(withStatus.metadata.generation).toBe(1);

  const key = { namespace, name: "applied" };
  await setScale(kube, deployments, key, 0, { signal });
  expect(await getScale(kube, deployments, key, { signal })).toMatchObject({ wanted: 0 });
});

test("a list comes in pages whose items carry kind and apiVersion", async () => {
  for (const name of ["p1", "p2", "p3"])
    await kube.create(
      configMaps,
      { ...configMap(name), metadata: { name, namespace, labels: { page: "y" } } },
      { signal },
    );
  const first = await kube.list(configMaps, { namespace, labelSelector: "page=y", limit: 2, signal });
  expect(first.items).toHaveLength(2);
  const second = await kube.list(configMaps, {
    namespace,
    labelSelector: "page=y",
    limit: 2,
    continueToken: first.continueToken ?? "",
    signal,
  });
  expect(second.items.map((each) => [each.kind, each.apiVersion, each.metadata.name])).toEqual([
    ["ConfigMap", "v1", "p3"],
  ]);
  expect(second.continueToken).toBeUndefined();

  const [slim] = (await kube.list(configMaps, { namespace, labelSelector: "page=y", metadataOnly: true, signal }))
    .items;
  expect(slim).toMatchObject({ kind: "ConfigMap", apiVersion: "v1", metadata: { name: "p1" } });
  expect(slim).not.toHaveProperty("data");
});

test("a watch streams the initial state, its end, and then each change, characters of several bytes intact", async () => {
  await kube.create(configMaps, configMap("watched", { text: "ü€😀" }), { signal });
  const stop = new AbortController();
  const seen: WatchEvent<KubeObject>[] = [];
  const names = { namespace, fieldSelector: "metadata.name=watched", sendInitialEvents: true, signal: stop.signal };
  const read = (async () => {
    for await (const event of kube.watch(configMaps, names)) {
      seen.push(event);
      if (event.kind === "bookmark" && event.initialEventsEnd)
        await kube.patch(
          configMaps,
          { namespace, name: "watched" },
          { kind: "merge", body: { data: { text: "é" } } },
          { signal },
        );
      if (event.kind === "modified") await kube.delete(configMaps, { namespace, name: "watched" }, { signal });
      if (event.kind === "deleted") break;
    }
  })();
  await read;
  expect(seen.map((each) => each.kind)).toEqual(["added", "bookmark", "modified", "deleted"]);
  expect(seen[0]).toMatchObject({ object: { kind: "ConfigMap", data: { text: "ü€😀" } } });
  expect(seen[2]).toMatchObject({ object: { data: { text: "é" } } });
  stop.abort();
});

test("a metadata-only watch keeps the type's own kind", async () => {
  await kube.create(configMaps, configMap("slim", { big: "x" }), { signal });
  const selection = {
    namespace,
    fieldSelector: "metadata.name=slim",
    metadataOnly: true as const,
    sendInitialEvents: true,
    signal,
  };
  for await (const event of kube.watch(configMaps, selection)) {
    expect(event).toMatchObject({
      kind: "added",
      object: { kind: "ConfigMap", apiVersion: "v1", metadata: { name: "slim" } },
    });
    expect(event).not.toHaveProperty("object.data");
    break;
  }
});

test("an aborted call rejects with the abort's reason, at once", async () => {
  const stop = new AbortController();
  const reason = new Error("enough");
  const { resourceVersion } = await kube.list(configMaps, { namespace, fieldSelector: "metadata.name=none", signal });
  const stream = kube.watch(configMaps, {
    namespace,
    resourceVersion,
    fieldSelector: "metadata.name=none",
    signal: stop.signal,
  });
  const events = stream[Symbol.asyncIterator]();
  const next = events.next();
  setTimeout(() => stop.abort(reason), 50);
  await expect(next).rejects.toBe(reason);
  await expect(kube.get(configMaps, { namespace, name: "x" }, { signal: stop.signal })).rejects.toBe(reason);
});

test("access is reviewed for others and for oneself", async () => {
  const access = { verb: "delete", resource: "secrets", namespace };
  expect(await reviewAccess(kube, { username: "nobody" }, access, { signal })).toMatchObject({ allowed: false });
  expect(await reviewAccess(kube, { username: "x", groups: ["system:masters"] }, access, { signal })).toMatchObject({
    allowed: true,
  });
  expect(await reviewOwnAccess(kube, access, { signal })).toMatchObject({ allowed: true });
});

test("a Pod is evicted", async () => {
  const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "evicted", namespace, labels: { app: "evicted" } },
    spec: { containers: [{ name: "c", image: "i" }] },
  };
  const serviceAccounts: ResourceType = {
    group: "",
    version: "v1",
    kind: "ServiceAccount",
    plural: "serviceaccounts",
    namespaced: true,
  };
  await expect
    .poll(
      () =>
        kube.get(serviceAccounts, { namespace, name: "default" }, { signal }).then(
          () => true,
          () => false,
        ),
      { timeout: 30_000 },
    )
    .toBe(true);
  await kube.create(pods, pod, { signal });
  await evictPod(kube, { namespace, name: "evicted" }, { signal, gracePeriodSeconds: 0 });
  await expect
    .poll(() => kube.get(pods, { namespace, name: "evicted" }, { signal }).catch((error: unknown) => error))
    .toMatchObject({ kind: "notFound" });
});

test("plain answers come as text, and every exchange is observed", async () => {
  expect(await kube.getPath("/readyz", { signal })).toBe("ok");
  expect(await kube.getPath("/version", { signal })).toHaveProperty("gitVersion");
  expect(observations).toContainEqual(
    expect.objectContaining({ code: "201", method: "POST", host: kube.host, verb: "create" }),
  );
  expect(observations).toContainEqual(expect.objectContaining({ code: "404", verb: "get" }));
  expect(observations).toContainEqual(expect.objectContaining({ code: "200", verb: "watch", method: "GET" }));
});

test("memory does not grow with calls", async () => {
  for (let round = 0; round < 30; round++)
    await Promise.all(Array.from({ length: 10 }, () => kube.get(namespaces, { name: namespace }, { signal })));
  const growth = process.memoryUsage.rss();
  for (let round = 0; round < 60; round++)
    await Promise.all(Array.from({ length: 10 }, () => kube.get(namespaces, { name: namespace }, { signal })));
  expect((process.memoryUsage.rss() - growth) / 1e6).toBeLessThan(60);
});

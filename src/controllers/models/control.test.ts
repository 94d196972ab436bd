// Models from ConfigMaps and a registry on a real API server: taken, refused with a reason, shown, and taken away.
import { createHash, randomUUID } from "node:crypto";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { Registry } from "prom-client";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { parse } from "yaml";
import { usePlane } from "../../../test/support/plane.ts";
import { type ConfigMap, configMaps, namespaces } from "../../api/index.ts";
import {
  createModels,
  type Manifest,
  matrix,
  type Models,
  type ModelSession,
  type Scorer,
  type Slot,
} from "../../inference/index.ts";
import { type Fixture, fixtureBytes, manifestOf } from "../../inference/registry/testdata/files.ts";
import { modelFolder, type ModelFolder } from "../../inference/registry/testdata/folders.ts";
import { createKube, type KubeClient, systemClock } from "../../kube/index.ts";
import { createManager, createMetrics, silentLogger } from "../../runtime/index.ts";
import { modelSources, registerModels } from "./control.ts";
import { modelLabel, statusName } from "./names.ts";

const { signal } = new AbortController();
let kubeconfig: { path: string };
let kube: KubeClient;
let namespace: string;
let builtIn: ModelFolder;
let operator: { readonly models: Models; readonly slot: Slot; stop(): Promise<void> } | undefined;
const servers: Server[] = [];

beforeAll(async () => {
  kubeconfig = { path: (await usePlane()).kubeconfigPath };
  kube = await createKube({ kubeconfig, clock: systemClock, random: Math.random }, signal);
  builtIn = await modelFolder();
  await builtIn.put("good");
});
afterAll(async () => {
  await builtIn[Symbol.asyncDispose]();
  await kube.close();
});
beforeEach(async () => {
  namespace = `models-${randomUUID().slice(0, 8)}`;
  await kube.create(namespaces, { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } }, { signal });
  await start();
});
afterEach(async () => {
  await operator?.stop();
  operator = undefined;
  for (const server of servers.splice(0)) server.close().closeAllConnections();
  await kube.delete(namespaces, { name: namespace }, { signal });
});

/** The part of an operator that has to do with models. */
async function start(): Promise<void> {
  const metrics = new Registry();
  const manager = createManager({
    kube,
    connection: { kubeconfig },
    clock: systemClock,
    random: Math.random,
    log: silentLogger,
    identity: `test-${randomUUID()}`,
    registry: metrics,
    metrics: createMetrics(metrics),
    holding: { kind: "alone" },
  });
  const models = createModels({
    clock: systemClock,
    random: Math.random,
    log: silentLogger,
    metrics,
    builtIn: builtIn.path,
    sources: modelSources(manager, { namespace, fetch: (url, init) => fetch(url, init) }),
    limits: { admitMs: 1_000, batchDeadlineMs: 10_000 },
    rules: { minOutcomes: 20 },
  });
  const slot = models.slot({ name: "DriftPredictor", variant: "test", loss: "brier" });
  registerModels(manager, models, { namespace });
  const over = new AbortController();
  const ended = manager.run(over.signal);
  await models.settled(signal);
  operator = {
    models,
    slot,
    async stop() {
      over.abort(new Error("the test is over"));
      await ended;
    },
  };
}

async function bring(name: string, fixture: Fixture, manifest: Partial<Manifest>): Promise<string> {
  const bytes = await fixtureBytes(fixture);
  const written = manifestOf(bytes, manifest);
  await apply(name, {
    data: { "model.json": JSON.stringify(written) },
    binaryData: { "model.onnx": Buffer.from(bytes).toString("base64") },
  });
  return written.digest;
}

async function apply(name: string, content: Pick<ConfigMap, "data" | "binaryData">): Promise<void> {
  const metadata = { namespace, name, labels: { [modelLabel]: "true" } };
  const object = { apiVersion: "v1", kind: "ConfigMap", metadata, ...content };
  await kube.apply(configMaps, object, { fieldManager: "admin", signal });
}

const status = () => operator?.slot.status;
const until = (check: () => void | Promise<void>) => vi.waitFor(check, { timeout: 30_000, interval: 50 });
/** What the cluster shows of the slot. */
async function shown(): Promise<unknown> {
  const { data = {} } = await kube.get(configMaps, { namespace, name: statusName }, { signal });
  return parse(data["DriftPredictor.test"] ?? "");
}

type Point = readonly [number, number, number];
const create = ({ manifest: { name, version }, run }: ModelSession): Scorer<Point, number> => ({
  model: { name, version },
  score: async (batch, options) =>
    Array.from((await run({ features: matrix(batch, 3) }, options))["probability"]?.data ?? []),
});
const baseline: Scorer<Point, number> = {
  model: { name: "guess", version: "1.0.0" },
  score: async (batch) => batch.map(() => 0.25),
};

test("a ConfigMap's model is compared, a bad one refused while the good ones go on, and the cluster shows it all", async () => {
  const scorer = operator?.slot.scorer({ create, baseline });
  const score = async () => (await scorer?.score([[1, 0, 0]], { signal }))?.[0];
  expect(await score()).toBeCloseTo(0.731, 3);
  const digest = await bring("drift-2", "other", { version: "2.0.0" });
  await until(() => expect(status()?.shadow).toMatchObject({ digest, source: `ConfigMap ${namespace}/drift-2` }));
  await until(async () => expect(await shown()).toMatchObject({ state: "active", shadow: { version: "2.0.0" } }));

  await bring("drift-3", "nan-out", { version: "3.0.0" });
  await until(() => expect(status()?.lastRefusal?.reason).toBe("BadOutput"));
  await until(async () =>
    expect(await shown()).toMatchObject({
      state: "active",
      active: { version: "1.0.0" },
      shadow: { version: "2.0.0" },
      lastRefusal: { source: `ConfigMap ${namespace}/drift-3`, message: expect.stringMatching(/gave NaN/) },
    }),
  );
  expect(await score()).toBeCloseTo(0.731, 3);

  // What is written again as it was is not written.
  const version = async () =>
    (await kube.get(configMaps, { namespace, name: statusName }, { signal })).metadata.resourceVersion;
  const before = await version();
  operator?.slot.outcome({ actual: 1, predicted: {} });
  await systemClock.sleep(1_500, signal);
  expect(await version()).toBe(before);

  for (let count = 0; count < 20; count += 1)
    operator?.slot.outcome({ actual: 1, predicted: { [digest]: 0.9, [status()?.active?.digest ?? ""]: 0.1 } });
  await until(async () =>
    expect(await shown()).toMatchObject({ active: { version: "2.0.0" }, previous: { version: "1.0.0" } }),
  );
  expect(await score()).toBeCloseTo(0.881, 3);

  // A promotion outlives the operator; without its ConfigMap the model is gone.
  await operator?.stop();
  await start();
  await until(() => expect(status()).toMatchObject({ active: { digest }, previous: { version: "1.0.0" } }));
  await kube.delete(configMaps, { namespace, name: "drift-2" }, { signal });
  await until(() => expect(status()?.active?.version).toBe("1.0.0"));
}, 60_000);

test("a ConfigMap that holds no model, or names one that may change, is told with what to do", async () => {
  await apply("empty", { data: { "model.json": "{}" } });
  await apply("tag", { data: { reference: "registry.example/models/drift:latest" } });
  await until(() => {
    const messages = (operator?.models.status.refusals ?? []).map(({ message }) => message);
    expect(messages).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/empty has no binary model\.onnx: give both/),
        expect.stringMatching(/drift:latest may change: name it by digest/),
      ]),
    );
  });
  await until(async () => {
    const { data = {} } = await kube.get(configMaps, { namespace, name: statusName }, { signal });
    expect(data["refusals"]).toMatch(/NotAllowed/);
  });
  for (const name of ["empty", "tag"]) await kube.delete(configMaps, { namespace, name }, { signal });
  await until(() => expect(operator?.models.status.refusals).toEqual([]));
});

/** A registry that holds one artifact, a tar.gz with the model, and is down until it is told otherwise. */
async function registryWith(fixture: Fixture, manifest: Partial<Manifest>) {
  const folder = await mkdtemp(join(tmpdir(), "dharma-oci-"));
  const bytes = await fixtureBytes(fixture);
  await writeFile(join(folder, "model.onnx"), bytes);
  await writeFile(join(folder, "model.json"), JSON.stringify(manifestOf(bytes, manifest)));
  await promisify(execFile)("tar", ["-C", folder, "-czf", join(folder, "m.tgz"), "./model.json", "./model.onnx"]);
  const layer = await readFile(join(folder, "m.tgz"));
  await rm(folder, { recursive: true });
  const digestOf = (data: Uint8Array | string) => `sha256:${createHash("sha256").update(data).digest("hex")}`;
  const mediaType = "application/vnd.oci.image.layer.v1.tar+gzip";
  const index = JSON.stringify({
    schemaVersion: 2,
    layers: [{ mediaType, digest: digestOf(layer), size: layer.length }],
  });
  const state = { isUp: true };
  const server = createServer(({ url = "" }, response) => {
    if (!state.isUp) response.writeHead(503).end();
    else if (url.endsWith(`/manifests/${digestOf(index)}`)) response.end(index);
    else if (url.endsWith(`/blobs/${digestOf(layer)}`)) response.end(layer);
    else response.writeHead(404).end();
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { state, reference: `127.0.0.1:${port}/models/drift@${digestOf(index)}` };
}

test("a model in a registry is pulled by its digest; one that can't be had is told, and the slot goes on", async () => {
  const { state, reference } = await registryWith("other", { version: "4.0.0" });
  state.isUp = false;
  await apply("pulled", { data: { reference, insecure: "true" } });
  await until(() =>
    expect(operator?.models.status.refusals).toMatchObject([
      { reason: "Unavailable", message: expect.stringMatching(/answers 503: it is asked again/) },
    ]),
  );
  expect(status()?.active?.version).toBe("1.0.0");
  state.isUp = true;
  await apply("poke", { data: {} }); // any change is worth another look
  await until(() => expect(status()?.shadow?.version).toBe("4.0.0"));
  expect(operator?.models.status.refusals.map(({ source }) => source)).toEqual([`ConfigMap ${namespace}/poke`]);
});

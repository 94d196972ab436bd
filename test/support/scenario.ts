// What a fault scenario needs: a client of its own through a fault proxy, a client past it, a namespace of its own.
import { randomUUID } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { configMaps, namespaces } from "../../src/api/index.ts";
import type { ConfigMap, KubeObject } from "../../src/api/index.ts";
import { createKube, systemClock } from "../../src/kube/index.ts";
import type { KubeClient, KubeOptions } from "../../src/kube/index.ts";
import type { Change, Informer, InformerOptions } from "../../src/runtime/cache.ts";
import { createInformers } from "../../src/runtime/informers.ts";
import type { InformersOptions } from "../../src/runtime/informers.ts";
import { createFaultProxy } from "./fault-proxy.ts";
import type { FaultProxy } from "./fault-proxy.ts";
import type { PlaneAccess } from "./plane.ts";

export interface Scenario extends AsyncDisposable {
  readonly proxy: FaultProxy;
  /** Through the proxy. */
  readonly kube: KubeClient;
  /** Past the proxy. */
  readonly direct: KubeClient;
  readonly namespace: string;
  readonly folder: string;
  readonly signal: AbortSignal;
  /** A client through the proxy with other options, closed with the scenario. */
  client(
    options?: Partial<KubeOptions>,
    kubeconfig?: { readonly ca?: string; readonly user?: object },
  ): Promise<KubeClient>;
  /** Follows what `configMap` makes, through the proxy. */
  follow(options?: Partial<InformersOptions & InformerOptions<ConfigMap>>): Followed;
  /** A ConfigMap of the namespace, with the label by which they are followed. */
  configMap(name: string, data?: Readonly<Record<string, string>>): ConfigMap;
}

export interface Followed {
  readonly informer: Informer<ConfigMap>;
  readonly changes: readonly Change<KubeObject>[];
  readonly errors: readonly unknown[];
  /** Names in the store, sorted. */
  names(): readonly string[];
}

export async function startScenario(
  plane: PlaneAccess,
  tls?: { readonly cert: string; readonly key: string },
): Promise<Scenario> {
  const stop = new AbortController();
  const { signal } = stop;
  const folder = await mkdtemp(join(tmpdir(), "scenario-"));
  const proxy = await createFaultProxy({
    upstream: { url: plane.url, ca: await readFile(plane.caFile, "utf8") },
    ...(tls !== undefined && { tls }),
  });
  const clients: KubeClient[] = [];
  const following: Promise<void>[] = [];
  const client: Scenario["client"] = async (options = {}, { ca, user = { token: plane.adminToken } } = {}) => {
    const path = join(folder, `kubeconfig-${clients.length}`);
    const config = {
      "current-context": "x",
      contexts: [{ name: "x", context: { cluster: "x", user: "x" } }],
      clusters: [
        { name: "x", cluster: { server: proxy.url, ...(ca !== undefined && { "certificate-authority": ca }) } },
      ],
      users: [{ name: "x", user }],
    };
    await writeFile(path, JSON.stringify(config));
    const made = await createKube(
      { kubeconfig: { path }, clock: systemClock, random: Math.random, ...options },
      signal,
    );
    clients.push(made);
    return made;
  };
  const direct = await createKube(
    { kubeconfig: { path: plane.kubeconfigPath }, clock: systemClock, random: Math.random },
    signal,
  );
  clients.push(direct);
  const kube = await client();
  const namespace = `fault-${randomUUID().slice(0, 8)}`;
  await direct.create(namespaces, { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } }, { signal });

  return {
    proxy,
    kube,
    direct,
    namespace,
    folder,
    signal,
    client,
    follow(options = {}) {
      const errors: unknown[] = [];
      const changes: Change<KubeObject>[] = [];
      const informers = createInformers({
        kube,
        clock: systemClock,
        random: Math.random,
        report: (_, error) => errors.push(error),
        ...options,
        signal,
      });
      following.push(informers.closed);
      const informer = informers.informer(configMaps, { namespace, labelSelector: "scenario=yes", ...options, signal });
      informer.subscribe((change) => changes.push(change), signal);
      const names = () => informer.list().map((each) => each.metadata.name);
      return { informer, changes, errors, names: () => names().toSorted() };
    },
    configMap: (name, data = {}) => ({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name, namespace, labels: { scenario: "yes" } },
      data,
    }),
    async [Symbol.asyncDispose]() {
      stop.abort(new Error("the scenario is over"));
      await Promise.all(following);
      const cleanUp = new AbortController().signal;
      await direct
        .delete(namespaces, { name: namespace }, { signal: cleanUp, timeoutMs: 5_000 })
        .catch(() => undefined);
      await Promise.all(clients.map((each) => each.close()));
      await proxy.close();
      await rm(folder, { recursive: true });
    },
  };
}

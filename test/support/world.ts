// A whole world for a test: control plane, kinds, an operator in this process, and the simulated cloud.
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  type Blueprint,
  type BlueprintRun,
  blueprintRuns,
  blueprints,
  type KubeObject,
  namespaces,
  type ObjectKey,
  type ResourceType,
} from "../../src/api/index.ts";
import { createKube, isKubeError, type KubeClient, systemClock } from "../../src/kube/index.ts";
import { applyManifests, readManifests } from "../../src/local/start/manifests.ts";
import { type RunningOperator, startOperator } from "../../src/operator/operator.ts";
import type { OperatorOptions } from "../../src/operator/options.ts";
import { createLogger, silentLogger } from "../../src/runtime/index.ts";
import { checkStatus } from "../../src/api/index.ts";
import { ownPlane, toolPaths } from "./plane.ts";

const root = join(import.meta.dirname, "..", "..");

export interface World extends AsyncDisposable {
  readonly kube: KubeClient;
  readonly kubeconfigPath: string;
  readonly signal: AbortSignal;
  readonly operator: RunningOperator;
  /** Starts another operator (after the first was stopped), or the first with other options. */
  restart(options?: Partial<OperatorOptions>): Promise<RunningOperator>;
  /** Makes a namespace with a random name. */
  namespace(): Promise<string>;
  /** GET, PATCH, DELETE and POST of the simulated cloud's control address. */
  cloud(method: string, path: string, body?: object): Promise<unknown>;
}

/** Starts it. Set DHARMA_TEST_LOG to see the operator's log. */
export async function startWorld(options: Partial<OperatorOptions> = {}): Promise<World> {
  const stop = new AbortController();
  const { signal } = stop;
  const plane = await ownPlane({ components: ["controllerManager"] });
  const paths = await toolPaths(["pulumi", "opa"]);
  const kube = await createKube(
    { kubeconfig: { path: plane.kubeconfigPath }, clock: systemClock, random: Math.random },
    signal,
  );
  await applyManifests(kube, await readManifests(join(root, "crds")), signal);
  const start = async (more: Partial<OperatorOptions> = {}): Promise<RunningOperator> => {
    const operator = await startOperator(
      {
        kubeconfig: { path: plane.kubeconfigPath },
        cloud: { kind: "simulated" },
        namespace: "dharma-system",
        log:
          process.env["DHARMA_TEST_LOG"] === undefined
            ? silentLogger
            : createLogger({ level: "debug", format: "pretty" }),
        pulumi: paths.pulumi ?? "pulumi",
        opa: paths.opa ?? "opa",
        webhooks: { kind: "url", address: "127.0.0.1:0" },
        metricsAddress: "127.0.0.1:0",
        holding: { kind: "alone" },
        ...options,
        ...more,
      },
      signal,
    );
    await operator.ready;
    return operator;
  };
  let operator = await start();
  return {
    kube,
    kubeconfigPath: plane.kubeconfigPath,
    signal,
    get operator() {
      return operator;
    },
    async restart(more) {
      await operator.stop();
      operator = await start(more);
      return operator;
    },
    async namespace() {
      const name = `t-${randomUUID().slice(0, 8)}`;
      await kube.create(namespaces, { apiVersion: "v1", kind: "Namespace", metadata: { name } }, { signal });
      return name;
    },
    async cloud(method, path, body) {
      const answer = await fetch(`${operator.cloudControl ?? ""}${path}`, {
        method,
        ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
      });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
      return text === "" ? undefined : JSON.parse(text);
    },
    async [Symbol.asyncDispose]() {
      await operator.stop();
      await kube.close();
      await plane.stop();
      stop.abort(new Error("the test is over"));
    },
  };
}

/** Waits until `holds` of the object; every state seen on the way must keep the invariants of statuses. */
export async function until<T extends KubeObject>(
  world: World,
  type: ResourceType<T>,
  key: ObjectKey,
  holds: (object: T) => boolean,
  timeoutMs = 120_000,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  let last: T | undefined;
  while (performance.now() < deadline) {
    last = await world.kube.get(type, key, { signal: world.signal });
    assertStatus(last);
    if (holds(last)) return last;
    await sleep(150);
  }
  throw new Error(
    `${type.kind} ${key.name} did not get there in ${timeoutMs / 1000} s: ${JSON.stringify(last, undefined, 1)}`,
  );
}

/** Waits until the object is gone. */
export async function untilGone(world: World, type: ResourceType, key: ObjectKey, timeoutMs = 120_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  let last: unknown;
  while (performance.now() < deadline) {
    try {
      last = await world.kube.get(type, key, { signal: world.signal });
    } catch (error) {
      if (isKubeError(error, "notFound")) return;
      throw error;
    }
    await sleep(150);
  }
  throw new Error(
    `${type.kind} ${key.name} is still there after ${timeoutMs / 1000} s: ${JSON.stringify(last, undefined, 1)}`,
  );
}

/** Throws when a status breaks an invariant; an object nobody looked at yet has none. */
export function assertStatus(object: KubeObject): void {
  if (Reflect.get(object, "status") === undefined) return;
  const wrong = checkStatus(object);
  if (wrong.length > 0)
    throw new Error(`${object.kind} ${object.metadata.name}: ${wrong.join("; ")}: ${JSON.stringify(object)}`);
}

/** Reason of the Ready condition, with its status: `True Succeeded`. */
export function ready(object: Blueprint | BlueprintRun): string {
  const condition = object.status?.conditions?.find(({ type }) => type === "Ready");
  return condition === undefined ? "" : `${condition.status} ${condition.reason}`;
}

/** Runs of a namespace, oldest first; their statuses are checked. */
export async function runsIn(world: World, namespace: string): Promise<readonly BlueprintRun[]> {
  const { items } = await world.kube.list(blueprintRuns, { namespace, signal: world.signal });
  items.forEach(assertStatus);
  return items.toSorted(
    (a, b) => Date.parse(a.metadata.creationTimestamp ?? "") - Date.parse(b.metadata.creationTimestamp ?? ""),
  );
}

/** Sets annotations of an object. */
export async function annotate(
  world: World,
  type: ResourceType,
  key: ObjectKey,
  annotations: Readonly<Record<string, string | null>>,
): Promise<void> {
  await world.kube.patch(type, key, { kind: "merge", body: { metadata: { annotations } } }, { signal: world.signal });
}

/** Makes a Blueprint. */
export async function makeBlueprint(world: World, namespace: string, name: string, spec: object): Promise<Blueprint> {
  const object = { apiVersion: "iacdharma.com/v1alpha1", kind: "Blueprint", metadata: { name, namespace }, spec };
  return world.kube.apply(blueprints, object, { fieldManager: "test", signal: world.signal });
}

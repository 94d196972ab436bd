// The operator killed with SIGKILL in the middle of everything: nothing is made twice, nothing is orphaned, no worker outlives it.
import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Blueprint, type BlueprintRun, blueprintRuns, blueprints, namespaces } from "../api/index.ts";
import { createKube, isKubeError, type KubeClient, systemClock } from "../kube/index.ts";
import { type ControlPlane, freePorts } from "../local/index.ts";
import { applyManifests, readManifests } from "../local/start/manifests.ts";
import { ownPlane, toolPaths } from "../../test/support/plane.ts";
import { assertStatus, ready } from "../../test/support/world.ts";

const root = join(import.meta.dirname, "..", "..");
const { signal } = new AbortController();
const queue = "aws:sqs/queue:Queue";
let plane: ControlPlane;
let kube: KubeClient;
let folder: string;
let pulumi: string;
let opa: string;
let operator: ChildProcess | undefined;
let control = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "dharma-kill-"));
  const paths = await toolPaths(["pulumi", "opa"]);
  pulumi = paths.pulumi ?? "";
  opa = paths.opa ?? "";
  plane = await ownPlane({ components: ["controllerManager"] });
  kube = await createKube(
    { kubeconfig: { path: plane.kubeconfigPath }, clock: systemClock, random: Math.random },
    signal,
  );
  await applyManifests(kube, await readManifests(join(root, "crds")), signal);
}, 300_000);

afterEach(async () => {
  if (operator !== undefined) await end("SIGTERM");
}, 120_000);

afterAll(async () => {
  await kube?.close();
  await plane?.stop();
  await rm(folder, { recursive: true, force: true });
}, 120_000);

/** When the operator is killed. */
const moments: readonly (readonly [string, (runs: readonly BlueprintRun[]) => Promise<boolean>])[] = [
  ["when the run was just made", async (runs) => runs.length > 0],
  [
    "while it plans",
    async (runs) =>
      runs.some(({ status }) => status?.phase === "Running" && status.plan === undefined) &&
      (await workers()).length > 0,
  ],
  ["when the plan was judged", async (runs) => runs.some(({ status }) => status?.plan !== undefined)],
  ["while the first resources are made", async () => (await made()).length > 0],
  ["while the last resources are made", async () => (await made()).length >= 4],
  ["when the change is done", async (runs) => runs.some(({ status }) => status?.phase === "Succeeded")],
];

describe.each(moments)("an operator killed %s", (_when, come) => {
  test("is followed by one that finishes, with every resource made once", { timeout: 600_000 }, async () => {
    const namespace = `k-${randomUUID().slice(0, 8)}`;
    await rm(join(folder, "cloud.json"), { force: true });
    await start();
    await kube.create(namespaces, { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } }, { signal });
    const key = { namespace, name: "shop" };
    const spec = {
      provider: "aws",
      region: "eu-west-1",
      approval: "Never",
      resources: Array.from({ length: 5 }, (_, index) => ({
        name: `q${index}`,
        type: queue,
        // One after the other, so that there is a middle to be killed in.
        ...(index === 0 ? {} : { options: { dependsOn: [`q${index - 1}`] } }),
      })),
    };
    await cloud("POST", "/faults", { kind: "slow", match: { type: queue }, latencyMs: 700 });
    await kube.apply(
      blueprints,
      { apiVersion: "iacdharma.com/v1alpha1", kind: "Blueprint", metadata: key, spec } as never,
      { fieldManager: "test", signal },
    );
    await until(async () => come(await runsOf(namespace)));
    await kill();
    await start();
    await until(async () => isReady(await kube.get(blueprints, key, { signal })));
    expect(await made()).toHaveLength(5);

    await cloud("POST", "/faults", { kind: "slow", match: { type: queue }, latencyMs: 700 });
    await kube.delete(blueprints, key, { signal });
    await until(async () => (await made()).length <= 3);
    await kill();
    await start();
    await until(async () => gone(key));
    expect(await made()).toEqual([]);
  });
});

async function start(): Promise<void> {
  // On a busy machine somebody else may take a port that was free a moment ago.
  for (let tries = 1; ; tries += 1) {
    try {
      return await startOnFreePorts();
    } catch (error) {
      if (tries === 3) throw error;
      operator = undefined;
    }
  }
}

async function startOnFreePorts(): Promise<void> {
  const [controlPort = 0, health = 0, metrics = 0, webhook = 0] = await freePorts(4);
  const child = spawn(
    process.execPath,
    [
      join(root, "src/cli/main.ts"),
      "operator",
      "--kubeconfig",
      plane.kubeconfigPath,
      "--cloud",
      "simulated",
      "--pulumi",
      pulumi,
      "--opa",
      opa,
      "--cloud-data",
      join(folder, "cloud.json"),
      "--cloud-control",
      `127.0.0.1:${controlPort}`,
      "--webhook-address",
      `127.0.0.1:${webhook}`,
      "--health-address",
      `127.0.0.1:${health}`,
      "--metrics-address",
      `127.0.0.1:${metrics}`,
      "--provider-timeout",
      "5s",
    ],
    { stdio: ["ignore", "ignore", process.env["DHARMA_TEST_LOG"] === undefined ? "ignore" : "inherit"] },
  );
  operator = child;
  control = `http://127.0.0.1:${controlPort}`;
  await until(async () => {
    if (child.exitCode !== null) throw new Error(`the operator ended with ${child.exitCode}`);
    const timely = AbortSignal.timeout(10_000);
    return (await fetch(`http://127.0.0.1:${health}/readyz`, { signal: timely }).catch(() => undefined))?.ok === true;
  });
}

/** SIGKILL, and proof that every worker goes with it. */
async function kill(): Promise<void> {
  const below = await workers();
  await end("SIGKILL");
  await until(async () => !(await Promise.all(below.map(isAlive))).includes(true), 5_000);
}

async function end(how: NodeJS.Signals): Promise<void> {
  const child = operator;
  if (child === undefined) throw new Error("there is no operator to end");
  operator = undefined;
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill(how);
  await ended;
}

interface Process {
  readonly pid: string;
  readonly parent: string;
  readonly startTime: string;
}

/** Every process below the operator: worker processes, engines, language hosts. */
async function workers(): Promise<readonly Process[]> {
  const all: Process[] = [];
  for (const pid of await readdir("/proc")) {
    if (!/^\d+$/.test(pid)) continue;
    const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (fields[1] !== undefined && fields[19] !== undefined && fields[0] !== "Z")
      all.push({ pid, parent: fields[1], startTime: fields[19] });
  }
  const below = new Set([String(operator?.pid)]);
  for (let size = 0; size !== below.size;) {
    size = below.size;
    for (const { pid, parent } of all) if (below.has(parent)) below.add(pid);
  }
  return all.filter(({ pid }) => below.has(pid) && pid !== String(operator?.pid));
}

async function isAlive({ pid, startTime }: Process): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields[0] !== "Z" && fields[19] === startTime;
}

async function cloud(method: string, path: string, body?: object): Promise<unknown> {
  const answer = await fetch(`${control}${path}`, {
    method,
    signal: AbortSignal.timeout(30_000),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

async function made(): Promise<readonly string[]> {
  const { resources } = (await cloud("GET", `/resources?type=${encodeURIComponent(queue)}`)) as {
    readonly resources: readonly { readonly id: string }[];
  };
  return resources.map(({ id }) => id);
}

async function runsOf(namespace: string): Promise<readonly BlueprintRun[]> {
  const { items } = await kube.list(blueprintRuns, { namespace, signal });
  items.forEach(assertStatus);
  return items;
}

async function gone(key: { namespace: string; name: string }): Promise<boolean> {
  try {
    assertStatus(await kube.get(blueprints, key, { signal }));
    return false;
  } catch (error) {
    if (isKubeError(error, "notFound")) return true;
    throw error;
  }
}

function isReady(object: Blueprint): boolean {
  assertStatus(object);
  return ready(object) === "True Succeeded";
}

async function until(holds: () => Promise<boolean>, timeoutMs = 240_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error("it did not come to that in time");
    await sleep(100);
  }
}

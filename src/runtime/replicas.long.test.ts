// Two replicas as real processes; one is killed, one comes, one leaves: no key lost, none worked on twice at once.
import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, expect, test } from "vitest";
import { usePlane } from "../../test/support/plane.ts";
import { configMaps, leases, namespaces } from "../api/core.ts";
import type { KubeClient } from "../kube/index.ts";
import { createKube, systemClock } from "../kube/index.ts";

const { signal } = new AbortController();
const namespace = `replicas-${randomUUID().slice(0, 8)}`;
const label = randomUUID();
const leaseName = "replicas";
const objects = 60;
let path: string;
let kube: KubeClient;
const alive = new Set<ChildProcess>();

beforeAll(async () => {
  path = (await usePlane()).kubeconfigPath;
  kube = await createKube({ kubeconfig: { path }, clock: systemClock, random: Math.random }, signal);
  await kube.create(namespaces, { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } }, { signal });
});
afterAll(async () => {
  for (const child of alive) child.kill("SIGKILL");
  await kube.delete(namespaces, { name: namespace }, { signal });
  await kube.close();
});

interface Told {
  readonly at: number;
  readonly what: "begin" | "end";
  readonly name: string;
  readonly turn: string;
  readonly replica: number;
}

/** Everything all replicas told, in the order of the machine's monotonic clock. */
const told: Told[] = [];
const deaths = new Map<number, number>();
let replicas = 0;

function start(): { child: ChildProcess; replica: number } {
  const replica = (replicas += 1);
  const script = new URL("../../test/support/replica-process.ts", import.meta.url).pathname;
  const child = spawn(process.execPath, [script, path, namespace, label, leaseName], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  alive.add(child);
  child.once("exit", () => alive.delete(child));
  if (child.stdout) {
    createInterface({ input: child.stdout }).on("line", (line) => {
      const [at, what, name = "", turn = ""] = line.split(" ");
      if (what === "begin" || what === "end") told.push({ at: Number(at), what, name, turn, replica });
    });
  }
  return { child, replica };
}

const setTurn = async (turn: string): Promise<void> => {
  for (let index = 0; index < objects; index += 1) {
    const body = { data: { turn } };
    await kube.patch(configMaps, { namespace, name: `object-${index}` }, { kind: "merge", body }, { signal });
  }
};

const allDone = async (turn: string): Promise<boolean> => {
  const { items } = await kube.list(configMaps, { namespace, labelSelector: `test=${label}`, signal });
  return items.length === objects && items.every((item) => item.metadata.annotations?.["done"] === turn);
};

async function until(holds: () => Promise<boolean>, ms: number): Promise<void> {
  const end = performance.now() + ms;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`did not come true within ${ms} ms`);
    await systemClock.sleep(200, signal);
  }
}

const holders = async (): Promise<ReadonlySet<string>> => {
  const { items } = await kube.list(leases, { namespace, signal });
  const shards = items.filter((lease) => lease.metadata.name.startsWith(`${leaseName}-shard-`));
  return new Set(shards.length === 8 ? shards.map((lease) => lease.spec?.holderIdentity ?? "") : []);
};

const kill = async ({ child, replica }: ReturnType<typeof start>, how: NodeJS.Signals): Promise<void> => {
  const exited = once(child, "exit");
  deaths.set(replica, Number(process.hrtime.bigint() / 1000n));
  child.kill(how);
  await exited;
};

test("two replicas share the work; one killed, one come and one left lose no key and never work on one twice at once", async () => {
  for (let index = 0; index < objects; index += 1) {
    const metadata = { name: `object-${index}`, namespace, labels: { test: label } };
    await kube.create(configMaps, { apiVersion: "v1", kind: "ConfigMap", metadata, data: { turn: "1" } }, { signal });
  }
  const one = start();
  const two = start();
  await until(() => allDone("1"), 60_000);
  await until(async () => (await holders()).size === 2 && !(await holders()).has(""), 60_000);

  await setTurn("2");
  await kill(one, "SIGKILL"); // in the middle of the work
  await until(() => allDone("2"), 90_000);

  const three = start();
  await setTurn("3");
  await until(() => allDone("3"), 90_000);
  await until(async () => (await holders()).size === 2 && !(await holders()).has(""), 60_000);

  await setTurn("4");
  await kill(two, "SIGTERM"); // leaves in order, handing its shards over
  await until(() => allDone("4"), 90_000);
  await kill(three, "SIGTERM");

  expect(new Set(told.map((line) => line.replica)).size).toBe(3);
  const working = new Map<string, Told>();
  for (const line of told.toSorted((a, b) => a.at - b.at)) {
    const other = working.get(line.name);
    if (line.what === "end") {
      if (other?.replica === line.replica) working.delete(line.name);
      continue;
    }
    const died = other && deaths.get(other.replica);
    const isOver = other === undefined || other.replica === line.replica || (died !== undefined && died < line.at);
    expect(isOver, `${line.name} was begun by ${line.replica} while ${other?.replica} worked on it`).toBe(true);
    working.set(line.name, line);
  }
}, 400_000);

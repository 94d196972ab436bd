// A replica whose shard is taken in the middle of an operation ends the worker; whoever holds the shard next finishes.
import { readdir, readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { blueprintRuns, blueprints, leases } from "../api/index.ts";
import { isKubeError } from "../kube/index.ts";
import { makeBlueprint, ready, startWorld, until, type World } from "../../test/support/world.ts";

const queue = "aws:sqs/queue:Queue";
const shard = { namespace: "dharma-system", name: "dharma-shard-0" };
const thief = "thief";
let world: World;

beforeAll(async () => {
  world = await startWorld({ holding: { kind: "leases", namespace: shard.namespace, shards: 1 } });
}, 300_000);

afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
}, 120_000);

test("a replica that lost its shard ends the worker, and nothing is made twice", { timeout: 600_000 }, async () => {
  const namespace = await world.namespace();
  const names = Array.from({ length: 10 }, (_, index) => `q${index}`);
  await world.cloud("POST", "/faults", { kind: "slow", match: { type: queue }, latencyMs: 8_000 });
  await makeBlueprint(world, namespace, "shop", {
    provider: "aws",
    region: "eu-west-1",
    approval: "Never",
    // One after the other: it takes longer than the replica may go on without its shard.
    resources: names.map((name, index) => ({
      name,
      type: queue,
      ...(index === 0 ? {} : { options: { dependsOn: [`q${index - 1}`] } }),
    })),
  });
  await eventually(async () => (await made()).length > 0);
  expect(await workers()).not.toEqual([]);

  const over = new AbortController();
  const holding = keepStealing(over.signal);
  await eventually(async () => (await workers()).length === 0, 90_000);
  expect((await made()).length).toBeLessThan(names.length);
  const { items } = await world.kube.list(blueprintRuns, { namespace, signal: world.signal });
  // The record belongs to the next holder.
  expect(items.map(({ status }) => status?.phase)).toEqual(["Running"]);
  over.abort();
  await holding;

  await world.cloud("DELETE", "/faults");
  await until(world, blueprints, { namespace, name: "shop" }, (object) => ready(object) === "True Succeeded", 300_000);
  expect(await made()).toHaveLength(names.length);
});

/** Takes the Lease by force and renews it, as a replica would that believes it to be free. */
async function keepStealing(signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const lease = await world.kube.get(leases, shard, { signal: world.signal });
    const renewTime = new Date().toISOString().replace("Z", "000Z");
    const spec = { ...lease.spec, holderIdentity: thief, leaseDurationSeconds: 15, renewTime };
    await world.kube.update(leases, { ...lease, spec }, { signal: world.signal }).catch((error: unknown) => {
      if (!isKubeError(error, "conflict")) throw error;
    });
    await sleep(lease.spec?.holderIdentity === thief ? 3_000 : 50);
  }
}

async function made(): Promise<readonly string[]> {
  const { resources } = (await world.cloud("GET", `/resources?type=${encodeURIComponent(queue)}`)) as {
    readonly resources: readonly { readonly id: string }[];
  };
  return resources.map(({ id }) => id);
}

/** Pids of worker processes of this process. */
async function workers(): Promise<readonly string[]> {
  const found: string[] = [];
  for (const pid of await readdir("/proc")) {
    if (!/^\d+$/.test(pid)) continue;
    const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (fields[0] === "Z" || fields[1] !== String(process.pid)) continue;
    const command = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    if (command.includes("provision/worker/main.ts")) found.push(pid);
  }
  return found;
}

async function eventually(holds: () => Promise<boolean>, timeoutMs = 240_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error("it did not come to that in time");
    await sleep(200);
  }
}

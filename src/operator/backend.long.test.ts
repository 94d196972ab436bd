// A Blueprint whose state is kept in a backend the administrator named: its whole life through the real CLI.
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Blueprint, blueprints, secrets } from "../api/index.ts";
import {
  annotate,
  makeBlueprint,
  ready,
  runsIn,
  startWorld,
  until,
  untilGone,
  type World,
} from "../../test/support/world.ts";

const timeout = 600_000;
let world: World;
let folder: string;
let namespace: string;
const queueType = "aws:sqs/queue:Queue";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "dharma-backend-"));
  await mkdir(join(folder, "states"));
  const settingsFile = join(folder, "settings.yaml");
  const backend = {
    name: "large",
    url: pathToFileURL(join(folder, "states")).href,
    secretRef: { name: "large-state" },
  };
  await writeFile(
    settingsFile,
    JSON.stringify({ backends: [backend, { ...backend, name: "theirs", namespaces: ["other"] }] }),
  );
  world = await startWorld({ settingsFile });
  namespace = await world.namespace();
  await makeSecret("dharma-system", "large-state", { PULUMI_CONFIG_PASSPHRASE: "kept apart" });
  await makeSecret(namespace, "db", { password: "correct-horse-battery" });
}, 300_000);

afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
}, 120_000);

const spec = (visibilityTimeoutSeconds: number) => ({
  provider: "aws",
  region: "eu-west-1",
  approval: "Never",
  drift: { mode: "Heal", interval: "1h" },
  state: { backendRef: "large" },
  inputs: [{ name: "password", secretKeyRef: { name: "db", key: "password" } }],
  resources: [{ name: "orders", type: queueType, properties: { visibilityTimeoutSeconds } }],
  outputs: { queue: "${orders.url}", login: "user:${inputs.password}" },
  writeOutputsToSecret: "shop-outputs",
});

describe("a Blueprint in a named backend", () => {
  test("is built, changed, healed and destroyed there, and nowhere else", { timeout }, async () => {
    const key = { namespace, name: "shop" };
    await makeBlueprint(world, namespace, "shop", spec(60));
    const built = await until(world, blueprints, key, isReady, 300_000);
    expect(built.status).toMatchObject({ resources: 1, outputs: { queue: expect.stringContaining("sqs.eu-west-1") } });
    expect(built.status?.outputs).not.toHaveProperty("login");
    const outputs = await world.kube.get(secrets, { namespace, name: "shop-outputs" }, { signal: world.signal });
    expect(Buffer.from(outputs.data?.["login"] ?? "", "base64").toString()).toBe("user:correct-horse-battery");
    const [state] = await stateFiles();
    const text = await readFile(state ?? "", "utf8");
    expect(text).toContain(queueType);
    expect(text).not.toContain("correct-horse-battery");

    await makeBlueprint(world, namespace, "shop", spec(90));
    await until(world, blueprints, key, isReady, 300_000);
    expect(await queues()).toMatchObject([{ properties: { visibilityTimeoutSeconds: 90 } }]);

    const [queue] = await queues();
    const path = `/resources/${encodeURIComponent(queue?.id ?? "")}?type=${encodeURIComponent(queueType)}`;
    await world.cloud("PATCH", path, { visibilityTimeoutSeconds: 5 });
    await annotate(world, blueprints, key, { "iacdharma.com/reconcile-at": "drift" });
    await until(world, blueprints, key, ({ status }) => status?.lastHandledReconcileAt === "drift");
    await healed();
    expect(await queues()).toMatchObject([{ properties: { visibilityTimeoutSeconds: 90 } }]);

    await expect(
      makeBlueprint(world, namespace, "shop", { ...spec(90), state: { backendRef: "other" } }),
    ).rejects.toThrow(/cannot change while resources exist/);
    await world.kube.delete(blueprints, key, { signal: world.signal });
    await untilGone(world, blueprints, key, 300_000);
    expect(await queues()).toEqual([]);
    expect(await stateFiles()).toEqual([]);
  });

  test("that is not there, or not for this namespace, is refused before anything is made", { timeout }, async () => {
    await makeBlueprint(world, namespace, "lost", { ...spec(60), state: { backendRef: "theirs" } });
    const lost = await until(world, blueprints, { namespace, name: "lost" }, (object) =>
      ready(object).endsWith(" BackendUnknown"),
    );
    expect(lost.status?.conditions?.find(({ type }) => type === "Ready")?.message).toContain("there are large");
    expect(await runsOf("lost")).toEqual([]);
  });
});

interface CloudResource {
  readonly id: string;
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

async function queues(): Promise<readonly CloudResource[]> {
  const answer = (await world.cloud("GET", "/resources")) as { readonly resources: readonly CloudResource[] };
  return answer.resources.filter(({ type }) => type === queueType);
}

async function stateFiles(): Promise<readonly string[]> {
  const entries = await readdir(join(folder, "states"), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith(".json") && entry.parentPath.includes("stacks"))
    .map((entry) => join(entry.parentPath, entry.name));
}

async function runsOf(name: string) {
  return (await runsIn(world, namespace)).filter((run) => run.spec.blueprintRef.name === name);
}

async function healed(): Promise<void> {
  const deadline = performance.now() + 300_000;
  while (performance.now() < deadline) {
    const runs = await runsOf("shop");
    if (runs.some(({ spec: { cause }, status }) => cause === "Drift" && status?.phase === "Succeeded")) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`not healed: ${JSON.stringify(await runsOf("shop"))}`);
}

async function makeSecret(home: string, name: string, stringData: object): Promise<void> {
  const object = { apiVersion: "v1", kind: "Secret", metadata: { name, namespace: home }, stringData };
  await world.kube.apply(secrets, object, { fieldManager: "test", signal: world.signal });
}

function isReady(object: Blueprint): boolean {
  return ready(object) === "True Succeeded" && object.status?.lastAppliedGeneration === object.metadata.generation;
}

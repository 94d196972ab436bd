// Resources that exist already come under a Blueprint: `dharma adopt`, an Import through plan, gate and approval, then the Apply.
import { execFile } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Blueprint, blueprintRuns, blueprints } from "../api/index.ts";
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
const queueType = "aws:sqs/queue:Queue";
let world: World;
let namespace: string;
let account: string;
const spec = {
  provider: "aws",
  region: "eu-west-1",
  approval: "Always",
  resources: [{ name: "orders", type: queueType, properties: { visibilityTimeoutSeconds: 60 } }],
  outputs: { queue: "${orders.url}" },
};

beforeAll(async () => {
  world = await startWorld();
  namespace = await world.namespace();
  // A Blueprint of its own tells which account the namespace's credentials open.
  await makeBlueprint(world, namespace, "scout", { ...spec, approval: "Never" });
  const scout = await until(world, blueprints, { namespace, name: "scout" }, isReady, 240_000);
  account = (scout.status?.cloud?.identity ?? "").replace("aws:", "");
}, 500_000);

afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
}, 120_000);

describe("an existing queue", () => {
  test(
    "is adopted with approval, brought to the spec with approval, and stays when the Blueprint goes",
    { timeout },
    async () => {
      const id = await makeQueue("legacy-orders", { visibilityTimeoutSeconds: 5, tags: { team: "shop" } });
      const key = { namespace, name: "shop" };
      await makeBlueprint(world, namespace, "shop", { ...spec, paused: true });
      const dry = await dharma("adopt", "shop", `orders=${id}`, "-n", namespace, "--dry-run");
      expect(dry.stdout).toContain(`+   import: ${id}`);
      expect((await world.kube.get(blueprints, key, { signal: world.signal })).metadata.generation).toBe(1);
      const adopted = await dharma("adopt", "shop", `orders=${id}`, "-n", namespace);
      expect(adopted).toMatchObject({ code: 0, stderr: "" });
      const patched = await world.kube.get(blueprints, key, { signal: world.signal });
      expect(patched.spec.resources?.[0]?.options).toMatchObject({ import: id });
      const again = await dharma("adopt", "shop", `orders=${id}`, "-n", namespace);
      expect(again.stdout).toContain("nothing to do");
      await world.kube.patch(
        blueprints,
        key,
        { kind: "merge", body: { spec: { paused: false } } },
        { signal: world.signal },
      );

      const imports = await untilAsking(key, "Import");
      expect(imports.status?.plan?.steps).toMatchObject([{ op: "import", name: "orders" }]);
      expect(await queueNamed("legacy-orders")).toMatchObject({ properties: { visibilityTimeoutSeconds: 5 } });
      await approve(imports);

      const applies = await untilAsking(key, "Apply");
      expect(applies.status?.plan).toMatchObject({ creates: 0, updates: 1, replaces: 0, deletes: 0 });
      await approve(applies);
      const built = await until(world, blueprints, key, isReady, 240_000);
      expect(built.status?.outputs).toMatchObject({ queue: expect.stringContaining("legacy-orders") });
      const queues = (await resources()).filter(({ properties }) => String(properties["name"]).includes("orders"));
      expect(queues.filter(({ id: each }) => each !== scoutId(queues))).toHaveLength(1);
      expect(await queueNamed("legacy-orders")).toMatchObject({ properties: { visibilityTimeoutSeconds: 60 } });

      await world.kube.delete(blueprints, key, { signal: world.signal });
      await approve(await untilAsking(key, "Destroy"));
      await untilGone(world, blueprints, key, 240_000);
      expect(await queueNamed("legacy-orders")).toMatchObject({ id });
    },
  );

  test(
    "of a wrong id, or of another Blueprint, is refused with what to do, and nothing is made",
    { timeout },
    async () => {
      const adopting = (id: string) => ({
        ...spec,
        approval: "Never",
        resources: [{ ...spec.resources[0], options: { import: id } }],
      });
      const before = (await resources()).length;
      await makeBlueprint(world, namespace, "wrong", adopting("https://sqs.eu-west-1.amazonaws.com/1/nobody"));
      const wrong = await until(world, blueprints, { namespace, name: "wrong" }, failed("NotFound"), 240_000);
      expect(wrong.status?.conditions?.find(({ type }) => type === "Ready")?.message).toContain("nobody");
      const theirs = (await resources()).find(({ properties }) =>
        JSON.stringify(properties).includes("dharma:blueprint"),
      );
      await makeBlueprint(world, namespace, "thief", adopting(theirs?.id ?? ""));
      const thief = await until(
        world,
        blueprints,
        { namespace, name: "thief" },
        failed("ResourceOwnedByAnother"),
        240_000,
      );
      expect(thief.status?.conditions?.find(({ type }) => type === "Ready")?.message).toContain("another Blueprint");
      expect(await resources()).toHaveLength(before);
      expect(
        (await runsIn(world, namespace)).filter(({ spec: run }) => run.blueprintRef.name === "thief"),
      ).toMatchObject([{ spec: { operation: "Import" }, status: { phase: "Failed" } }]);
    },
  );
});

test("dharma adopt says what is wrong with an adoption before anything is sent", async () => {
  const said = async (adoption: string) => (await dharma("adopt", "scout", adoption, "-n", namespace)).stderr;
  expect(await said("ordres=x")).toContain("no component or resource ordres. It has: orders.");
  expect(await said("orders")).toContain("NAME=CLOUD-ID");
  expect(await said("orders.queue=x")).toContain("say orders=x");
});

interface CloudResource {
  readonly id: string;
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

async function resources(): Promise<readonly CloudResource[]> {
  const answer = (await world.cloud("GET", "/resources")) as { readonly resources: readonly CloudResource[] };
  return answer.resources;
}

async function queueNamed(name: string): Promise<CloudResource | undefined> {
  return (await resources()).find(({ properties }) => properties["name"] === name);
}

async function makeQueue(name: string, inputs: object): Promise<string> {
  const body = { package: "aws", account, region: "eu-west-1", type: queueType, inputs: { name, ...inputs } };
  return ((await world.cloud("POST", "/resources", body)) as CloudResource).id;
}

/** The queue of the Blueprint that was only there to tell the account. */
function scoutId(queues: readonly CloudResource[]): string | undefined {
  return queues.find(({ properties }) => properties["name"] !== "legacy-orders")?.id;
}

async function untilAsking(key: { namespace: string; name: string }, operation: string) {
  const deadline = performance.now() + 240_000;
  while (performance.now() < deadline) {
    const runs = await runsIn(world, key.namespace);
    const found = runs.find(
      ({ spec: run, status }) =>
        run.blueprintRef.name === key.name && run.operation === operation && status?.phase === "AwaitingApproval",
    );
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`no ${operation} asks: ${JSON.stringify(await runsIn(world, key.namespace))}`);
}

async function approve(run: Awaited<ReturnType<typeof untilAsking>>): Promise<void> {
  const key = { namespace, name: run.metadata.name };
  await annotate(world, blueprintRuns, key, { "iacdharma.com/approve": run.status?.plan?.id ?? "" });
}

function isReady(object: Blueprint): boolean {
  return ready(object) === "True Succeeded";
}

function failed(reason: string) {
  return (object: Blueprint): boolean => ready(object).endsWith(` ${reason}`);
}

function dharma(...args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = { ...process.env, KUBECONFIG: world.kubeconfigPath };
  return new Promise((resolve) => {
    execFile(join(import.meta.dirname, "..", "..", "bin/dharma"), args, { env }, (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === "number" ? error.code : error === null ? 0 : 1, stdout, stderr }),
    );
  });
}

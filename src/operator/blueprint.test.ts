// A Blueprint's whole life on a real control plane, with the real engine and the simulated cloud.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Blueprint, type BlueprintRun, blueprintRuns, blueprints, type Operation, secrets } from "../api/index.ts";
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

let world: World;

beforeAll(async () => {
  world = await startWorld();
}, 300_000);

afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
}, 120_000);

const spec = {
  provider: "aws",
  region: "eu-west-1",
  approval: "OnRisk",
  resources: [{ name: "orders", type: "aws:sqs/queue:Queue", properties: { visibilityTimeoutSeconds: 60 } }],
  outputs: { queue: "${orders.url}" },
  writeOutputsToSecret: "shop-outputs",
  drift: { mode: "Heal", interval: "1h" },
};

describe("a Blueprint", () => {
  test(
    "is built, healed, changed, replaced with approval and destroyed with approval",
    { timeout: 900_000 },
    async () => {
      const namespace = await world.namespace();
      const key = { namespace, name: "shop" };
      const changed = (visibilityTimeoutSeconds: number, more: object = {}) =>
        makeBlueprint(world, namespace, "shop", {
          ...spec,
          resources: [{ ...spec.resources[0], properties: { visibilityTimeoutSeconds, ...more } }],
        });

      // Built: outputs in status and in the Secret, the cloud's identity, a run that tells what was done.
      await changed(60);
      const built = await until(world, blueprints, key, isReady(1), 240_000);
      expect(built.status).toMatchObject({
        phase: "Ready",
        resources: 1,
        outputs: { queue: expect.stringContaining("sqs.eu-west-1") },
        cloud: { identity: expect.stringMatching(/^aws:\d{12}$/) },
        plan: { creates: 1, updates: 0, replaces: 0, deletes: 0 },
        lastAppliedGeneration: 1,
      });
      const secret = await world.kube.get(secrets, { namespace, name: "shop-outputs" }, { signal: world.signal });
      expect(Buffer.from(secret.data?.["queue"] ?? "", "base64").toString()).toBe(built.status?.outputs?.["queue"]);
      const [first] = await runsIn(world, namespace);
      expect(first).toMatchObject({
        spec: { operation: "Apply", cause: "SpecChange", attempt: 1 },
        status: {
          phase: "Succeeded",
          plan: { steps: [{ op: "create", type: "aws:sqs/queue:Queue", name: "orders" }] },
          decisions: [{ allow: true }],
        },
      });

      // Healed: changed behind the operator's back, found by a check, put right by an Apply of its own.
      const [queue] = await resources();
      await world.cloud(
        "PATCH",
        `/resources/${encodeURIComponent(queue?.id ?? "")}?type=${encodeURIComponent(queue?.type ?? "")}`,
        { visibilityTimeoutSeconds: 5 },
      );
      await annotate(world, blueprints, key, { "iacdharma.com/reconcile-at": "drift" });
      const [heal] = await untilRuns(
        namespace,
        "Apply",
        ({ spec: { cause }, status }) => cause === "Drift" && status?.phase === "Succeeded",
      );
      expect(heal?.status?.plan).toMatchObject({ updates: 1, creates: 0 });
      expect((await resources())[0]?.properties).toMatchObject({ visibilityTimeoutSeconds: 60 });
      const healed = await until(world, blueprints, key, isReady(1));
      expect(healed.status?.lastHandledReconcileAt).toBe("drift");

      // Changed in place: no approval needed.
      await changed(90);
      await until(world, blueprints, key, isReady(2), 240_000);
      expect((await resources())[0]?.properties).toMatchObject({ visibilityTimeoutSeconds: 90 });

      // Replaced: what keeps data needs a person, whose word the webhook attests.
      await changed(90, { fifoQueue: true, name: "orders.fifo" });
      const asking = await until(
        world,
        blueprints,
        key,
        (object) => ready(object) === "Unknown AwaitingApproval",
        240_000,
      );
      expect(asking.status?.phase).toBe("AwaitingApproval");
      const [waiting] = await untilRuns(namespace, "Apply", ({ status }) => status?.phase === "AwaitingApproval");
      const runKey = { namespace, name: waiting?.metadata.name ?? "" };
      await expect(annotate(world, blueprintRuns, runKey, { "iacdharma.com/approve": "sha256:other" })).rejects.toThrow(
        /read that one and name it/,
      );
      await annotate(world, blueprintRuns, runKey, { "iacdharma.com/approve": waiting?.status?.plan?.id ?? "" });
      await until(world, blueprints, key, isReady(3), 240_000);
      expect((await world.kube.get(blueprintRuns, runKey, { signal: world.signal })).status).toMatchObject({
        phase: "Succeeded",
        approval: { user: "admin", plan: waiting?.status?.plan?.id },
      });

      // Destroyed: the finalizer holds until a person agreed and nothing is left.
      await world.kube.delete(blueprints, key, { signal: world.signal });
      const [destroy] = await untilRuns(namespace, "Destroy", ({ status }) => status?.phase === "AwaitingApproval");
      expect(await resources()).toHaveLength(1);
      await annotate(
        world,
        blueprintRuns,
        { namespace, name: destroy?.metadata.name ?? "" },
        { "iacdharma.com/approve": destroy?.status?.plan?.id ?? "" },
      );
      await untilGone(world, blueprints, key, 240_000);
      expect(await resources()).toEqual([]);
    },
  );
});

function isReady(generation: number) {
  return (object: Blueprint): boolean =>
    ready(object) === "True Succeeded" &&
    object.status?.lastAppliedGeneration === generation &&
    object.metadata.generation === generation;
}

interface CloudResource {
  readonly id: string;
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

async function resources(): Promise<readonly CloudResource[]> {
  const answer = (await world.cloud("GET", "/resources")) as { readonly resources: readonly CloudResource[] };
  return answer.resources;
}

async function untilRuns(
  namespace: string,
  operation: Operation,
  holds: (run: BlueprintRun) => boolean,
): Promise<readonly BlueprintRun[]> {
  const deadline = performance.now() + 240_000;
  let runs: readonly BlueprintRun[] = [];
  while (performance.now() < deadline) {
    runs = await runsIn(world, namespace);
    const found = runs.filter((run) => run.spec.operation === operation && holds(run));
    if (found.length > 0) return found;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(
    `no such ${operation}: ${JSON.stringify(runs.map(({ spec: { operation: name, cause }, status }) => ({ name, cause, status })))}`,
  );
}

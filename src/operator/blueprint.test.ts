// A Blueprint's whole life on a real control plane, the real engine and the simulated cloud.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { blueprintRuns, blueprints } from "../api/index.ts";
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
  await world[Symbol.asyncDispose]();
}, 120_000);

const queue = { name: "orders", type: "aws:sqs/queue:Queue", properties: { visibilityTimeoutSeconds: 60 } };

describe("a Blueprint", () => {
  test("is planned, applied, kept, changed and destroyed", { timeout: 400_000 }, async () => {
    const namespace = await world.namespace();
    const key = { namespace, name: "shop" };
    await makeBlueprint(world, namespace, "shop", {
      provider: "aws",
      region: "eu-west-1",
      approval: "Never",
      resources: [queue],
      outputs: { queue: "${orders.url}" },
      drift: { mode: "Heal", interval: "1m" },
    });
    const built = await until(world, blueprints, key, (object) => ready(object) === "True Succeeded", 180_000);
    expect(built.status?.outputs).toMatchObject({ queue: expect.stringContaining("orders") });
    expect(built.status?.resources).toBe(1);
    const [run] = await runsIn(world, namespace);
    expect(run?.status?.phase).toBe("Succeeded");

    await world.kube.delete(blueprints, key, { signal: world.signal });
    const [destroy] = await untilRun(namespace, "Destroy");
    if (destroy?.status?.phase === "AwaitingApproval") {
      await annotate(
        world,
        blueprintRuns,
        { namespace, name: destroy.metadata.name },
        { "iacdharma.com/approve": destroy.status.plan?.id ?? "" },
      );
    }
    await untilGone(world, blueprints, key, 180_000);
    expect(await world.cloud("GET", "/resources")).toEqual({ resources: [] });
  });
});

async function untilRun(namespace: string, operation: string) {
  for (let tries = 0; tries < 600; tries += 1) {
    const found = (await runsIn(world, namespace)).filter(
      ({ spec, status }) =>
        spec.operation === operation &&
        status?.phase !== "Running" &&
        status?.phase !== undefined &&
        !(status.phase === "Pending" && status.plan === undefined),
    );
    if (found.length > 0) return found;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`no ${operation} run`);
}

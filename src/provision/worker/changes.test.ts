import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { BuildSpec } from "../graph/spec.ts";
import type { OperationResult } from "./job.ts";
import { graphOf, testBench, type TestBench } from "./testing.ts";

const timeout = 300_000;

function stores(components: BuildSpec["components"], resources: BuildSpec["resources"] = []): BuildSpec {
  return { provider: "aws", region: "eu-central-1", components, resources };
}

describe("changes that people make", () => {
  let bench: TestBench;
  beforeAll(async () => {
    bench = await testBench();
  }, timeout);
  afterAll(async () => {
    await bench.stop();
  }, timeout);

  const plan = async (spec: BuildSpec): Promise<Extract<OperationResult, { kind: "planned" }>> => {
    const planned = await bench.run({ kind: "plan", graph: graphOf(spec), refresh: "none" });
    if (planned.kind !== "planned") throw new Error(JSON.stringify(planned));
    return planned;
  };

  it("like a rename with an alias replace nothing; without one, everything", { timeout }, async () => {
    await bench.build(graphOf(stores([{ name: "assets", type: "ObjectStore" }])));
    const renamed = await plan(stores([{ name: "files", type: "ObjectStore", options: { aliases: ["assets"] } }]));
    expect(renamed.counts).toMatchObject({ creates: 0, updates: 0, replaces: 0, deletes: 0 });
    const other = await plan(stores([{ name: "files", type: "ObjectStore" }]));
    expect(other.counts).toMatchObject({ creates: 6, deletes: 6 });
  });

  it("like a move to another region replace all that is there", { timeout }, async () => {
    const spec = stores([{ name: "assets", type: "ObjectStore" }]);
    const moved = await plan({ ...spec, region: "eu-west-1" });
    expect(moved.counts).toMatchObject({ replaces: 6, creates: 0 });
  });

  it("like protecting and then removing are refused by the plan", { timeout }, async () => {
    const options = { protect: true };
    await bench.build(graphOf(stores([{ name: "assets", type: "ObjectStore", options }])));
    const removed = await bench.run({ kind: "plan", graph: graphOf(stores([])), refresh: "none" });
    expect(removed).toMatchObject({ kind: "failed", failure: { reason: "Protected", action: "waitForInput" } });
    await bench.build(graphOf(stores([{ name: "assets", type: "ObjectStore" }])));
  });

  it("like adopting what exists change nothing in the cloud, and keep it when it goes", { timeout }, async () => {
    const made = await bench.cloud.ask("POST", "/resources", {
      package: "aws",
      account: String((await bench.resources())[0]?.["account"]),
      region: "eu-central-1",
      type: "aws:sqs/queue:Queue",
      inputs: { name: "made-by-hand" },
    });
    expect(made.status).toBeLessThan(300);
    const id = String(typeof made.body === "object" && made.body !== null ? Reflect.get(made.body, "id") : "");
    const queue = { name: "queue", type: "aws:sqs/queue:Queue", properties: { name: "made-by-hand" } };
    const spec = stores([{ name: "assets", type: "ObjectStore" }], [{ ...queue, options: { import: id } }]);
    const adopted = await bench.run({ kind: "plan", graph: graphOf(spec), refresh: "none", imports: "shown" });
    if (adopted.kind !== "planned") throw new Error(JSON.stringify(adopted));
    expect(adopted.steps.filter(({ op }) => op !== "same")).toMatchObject([
      { op: "import", name: "queue", retain: true },
    ]);
  });

  it("that the cloud refuses fail with its reason, the resource and what to do", { timeout }, async () => {
    const spec = stores([{ name: "assets", type: "ObjectStore" }], [{ name: "queue", type: "aws:sqs/queue:Queue" }]);
    const planned = await plan(spec);
    if (planned.saved === undefined) throw new Error("nothing saved");
    for (const [kind, reason, action] of [
      ["quota", "QuotaExceeded", "waitForInput"],
      ["denied", "AccessDenied", "waitForInput"],
    ] as const) {
      const fault = { kind, match: { type: "aws:sqs/queue:Queue", operation: "create" } };
      expect((await bench.cloud.ask("POST", "/faults", fault)).status).toBe(201);
      const graph = graphOf(spec);
      const failed = await bench.run({ kind: "apply", graph, plan: planned.saved, stateDigest: planned.stateDigest });
      expect(failed).toMatchObject({ kind: "failed", failure: { reason, action, resource: "queue", partial: true } });
      await bench.cloud.ask("DELETE", "/faults");
    }
  });

  it("behind our back that lose too much at once are not believed", { timeout }, async () => {
    for (const resource of await bench.resources()) {
      const query = `type=${encodeURIComponent(String(resource["type"]))}`;
      await bench.cloud.ask("DELETE", `/resources/${encodeURIComponent(String(resource["id"]))}?${query}`);
    }
    expect(await bench.run({ kind: "driftCheck" })).toMatchObject({ kind: "drift", report: { kind: "inconclusive" } });
  });

  it("like forgetting leave the cloud alone and the state empty", { timeout }, async () => {
    expect(await bench.run({ kind: "abandon" })).toMatchObject({ kind: "abandoned" });
    expect((await plan(stores([{ name: "assets", type: "ObjectStore" }]))).counts.creates).toBe(6);
  });
});

// Adopting resources that somebody else made, through the real engine and the simulated cloud.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ResourceGraph } from "../graph/graph.ts";
import { graphOf, REGIONS, testBench, type TestBench } from "./testing.ts";

const timeout = 300_000;
let bench: TestBench;
beforeAll(async () => {
  bench = await testBench();
}, timeout);
afterAll(async () => {
  await bench.stop();
}, timeout);

const graph = (id: string, more: object = {}): ResourceGraph =>
  graphOf({
    provider: "aws",
    region: REGIONS.aws,
    components: [
      { name: "logs", type: "ObjectStore" },
      {
        name: "assets",
        type: "ObjectStore",
        properties: { versioning: true },
        options: { import: { bucket: id } },
        ...more,
      },
    ],
  });

describe("an existing resource", () => {
  it(
    "is adopted as it is, before anything else is made; the next plan shows what the spec changes",
    { timeout },
    async () => {
      await make("made-by-hand", { tags: { team: "shop" } });
      const planned = await bench.run({ kind: "planImport", graph: graph("made-by-hand") });
      if (planned.kind !== "planned" || planned.saved === undefined) throw new Error(JSON.stringify(planned));
      expect(planned.steps).toMatchObject([{ op: "import", name: "assets-bucket", retain: true }]);
      expect(await bench.resources()).toHaveLength(1);
      const { saved: plan, stateDigest } = planned;
      const imported = await bench.run({ kind: "import", graph: graph("made-by-hand"), plan, stateDigest });
      expect(imported).toMatchObject({ kind: "imported", steps: [{ op: "import", name: "assets-bucket" }] });
      expect((await bench.resources()).map(tagsOf)).toEqual([{ team: "shop" }]);

      const next = await bench.run({ kind: "plan", graph: graph("made-by-hand"), refresh: "first" });
      if (next.kind !== "planned") throw new Error(JSON.stringify(next));
      const bucket = next.steps.find(({ name }) => name === "assets-bucket");
      expect(bucket).toMatchObject({ op: "update", changed: expect.arrayContaining(["tags.team"]) });
      await bench.build(graph("made-by-hand"));
      const buckets = (await bench.resources()).filter(({ type }) => type === "aws:s3/bucket:Bucket");
      expect(buckets).toHaveLength(2);
      expect(tagsOf(buckets.find(({ id }) => id === "made-by-hand") ?? {})).toHaveProperty("dharma:blueprint");
    },
  );

  it("is left alone once it is adopted", { timeout }, async () => {
    const again = await bench.run({ kind: "planImport", graph: graph("made-by-hand") });
    expect(again).toMatchObject({ kind: "planned", steps: [], counts: { creates: 0 } });
    const other = await bench.run({ kind: "planImport", graph: graph("another") });
    expect(other).toMatchObject({
      kind: "failed",
      failure: { reason: "AlreadyExists", message: expect.stringContaining("made-by-hand already") },
    });
  });

  it("that is not there is told by its id, and nothing is made", { timeout }, async () => {
    const before = (await bench.resources()).length;
    const raw = (id: string) =>
      graphOf({
        provider: "aws",
        region: REGIONS.aws,
        resources: [{ name: "logs", type: "aws:s3/bucket:Bucket", options: { import: id } }],
      });
    const wrong = await bench.run({ kind: "planImport", graph: raw("nobody-made-this") });
    expect(wrong).toMatchObject({
      kind: "failed",
      failure: { reason: "NotFound", resource: "logs", message: expect.stringContaining("nobody-made-this") },
    });
    expect(await bench.resources()).toHaveLength(before);

    await make("theirs", { tags: { "dharma:blueprint": "00000000-0000-4000-8000-00000000dead" } });
    const theirs = await bench.run({ kind: "planImport", graph: raw("theirs") });
    expect(theirs).toMatchObject({
      kind: "failed",
      failure: { reason: "ResourceOwnedByAnother", message: expect.stringContaining("00000000dead") },
    });
  });

  it("stays in the cloud when everything else is destroyed", { timeout }, async () => {
    expect(await bench.run({ kind: "destroy" })).toMatchObject({ kind: "destroyed" });
    expect(new Set((await bench.resources()).map(({ id }) => id))).toEqual(new Set(["made-by-hand", "theirs"]));
  });
});

async function make(bucket: string, inputs: object): Promise<void> {
  const identity = await bench.run({ kind: "identity", package: "aws", config: { region: REGIONS.aws } });
  const account = identity.kind === "identity" ? identity.identity.slice("aws:".length) : "";
  const body = {
    package: "aws",
    account,
    region: REGIONS.aws,
    type: "aws:s3/bucket:Bucket",
    inputs: { bucket, ...inputs },
  };
  const { status, body: answer } = await bench.cloud.ask("POST", "/resources", body);
  expect({ status, answer }).toMatchObject({ status: 200 });
}

function tagsOf(resource: Readonly<Record<string, unknown>>): unknown {
  const properties = resource["properties"];
  return typeof properties === "object" && properties !== null ? Reflect.get(properties, "tags") : undefined;
}

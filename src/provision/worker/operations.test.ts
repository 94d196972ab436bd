import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { graphOf, testBench, type TestBench } from "./testing.ts";
import { describeLife, password, shop } from "./testing-life.ts";

const timeout = 300_000;

describeLife("aws");

describe.each(["azure", "gcp"] as const)("the same Blueprint on simulated %s", (provider) => {
  let bench: TestBench;
  beforeAll(async () => {
    bench = await testBench();
  }, timeout);
  afterAll(async () => {
    await bench.stop();
  }, timeout);

  it("is built, found unchanged and destroyed", { timeout }, async () => {
    const graph = graphOf(shop(provider), password);
    const applied = await bench.build(graph);
    expect(applied.counts.creates).toBe(graph.nodes.length);
    expect(Object.keys(applied.componentOutputs["api"] ?? {})).toEqual(["id", "address", "privateAddress"]);
    expect(await bench.run({ kind: "plan", graph, refresh: "first" })).toMatchObject({
      kind: "planned",
      counts: { creates: 0, updates: 0, replaces: 0, deletes: 0 },
    });
    expect(await bench.run({ kind: "destroy" })).toMatchObject({ kind: "destroyed" });
    expect(await bench.resources()).toHaveLength(0);
  });
});

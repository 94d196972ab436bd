// The life of one stack through the real engine on a simulated cloud, as tests that any cloud's file can ask for.
import { readdir } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CloudProvider } from "../graph/graph.ts";
import type { BuildSpec } from "../graph/spec.ts";
import type { OperationEvent } from "./job.ts";
import { graphOf, REGIONS, testBench, type TestBench } from "./testing.ts";

const timeout = 300_000;
/** Inputs of shop. */
export const password = { password: { value: "hunter2-very-secret", secret: true } };

/** A Blueprint with one of each component, with a secret in it. */
export function shop(provider: CloudProvider, machine: Record<string, unknown> = {}): BuildSpec {
  return {
    provider,
    region: REGIONS[provider],
    inputs: [{ name: "password" }],
    components: [
      { name: "net", type: "Network", properties: { cidr: "10.20.0.0/16", zones: 2 } },
      { name: "assets", type: "ObjectStore" },
      {
        name: "api",
        type: "VirtualMachine",
        properties: {
          cpu: 2,
          memory: "4Gi",
          image: "debian-12",
          network: "${net.id}",
          publicAddress: true,
          ingress: [{ port: 443, from: ["0.0.0.0/0"] }],
          startupScript: "echo ${inputs.password}",
          ...machine,
        },
      },
    ],
    outputs: { address: "${api.address}", subnet: "${net.subnetIds[1]}", login: "user:${inputs.password}" },
  };
}

const identities: Readonly<Record<CloudProvider, RegExp>> = {
  aws: /^aws:\d{12}$/,
  azure: /^azure:[0-9a-f-]{36}$/,
  gcp: /^gcp:dharma-test$/,
};

/** Declares the tests of a whole life: planned, built, unchanged, drifted, healed, updated, replaced, refused, destroyed. */
export function describeLife(provider: CloudProvider): void {
  describe(`a stack on simulated ${provider} through the real engine`, () => life(provider));
}

function life(provider: CloudProvider): void {
  let bench: TestBench;
  const graph = (machine: Record<string, unknown> = {}) => graphOf(shop(provider, machine), password);

  beforeAll(async () => {
    bench = await testBench();
  }, timeout);
  afterAll(async () => {
    await bench.stop();
  }, timeout);

  it("tells whose cloud it is", { timeout }, async () => {
    const config = provider === "aws" ? { region: REGIONS.aws } : {};
    const cloud = provider === "azure" ? "azure-native" : provider;
    expect(await bench.run({ kind: "identity", package: cloud, config })).toEqual({
      kind: "identity",
      identity: expect.stringMatching(identities[provider]),
    });
  });

  it(
    "is planned without touching the cloud, then built exactly so, with typed and secret outputs",
    { timeout },
    async () => {
      const planned = await bench.run({ kind: "plan", graph: graph(), refresh: "none" });
      if (planned.kind !== "planned" || planned.saved === undefined) throw new Error(JSON.stringify(planned));
      expect(planned.counts).toMatchObject({ creates: graph().nodes.length, updates: 0, deletes: 0 });
      expect(JSON.stringify(planned.steps)).not.toContain("hunter2");
      expect(await bench.resources()).toHaveLength(0);

      const events: OperationEvent[] = [];
      const applied = await bench.run(
        { kind: "apply", graph: graph(), plan: planned.saved, stateDigest: planned.stateDigest },
        { onEvent: (event) => events.push(event) },
      );
      if (applied.kind !== "applied") throw new Error(JSON.stringify(applied));
      expect(applied.counts.creates).toBe(graph().nodes.length);
      expect(applied.outputs["login"]).toEqual({ value: "user:hunter2-very-secret", secret: true });
      expect(applied.outputs["address"]).toMatchObject({
        secret: false,
        value: expect.stringMatching(/^\d+\.\d+\.\d+\.\d+$/),
      });
      expect(applied.componentOutputs["net"]?.["subnetIds"]?.value).toHaveLength(2);
      expect(events.filter(({ kind }) => kind === "stepDone")).toHaveLength(graph().nodes.length);
      expect(JSON.stringify(events)).not.toContain("hunter2");
    },
  );

  it("is found unchanged by a plan and by a drift check", { timeout }, async () => {
    const again = await bench.run({ kind: "plan", graph: graph(), refresh: "none" });
    expect(again).toMatchObject({ kind: "planned", counts: { creates: 0, updates: 0, replaces: 0, deletes: 0 } });
    const drift = await bench.run({ kind: "driftCheck" });
    expect(drift).toEqual({ kind: "drift", report: { kind: "none", checked: graph().nodes.length } });
  });

  it("shows what was changed and deleted behind its back, and a plan with refresh heals it", { timeout }, async () => {
    const made = await bench.resources();
    const bucket = made.find(({ type }) => /bucket:Bucket|StorageAccount/.test(String(type)));
    const address = made.find(({ type }) => /eip:Eip|PublicIPAddress|address:Address/.test(String(type)));
    if (bucket === undefined || address === undefined) throw new Error("nothing to break");
    const route = (resource: Readonly<Record<string, unknown>>) =>
      `/resources/${encodeURIComponent(String(resource["id"]))}?type=${encodeURIComponent(String(resource["type"]))}`;
    const field = provider === "gcp" ? "labels" : "tags";
    expect((await bench.cloud.ask("PATCH", route(bucket), { [field]: { team: "nobody" } })).status).toBe(200);

    const drift = await bench.run({ kind: "driftCheck" });
    if (drift.kind !== "drift" || drift.report.kind !== "drifted") throw new Error(JSON.stringify(drift));
    expect(drift.report.resources).toMatchObject([{ kind: "changed", changed: [expect.stringContaining(field)] }]);

    const planned = await bench.run({ kind: "plan", graph: graph(), refresh: "first" });
    expect(planned).toMatchObject({ kind: "planned", counts: { creates: 0, updates: 1, replaces: 0, deletes: 0 } });
    if (planned.kind !== "planned" || planned.saved === undefined) throw new Error(JSON.stringify(planned));
    const plan = planned.saved;
    const healed = await bench.run({ kind: "apply", graph: graph(), plan, stateDigest: planned.stateDigest });
    expect(healed).toMatchObject({ kind: "applied" });
    expect(await bench.run({ kind: "driftCheck" })).toMatchObject({ report: { kind: "none" } });
  });

  it("is updated in place, then replaced where the cloud demands it", { timeout }, async () => {
    const bigger = await bench.build(graph({ cpu: 4, memory: "16Gi" }));
    expect(bigger.counts).toMatchObject({ creates: 0, updates: 1, replaces: 0, deletes: 0 });
    const other = await bench.run({
      kind: "plan",
      graph: graph({ cpu: 4, memory: "16Gi", image: "ubuntu-24.04" }),
      refresh: "none",
    });
    if (other.kind !== "planned") throw new Error(JSON.stringify(other));
    const replaced = other.steps.filter(({ op }) => op === "replace");
    expect(replaced.map((step) => step.name)).toContain("api-instance");
    expect(replaced.every(({ replaceReasons }) => replaceReasons.length > 0)).toBe(true);
    await bench.build(graph({ cpu: 4, memory: "16Gi", image: "ubuntu-24.04" }));
  });

  it(
    "refuses a plan that the state has moved past, and a program that is not the planned one",
    { timeout },
    async () => {
      const wanted = graph({ image: "ubuntu-24.04" });
      const planned = await bench.run({ kind: "plan", graph: wanted, refresh: "none" });
      if (planned.kind !== "planned" || planned.saved === undefined) throw new Error(JSON.stringify(planned));
      const stale = { kind: "apply", graph: wanted, plan: planned.saved, stateDigest: "sha256:other" } as const;
      expect(await bench.run(stale)).toMatchObject({
        kind: "failed",
        failure: { reason: "PlanDiffers", action: "replan" },
      });
      const other = {
        ...stale,
        graph: graph({ cpu: 8, memory: "32Gi", image: "ubuntu-24.04" }),
        stateDigest: planned.stateDigest,
      };
      expect(await bench.run(other)).toMatchObject({
        kind: "failed",
        failure: { reason: "PlanDiffers", action: "replan" },
      });
    },
  );

  it("is destroyed from its state alone, completely, and leaves no folder behind", { timeout }, async () => {
    const planned = await bench.run({ kind: "planDestroy" });
    if (planned.kind !== "planned") throw new Error(JSON.stringify(planned));
    expect(planned.counts.deletes).toBe(graph().nodes.length);
    expect(await bench.run({ kind: "destroy", stateDigest: planned.stateDigest })).toMatchObject({ kind: "destroyed" });
    expect(await bench.resources()).toHaveLength(0);
    expect((await readdir(bench.folder)).filter((entry) => entry.startsWith("dharma-worker-"))).toEqual([]);
  });
}

import { readFileSync } from "node:fs";
import type { EngineEvent, StepEventMetadata } from "@pulumi/pulumi/automation/index.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ignoreDrift, judgeReading, type DriftedResource } from "./drift.ts";
import { gatherSteps } from "./events.ts";
import { cloudIdentity, compareIdentity } from "./identity.ts";
import { CONTROL_FIELDS, type PlanBasis, planId } from "./plan-id.ts";
import { assessRisk, asksApproval, LEVELS, LOSS_POINTS, PROTECTED_POINTS, STEP_POINTS } from "./risk.ts";
import { natureOf } from "./stateful.ts";
import type { PlanStep } from "./step.ts";

function step(op: PlanStep["op"], type: string, name: string, more: Partial<PlanStep> = {}): PlanStep {
  const urn = `urn:pulumi:test::web::${type}::${name}`;
  return { op, urn, type, name, changed: [], replaceReasons: [], protect: false, retain: false, ...more };
}
const bucket = "aws:s3/bucket:Bucket";
const subnet = "aws:ec2/subnet:Subnet";

describe("the plan id", () => {
  const basis: PlanBasis = {
    uid: "one",
    spec: { provider: "aws", region: "eu-west-1", components: [{ name: "a", type: "Network" }], approval: "OnRisk" },
    inputs: { size: { value: "4", secret: false }, password: { value: "hunter2", secret: true } },
    inputKey: Buffer.from("0123456789abcdef"),
    stateDigest: "sha256:aa",
    packages: [{ name: "aws", version: "7.48.0", provider: "aws-eu-west-1", config: {} }],
    translatorVersion: "1",
    steps: [step("create", subnet, "a-subnet-1")],
  };
  const id = planId(basis);

  it("is a SHA-256", () => expect(id).toMatch(/^sha256:[0-9a-f]{64}$/));

  it.each<[string, Partial<PlanBasis>]>([
    ["the Blueprint", { uid: "two" }],
    ["the spec", { spec: { ...basis.spec, region: "eu-west-2" } }],
    ["the state", { stateDigest: "sha256:bb" }],
    ["an input", { inputs: { ...basis.inputs, size: { value: "8", secret: false } } }],
    ["a secret input", { inputs: { ...basis.inputs, password: { value: "hunter3", secret: true } } }],
    ["whether an input is secret", { inputs: { ...basis.inputs, password: { value: "hunter2", secret: false } } }],
    ["the key", { inputKey: Buffer.from("fedcba9876543210") }],
    ["a plugin", { packages: [{ name: "aws", version: "7.49.0", provider: "p", config: {} }] }],
    ["the translator", { translatorVersion: "2" }],
    ["the steps", { steps: [] }],
    ["what a step changes", { steps: [step("create", subnet, "a-subnet-1", { changed: ["tags"] })] }],
  ])("changes with %s", (_what, change) => {
    expect(planId({ ...basis, ...change })).not.toBe(id);
  });

  it("does not change with control fields or the order of keys", () => {
    const controls = Object.fromEntries(CONTROL_FIELDS.map((field) => [field, "anything"]));
    expect(planId({ ...basis, spec: { ...controls, ...basis.spec, ...controls } })).toBe(id);
    const { provider, region, components } = {
      ...basis.spec,
      provider: "aws",
      region: "eu-west-1",
      components: [{ type: "Network", name: "a" }],
    };
    expect(planId({ ...basis, spec: { components, region, provider } })).toBe(id);
  });
});

describe("risk", () => {
  it.each<[string, readonly PlanStep[], string, boolean]>([
    ["nothing", [], "Low", false],
    ["a first build", Array.from({ length: 30 }, (_, index) => step("create", bucket, `b${index}`)), "Low", false],
    ["an update", [step("update", bucket, "b")], "Low", false],
    ["a stateless replacement", [step("replace", subnet, "s")], "Low", false],
    ["a lost address", [step("delete", "aws:ec2/eip:Eip", "a")], "Medium", true],
    ["a replaced machine", [step("replace", "aws:ec2/instance:Instance", "i")], "Medium", true],
    ["a deleted bucket", [step("delete", bucket, "b")], "High", true],
    ["a deleted bucket that is retained", [step("delete", bucket, "b", { retain: true })], "Low", false],
    ["a protected replacement", [step("replace", subnet, "s", { protect: true })], "Medium", true],
    [
      "two lost databases",
      [
        step("delete", "gcp:sql/databaseInstance:DatabaseInstance", "a"),
        step("replace", "azure-native:sql:Database", "b"),
      ],
      "Critical",
      true,
    ],
  ])("of %s is what the table says", (_what, steps, level, asks) => {
    const risk = assessRisk(steps);
    expect(risk.level).toBe(level);
    expect(asksApproval(risk)).toBe(asks);
  });

  it("never falls when a step is added, and stays within 0 and 100", () => {
    const anyStep = fc
      .record({
        op: fc.constantFrom<PlanStep["op"]>("create", "update", "replace", "delete", "same"),
        type: fc.constantFrom(bucket, subnet, "aws:ec2/instance:Instance", "gcp:dns/managedZone:ManagedZone"),
        name: fc.stringMatching(/^[a-z]{1,6}$/),
        protect: fc.boolean(),
        retain: fc.boolean(),
      })
      .map(({ op, type, name, ...more }) => step(op, type, name, more));
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 40 }), anyStep, (steps, more) => {
        const before = assessRisk(steps);
        const after = assessRisk([...steps, more]);
        expect(after.score).toBeGreaterThanOrEqual(before.score);
        expect(after.irreversible).toBeGreaterThanOrEqual(before.irreversible);
        expect(before.score).toBeGreaterThanOrEqual(0);
        expect(after.score).toBeLessThanOrEqual(100);
        expect(LEVELS.map(({ level }) => level)).toContain(after.level);
      }),
    );
  });

  it("counts what depends on a changed resource into the blast radius", () => {
    const node = (name: string, needs: string[]) => ({
      name,
      owner: name,
      part: "",
      type: subnet,
      properties: Object.fromEntries(needs.map((need) => [need, { kind: "output", node: need, path: [] } as const])),
      options: { dependsOn: [], protect: false, ignoreChanges: [], aliases: [], retain: false },
    });
    const graph = { nodes: [node("vpc", []), node("subnet", ["vpc"]), node("vm", ["subnet"]), node("other", [])] };
    expect(assessRisk([step("replace", subnet, "vpc")], graph).blastRadius).toBe(3);
    expect(assessRisk([step("create", subnet, "vpc")], graph).blastRadius).toBe(1);
  });

  it("is documented with the numbers it uses", () => {
    const doc = readFileSync(new URL("../../../docs/risk.md", import.meta.url), "utf8");
    for (const { each, most } of Object.values(STEP_POINTS)) expect(doc).toContain(`| ${each} each | ${most} |`);
    for (const points of Object.values(LOSS_POINTS)) expect(doc).toContain(`| ${points} each |`);
    expect(doc).toContain(`| ${PROTECTED_POINTS} more each |`);
    for (const { level, from } of LEVELS) expect(doc).toContain(`| ${level} | ${from} to `);
    for (const field of CONTROL_FIELDS) expect(doc).toContain(field);
  });

  it("knows what can't be had again", () => {
    expect(natureOf(bucket)).toEqual({ stateful: true, irreversible: true });
    expect(natureOf("aws:ec2/eip:Eip")).toEqual({ stateful: false, irreversible: true });
    expect(natureOf(subnet)).toEqual({ stateful: false, irreversible: false });
  });
});

describe("drift", () => {
  const drifted = (kind: DriftedResource["kind"], name: string, changed: string[] = []): DriftedResource => ({
    kind,
    urn: `urn::${name}`,
    type: bucket,
    name,
    changed,
  });
  const losses = (count: number) => Array.from({ length: count }, (_, index) => drifted("deleted", `r${index}`));

  it.each([
    [10, 0, "none"],
    [10, 1, "drifted"],
    [1, 1, "drifted"],
    [3, 1, "drifted"],
    [10, 2, "drifted"],
    [10, 3, "inconclusive"],
    [5, 2, "inconclusive"],
    [2, 2, "inconclusive"],
    [100, 20, "drifted"],
    [100, 21, "inconclusive"],
  ])("of %d resources with %d lost is %s", (checked, lost, kind) => {
    expect(judgeReading(checked, losses(lost)).kind).toBe(kind);
  });

  it("that is declared as none is left out, but a loss never by its fields", () => {
    const graph = {
      nodes: [
        { name: "assets-bucket", owner: "assets" },
        { name: "assets-2", owner: "assets-2" },
      ],
    };
    const nodes = graph.nodes.map((node) => ({
      ...node,
      part: "",
      type: bucket,
      properties: {},
      options: { dependsOn: [], protect: false, ignoreChanges: [], aliases: [], retain: false },
    }));
    const report = judgeReading(10, [
      drifted("changed", "assets-bucket", ["tags.a", "acl"]),
      drifted("changed", "assets-2", ["tags"]),
    ]);
    expect(ignoreDrift(report, [{ resource: "assets", fields: ["tags"] }], { nodes })).toMatchObject({
      kind: "drifted",
      resources: [
        { name: "assets-bucket", changed: ["acl"] },
        { name: "assets-2", changed: ["tags"] },
      ],
    });
    expect(
      ignoreDrift(report, [{ resource: "assets" }, { resource: "assets-2", fields: ["tags"] }], { nodes }).kind,
    ).toBe("none");
    const lost = judgeReading(10, [drifted("deleted", "assets-bucket")]);
    expect(ignoreDrift(lost, [{ resource: "assets", fields: ["tags"] }], { nodes })).toEqual(lost);
  });
});

describe("engine events", () => {
  const event = (op: string, urn: string, more: Partial<StepEventMetadata> = {}): EngineEvent => {
    const type = urn.split("::")[2] ?? "";
    const metadata = { op, urn, type, provider: "", ...more } as StepEventMetadata;
    return { sequence: 0, timestamp: 0, resourcePreEvent: { metadata } };
  };

  it("of one replacement become one step, and the engine's own resources none", () => {
    const gatherer = gatherSteps("before");
    const urn = `urn:pulumi:t::w::${subnet}::a`;
    gatherer.add(event("create", "urn:pulumi:t::w::pulumi:pulumi:Stack::w-t"));
    gatherer.add(event("create", "urn:pulumi:t::w::pulumi:providers:aws::aws"));
    gatherer.add(event("create", "urn:pulumi:t::w::dharma:component:Network::net"));
    gatherer.add(event("create-replacement", urn, { keys: ["cidrBlock"], diffs: ["cidrBlock"] }));
    gatherer.add(event("replace", urn, { keys: ["cidrBlock"], diffs: ["cidrBlock"] }));
    gatherer.add(event("delete-replaced", urn, { keys: ["cidrBlock"], diffs: ["cidrBlock"] }));
    expect(gatherer.steps()).toMatchObject([
      { op: "replace", name: "a", changed: ["cidrBlock"], replaceReasons: ["cidrBlock"] },
    ]);
    expect(gatherer.counts()).toEqual({ creates: 0, updates: 0, replaces: 1, deletes: 0, same: 0 });
  });

  it("give the same steps in whatever order the engine did them", () => {
    const urns = ["c", "a", "b"].map((name) => `urn:pulumi:t::w::${subnet}::${name}`);
    const gather = (order: readonly string[]) => {
      const gatherer = gatherSteps("before");
      for (const urn of order) gatherer.add(event("create", urn));
      return gatherer.steps();
    };
    expect(gather(urns)).toEqual(gather(urns.toReversed()));
  });
});

describe("cloud identity", () => {
  it("is taken from the provider's answer, and never made up", () => {
    expect(cloudIdentity("aws", { accountId: "123456789012" })).toBe("aws:123456789012");
    expect(cloudIdentity("azure-native", { subscriptionId: "s" })).toBe("azure:s");
    expect(() => cloudIdentity("gcp", { project: "" })).toThrow("project");
    expect(() => cloudIdentity("gcp", undefined)).toThrow("project");
  });

  it("that differs from the recorded one is another cloud", () => {
    expect(compareIdentity(undefined, "aws:1")).toBe("first");
    expect(compareIdentity("aws:1", "aws:1")).toBe("same");
    expect(compareIdentity("aws:1", "aws:2")).toBe("changed");
  });
});

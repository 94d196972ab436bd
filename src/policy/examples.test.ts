// The examples as they would be built for the first time: prices known, rules content, nobody asked.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { opaPath } from "../../test/support/policy.ts";
import { plannedResources, pricedChanges } from "../controllers/blueprintrun/resources.ts";
import { type Cost, createTableCost } from "../finance/index.ts";
import { systemClock } from "../kube/clock.ts";
import { type BuildSpec, createSdkCatalog, natureOf, type PlanStep, translate } from "../provision/index.ts";
import { compiledBundle, createPolicyHost, type PlanInput, type PolicyHost } from "./index.ts";

const root = join(import.meta.dirname, "../..");
const signal = new AbortController().signal;
const names = (await readdir(join(root, "examples"))).filter((name) => /^blueprint-.*\.yaml$/.test(name));

interface Example {
  readonly metadata: { readonly name: string };
  readonly spec: BuildSpec & { readonly approval: PlanInput["blueprint"]["approval"] };
}

let host: PolicyHost;
let cost: Cost;
beforeAll(async () => {
  const bundle = await compiledBundle(join(root, "policies"), { opa: await opaPath(), signal });
  host = createPolicyHost({
    bundles: { current: () => bundle },
    key: { id: "test", secret: new Uint8Array(32) },
    clock: systemClock,
    limits: { deadlineMs: 20_000 },
  });
  cost = await createTableCost({ signal });
});
afterAll(() => host.close());

test.each(names)("%s is allowed, whatever approval it asks for, and every price is known", async (name) => {
  const example: Example = parse(await readFile(join(root, "examples", name), "utf8"));
  const identity = { uid: "u1", namespace: "shop", name: example.metadata.name };
  const translated = translate(example.spec, {}, { identity, catalog: createSdkCatalog() });
  if (translated.kind !== "ok") throw new Error(JSON.stringify(translated));
  const steps = translated.graph.nodes.map((node): PlanStep => {
    const urn = `urn:pulumi:s::p::${node.type}::${node.name}`;
    const { protect, retain } = node.options;
    return { op: "create", urn, type: node.type, name: node.name, changed: [], replaceReasons: [], protect, retain };
  });
  const resources = plannedResources(translated.graph, steps, undefined, natureOf);
  const { region, provider } = example.spec;
  const priced = await cost.estimatePlan(pricedChanges(resources), { signal, region });
  expect(priced.unknownResources).toEqual([]);
  const input: PlanInput = {
    time: "2026-01-01T00:00:00Z",
    actor: { kind: "Operator", name: "dharma" },
    blueprint: { ...identity, generation: 1, labels: {}, provider, region, approval: "OnRisk" },
    operation: "Apply",
    cause: "SpecChange",
    plan: "sha256:00",
    resources,
    cost: {
      before: priced.before.monthly,
      after: priced.after.monthly,
      currency: "USD",
      unknownResources: priced.unknownResources,
    },
  };
  expect(await host.decide("Plan", input, { signal })).toMatchObject({
    allow: true,
    requireApproval: false,
    deny: [],
    warn: [],
  });
});

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createSdkCatalog, type ResourceGraph, type ResourceNode, translate, type Value } from "../provision/index.ts";
import { dependentsOf, needsOf, topologyOf } from "./topology.ts";

type Output = Extract<Value, { kind: "output" }>;
const output = (name: string): Output => ({ kind: "output", node: name, path: [] });

function node(name: string, properties: ResourceNode["properties"], dependsOn: readonly string[] = []): ResourceNode {
  const options = { dependsOn, protect: false, ignoreChanges: [], aliases: [], retain: false };
  return { name, owner: name, part: "", type: "aws:s3/bucket:Bucket", properties, options };
}

test("edges come from references at any depth and from dependsOn, each once, and lead to known resources only", () => {
  const deep: Value = {
    kind: "map",
    entries: { a: { kind: "list", items: [{ kind: "concat", parts: [output("db"), output("db")] }] } },
  };
  const text: Value = { kind: "literal", value: "cache", secret: false };
  const graph = {
    nodes: [
      node("db", {}),
      node("web", { deep, text, self: output("web"), gone: output("gone") }, ["cache", "db"]),
      node("cache", {}),
    ],
  };
  expect(topologyOf(graph)).toEqual({
    nodes: ["db", "web", "cache"],
    edges: [
      ["web", "cache"],
      ["web", "db"],
    ],
  });
});

test("a translated Blueprint's machine needs its network, and what carries it", () => {
  const spec = {
    provider: "aws",
    region: "eu-central-1",
    components: [
      {
        name: "api",
        type: "VirtualMachine",
        properties: { cpu: 2, memory: "4Gi", image: "debian-12", network: "${net.id}" },
      },
      { name: "net", type: "Network", properties: { cidr: "10.20.0.0/16", zones: 2 } },
    ],
    resources: [{ name: "log", type: "aws:s3/bucket:Bucket" }],
  } as const;
  const identity = { uid: "6f1c9f0e-0000-4000-8000-000000000001", name: "web-shop", namespace: "shop" };
  const translation = translate(spec, {}, { identity, catalog: createSdkCatalog() });
  if (translation.kind !== "ok") throw new Error(JSON.stringify(translation.problems));
  const { graph }: { readonly graph: ResourceGraph } = translation;
  const topology = topologyOf(graph);
  const machine = graph.nodes.find(({ type }) => type === "aws:ec2/instance:Instance")?.name ?? "";
  const vpc = graph.nodes.find(({ type }) => type === "aws:ec2/vpc:Vpc")?.name ?? "";
  expect(needsOf(topology, machine)).toContain(vpc);
  expect(dependentsOf(topology, vpc)).toContain(machine);
  expect(needsOf(topology, "log")).toEqual(new Set());
  expect(dependentsOf(topology, "log")).toEqual(new Set());
});

describe("of any graph", () => {
  const names = ["a", "b", "c", "d", "e"] as const;
  const edge = fc.tuple(fc.constantFrom(...names), fc.constantFrom(...names));
  const topology = fc.array(edge, { maxLength: 12 }).map((edges) =>
    topologyOf({
      nodes: names.map((name) => {
        const needs = edges
          .filter(([from]) => from === name)
          .map(([, to], index): [string, Value] => [`p${index}`, output(to)]);
        return node(name, Object.fromEntries(needs));
      }),
    }),
  );

  test("one needs another exactly when the other has it as a dependent, cycles or not", () => {
    fc.assert(
      fc.property(topology, (found) => {
        for (const from of names) {
          const needs = needsOf(found, from);
          expect(needs.has(from)).toBe(false);
          for (const to of names) if (to !== from) expect(needs.has(to)).toBe(dependentsOf(found, to).has(from));
        }
      }),
    );
  });

  test("what one needs is what its neighbours are and need", () => {
    fc.assert(
      fc.property(topology, (found) => {
        for (const from of names) {
          const direct = found.edges.filter(([dependent]) => dependent === from).map(([, needed]) => needed);
          const all = new Set(direct.flatMap((needed) => [needed, ...needsOf(found, needed)]));
          all.delete(from);
          expect(needsOf(found, from)).toEqual(all);
        }
      }),
    );
  });
});

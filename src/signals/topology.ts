// Who needs whom among a Blueprint's resources: where a fault may come from and where it may go. Pure.
import type { ResourceGraph, Value } from "../provision/index.ts";

/** Names are the resources' names in the Blueprint, which metrics carry as the label `resource`. */
export interface Topology {
  readonly nodes: readonly string[];
  /** `[dependent, needed]`, each once, sorted: the first calls or uses the second. */
  readonly edges: readonly (readonly [dependent: string, needed: string])[];
}

/** The topology of a translated Blueprint: references between properties, and what waits for what by dependsOn. */
export function topologyOf(graph: Pick<ResourceGraph, "nodes">): Topology {
  const nodes = graph.nodes.map(({ name }) => name);
  const known = new Set(nodes);
  const edges = graph.nodes.flatMap(({ name, properties, options }) => {
    const needs = new Set([...Object.values(properties).flatMap(neededBy), ...options.dependsOn]);
    return [...needs].filter((needed) => needed !== name && known.has(needed)).map((needed) => [name, needed] as const);
  });
  return { nodes, edges: edges.toSorted(byNames) };
}

/** All that `from` needs, directly or not, without itself. */
export function needsOf({ edges }: Topology, from: string): ReadonlySet<string> {
  return reach(edges, from, ([dependent, needed]) => [dependent, needed]);
}

/** All that need `from`, directly or not, without itself: what a fault of it may spread to. */
export function dependentsOf({ edges }: Topology, from: string): ReadonlySet<string> {
  return reach(edges, from, ([dependent, needed]) => [needed, dependent]);
}

type Edge = Topology["edges"][number];

function reach(edges: readonly Edge[], start: string, direct: (edge: Edge) => Edge): ReadonlySet<string> {
  const next = new Map<string, string[]>();
  for (const edge of edges) {
    const [from, to] = direct(edge);
    const known = next.get(from);
    if (known === undefined) next.set(from, [to]);
    else known.push(to);
  }
  const reached = new Set<string>();
  const open = [start];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const to of next.get(at) ?? []) {
      if (to === start || reached.has(to)) continue;
      reached.add(to);
      open.push(to);
    }
  }
  return reached;
}

/** As nodesOf of provisioning, whose code would bring the engine into all that reads signals. */
function neededBy(value: Value): readonly string[] {
  switch (value.kind) {
    case "literal":
      return [];
    case "output":
      return [value.node];
    case "concat":
      return value.parts.flatMap(neededBy);
    case "list":
      return value.items.flatMap(neededBy);
    case "map":
      return Object.values(value.entries).flatMap(neededBy);
  }
}

function byNames([a, b]: Edge, [c, d]: Edge): number {
  if (a !== c) return a < c ? -1 : 1;
  return b < d ? -1 : b > d ? 1 : 0;
}

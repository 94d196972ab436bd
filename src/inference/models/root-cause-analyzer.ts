// The root cause of a symptom: a ranking of the nodes, the way from the first to the symptom, and whether to believe it.
import type { RootCauseInput } from "../features/rca-input.ts";
import { type RcaGraph, rcaFeatures, rcaGraph, rcaNodes } from "../features/rca-nodes.ts";
import { thresholdOf } from "../model/manifest.ts";
import type { ModelSession, Scorer } from "../model/session.ts";
import { rowOf, type Tensor } from "../model/tensor.ts";

export interface Cause {
  readonly id: string;
  /** That this node is the root cause, 0 to 1; what all of them lack to 1 is that none of the nodes is. */
  readonly score: number;
  /** Robust z of the symptom's metric at this node. */
  readonly z: number;
  /** Ids from this node over its callers to the target, both included; just this node where no way is known. */
  readonly path: readonly string[];
}

export interface RootCauseResult {
  /** All nodes (of more than 64: those looked at), the most likely first. */
  readonly causes: readonly Cause[];
  /** The second of the causes. */
  readonly runnerUp?: Cause;
  /** Whether the first cause is likely enough to be named to a person. */
  readonly confident: boolean;
}

/** A scorer on the variant `graph`. An input without nodes gives no causes and no confidence. */
export function createRootCauseAnalyzer(session: ModelSession): Scorer<RootCauseInput, RootCauseResult> {
  const { name, version } = session.manifest;
  const threshold = thresholdOf(session.manifest, "confident");
  return {
    model: { name, version },
    async score(batch, options) {
      if (batch.length === 0) return [];
      const graphs = batch.map(rcaGraph);
      const { score } = await session.run(
        {
          nodes: stacked(graphs, ({ nodes }) => nodes, [rcaNodes, rcaFeatures]),
          calls: stacked(graphs, ({ calls }) => calls, [rcaNodes, rcaNodes]),
          mask: stacked(graphs, ({ mask }) => mask, [rcaNodes]),
        },
        options,
      );
      if (score === undefined) return [];
      return graphs.map((graph, index) => {
        const input = batch[index];
        if (input === undefined) throw new RangeError(`no input ${index}`);
        const scores = rowOf(score, index);
        return resultOf(input, graph.kept, (row) => Math.min(1, Math.max(0, scores[row] ?? 0)), graph.z, threshold);
      });
    },
  };
}

function stacked(graphs: readonly RcaGraph[], part: (graph: RcaGraph) => Float32Array, shape: number[]): Tensor {
  const width = shape.reduce((product, size) => product * size, 1);
  const data = new Float32Array(graphs.length * width);
  for (const [index, graph] of graphs.entries()) data.set(part(graph), index * width);
  return { data, dims: [graphs.length, ...shape] };
}

/** Ranks the nodes in `kept` by their score; equal ones stay in the order of the input. */
export function resultOf(
  input: RootCauseInput,
  kept: readonly number[],
  scoreOfRow: (row: number) => number,
  z: readonly number[],
  threshold: number,
): RootCauseResult {
  const pathOf = pathsTo(input);
  const causes = kept
    .map((index, row): Cause => {
      const id = input.nodes[index]?.id ?? "";
      return { id, score: scoreOfRow(row), z: z[index] ?? 0, path: pathOf(id) };
    })
    .toSorted((a, b) => b.score - a.score);
  const [first, runnerUp] = causes;
  return {
    causes,
    ...(runnerUp === undefined ? {} : { runnerUp }),
    confident: first !== undefined && first.score > threshold,
  };
}

/** The shortest way from each node over its callers to the target: breadth first along the calls, read backwards. */
function pathsTo({ edges, target }: RootCauseInput): (id: string) => readonly string[] {
  const callees = Map.groupBy(edges, ([caller]) => caller);
  const callerOf = new Map<string, string>();
  const queue = target === undefined ? [] : [target];
  for (const id of queue) {
    for (const [, callee] of callees.get(id) ?? []) {
      if (callee === target || callerOf.has(callee)) continue;
      callerOf.set(callee, id);
      queue.push(callee);
    }
  }
  return (id) => {
    const path = [id];
    for (let next = callerOf.get(id); next !== undefined; next = callerOf.get(next)) path.push(next);
    return path;
  };
}

// The padded graph the root cause model looks at. models/training/rca_features.py computes the same for training.
import type { MetricKind, RootCauseInput, RootCauseNode } from "./rca-input.ts";
import { type SeriesSummary, summaryOf } from "./rca-series.ts";

/** Nodes the model has room for. */
export const rcaNodes = 64;
/** Numbers a node: symptom z, other z, traffic z, share, has share, rarity, is target, has symptom, onset lag. */
export const rcaFeatures = 9;

export interface RcaGraph {
  /** [rcaNodes, rcaFeatures], row-major; 0 where there is no node. */
  readonly nodes: Float32Array;
  /** [rcaNodes, rcaNodes]: 1 where the row's node calls the column's. */
  readonly calls: Float32Array;
  readonly mask: Float32Array;
  /** Positions in the input of the nodes that have a row, in order. */
  readonly kept: readonly number[];
  readonly symptom: Family;
  /** Robust z of the symptom, of every node of the input. */
  readonly z: readonly number[];
}

/** Falling availability is rising errors. */
export type Family = Exclude<MetricKind, "availability">;

type Summaries = ReadonlyMap<Family, SeriesSummary>;

/** Ids are only used to follow edges: no feature depends on them. */
export function rcaGraph(input: RootCauseInput): RcaGraph {
  const found = input.nodes.map(summariesOf);
  const target = input.nodes.findIndex(({ id }) => id === input.target);
  const symptom = input.symptom === undefined ? symptomOf(found, target) : familyOf(input.symptom);
  const kept = keptOf(found, target);
  const nodes = new Float32Array(rcaNodes * rcaFeatures);
  const mask = new Float32Array(rcaNodes);
  const total = shareable(input, found, target) ? (found[target]?.get(symptom)?.excess ?? 0) : 0;
  const firstOnset = Math.min(1, ...kept.map((index) => found[index]?.get(symptom)?.onset ?? 1));
  for (const [row, index] of kept.entries()) {
    const own = found[index]?.get(symptom);
    const others = [...(found[index] ?? [])].filter(([family]) => family !== symptom && family !== "traffic");
    const shared = total > 0 && own !== undefined && shareable(input, found, index);
    nodes.set(
      [
        own?.z ?? 0,
        others.length === 0 ? 0 : Math.max(...others.map(([, { z }]) => z)),
        found[index]?.get("traffic")?.z ?? 0,
        shared ? Math.min(Math.max(own.excess / total, -2), 4) : 0,
        shared ? 1 : 0,
        own?.rarity ?? 0,
        index === target ? 1 : 0,
        own === undefined ? 0 : 1,
        own === undefined ? 1 : own.onset - firstOnset,
      ],
      row * rcaFeatures,
    );
    mask[row] = 1;
  }
  return {
    nodes,
    calls: callsOf(input, kept),
    mask,
    kept,
    symptom,
    z: found.map((summaries) => summaries.get(symptom)?.z ?? 0),
  };
}

const familyOf = (kind: MetricKind): Family => (kind === "availability" ? "error" : kind);

/** Of several series of one kind, the one that moved most. */
function summariesOf({ metrics }: RootCauseNode): Summaries {
  const traffic = metrics.find(({ kind }) => kind === "traffic");
  const best = new Map<Family, SeriesSummary>();
  for (const metric of metrics) {
    const summary = summaryOf(metric, traffic);
    const family = familyOf(metric.kind);
    if (summary !== undefined && summary.z > (best.get(family)?.z ?? -Infinity)) best.set(family, summary);
  }
  return best;
}

/** Excess is only comparable between nodes whose requests are known. */
const shareable = (input: RootCauseInput, found: readonly Summaries[], index: number): boolean =>
  found[index] !== undefined && (input.nodes[index]?.metrics.some(({ kind }) => kind === "traffic") ?? false);

function symptomOf(found: readonly Summaries[], target: number): Family {
  const where = target < 0 ? found : found.slice(target, target + 1);
  let best: { family: Family; z: number } = { family: "latency", z: -Infinity };
  for (const family of ["latency", "error", "resource"] as const) {
    for (const summaries of where) {
      const z = summaries.get(family)?.z ?? -Infinity;
      if (z > best.z) best = { family, z };
    }
  }
  return best.family;
}

/** Of more nodes than there is room for, the target and the most anomalous by any metric, in the order of the input. */
function keptOf(found: readonly Summaries[], target: number): readonly number[] {
  const all = [...found.keys()];
  if (all.length <= rcaNodes) return all;
  const strength = found.map((summaries) =>
    Math.max(-Infinity, ...[...summaries].filter(([family]) => family !== "traffic").map(([, { z }]) => z)),
  );
  const urgency = (index: number): number => (index === target ? Infinity : (strength[index] ?? -Infinity));
  return all
    .toSorted((a, b) => (urgency(a) === urgency(b) ? a - b : urgency(b) > urgency(a) ? 1 : -1))
    .slice(0, rcaNodes)
    .toSorted((a, b) => a - b);
}

function callsOf({ nodes, edges }: RootCauseInput, kept: readonly number[]): Float32Array {
  const rowOfId = new Map(kept.map((index, row) => [nodes[index]?.id, row]));
  const calls = new Float32Array(rcaNodes * rcaNodes);
  for (const [caller, callee] of edges) {
    const from = rowOfId.get(caller);
    const to = rowOfId.get(callee);
    if (from !== undefined && to !== undefined && from !== to) calls[from * rcaNodes + to] = 1;
  }
  return calls;
}

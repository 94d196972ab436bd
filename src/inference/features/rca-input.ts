// What a root cause is looked for in: nodes that call each other, each with metrics of a normal and of an anomalous window.

/**
 * `availability` is bad when it falls, all others but `traffic` when they rise; traffic is only context (requests a
 * sample). Units are free, as z values and shares are looked at.
 */
export type MetricKind = "latency" | "error" | "availability" | "resource" | "traffic";

/** One series in time order; NaN where nothing was measured. All of a node's anomalous series are sampled alike. */
export interface NodeMetric {
  readonly kind: MetricKind;
  readonly normal: readonly number[];
  readonly anomalous: readonly number[];
}

export interface RootCauseNode {
  readonly id: string;
  readonly metrics: readonly NodeMetric[];
}

export interface RootCauseInput {
  readonly nodes: readonly RootCauseNode[];
  /** Who calls whom; empty where the graph is not known. Edges to nodes that are not there are passed over. */
  readonly edges: readonly (readonly [caller: string, callee: string])[];
  /** The node whose symptom is to be explained. */
  readonly target?: string;
  /** What is wrong at the target; without it, what deviates most there (or anywhere, without a target). */
  readonly symptom?: MetricKind;
}

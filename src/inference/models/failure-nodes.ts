// FailurePredictor, variant `nodes`: does a node of a cluster fail within 48 h, from the log of failures alone.
import { countUpTo, nodeFeatures, type NodeInput, nodeRow } from "../features/failure-nodes.ts";
import { tabularFormula } from "../model/formula.ts";
import type { ModelSession, TabularScorer } from "../model/session.ts";
import { tabularScorer } from "../model/tabular.ts";

/** Rates that fade, shrunk to the system's. Throws ModelError `WrongShape` for another model. */
export function createNodeFailurePredictor(session: ModelSession): TabularScorer<NodeInput> {
  return tabularScorer(session, nodeFeatures, nodeRow);
}

/** The lifetime rate: failures so far over the days since the first, as a Poisson process; 0 before the first. */
export function nodeFailureBaseline(): TabularScorer<NodeInput> {
  return tabularFormula({
    name: "FailurePredictor/nodes-lifetime-rate",
    features: ["failures", "days_since_first"],
    reference: Float32Array.of(0, 0),
    rowOf: ({ failures, now }) => Float32Array.of(countUpTo(failures, now), Math.max(0, now - (failures[0] ?? now))),
    probability: ([count = 0, days = 0]) => 1 - Math.exp((-2 * count) / Math.max(1, days)),
  });
}

// A formula over rows of named features, behind the tabular interface: what stands in for a model, or is its baseline.
import type { TabularScorer } from "./session.ts";

export interface Formula<I> {
  readonly name: string;
  /** Names of the columns, in order. */
  readonly features: readonly string[];
  /** The row of a healthy, ordinary thing. */
  readonly reference: Float32Array;
  /** Pure, and of nothing after the input's own time. */
  readonly rowOf: (input: I) => Float32Array;
  /** Held to [0, 1] by the scorer. */
  readonly probability: (row: Float32Array) => number;
}

/** The formula as a scorer. */
export function tabularFormula<I>({ name, features, reference, rowOf, probability }: Formula<I>): TabularScorer<I> {
  const scoreRows: TabularScorer<I>["scoreRows"] = async (rows, { signal }) => {
    signal.throwIfAborted();
    return rows.map((row) => Math.min(1, Math.max(0, probability(row))));
  };
  return {
    model: { name, version: "1.0.0" },
    features,
    reference,
    rowOf,
    scoreRows,
    score: async (batch, options) =>
      (await scoreRows(batch.map(rowOf), options)).map((value) => ({ probability: value })),
  };
}

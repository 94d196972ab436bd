// A model of one row of named features a thing, behind the tabular interface.
import { ModelError } from "./errors.ts";
import { evenBatches } from "./even-batches.ts";
import type { ModelSession, TabularScorer } from "./session.ts";
import { matrix } from "./tensor.ts";

/** Rows a run: many enough that a large fleet is quick, few enough that one resource is. */
const rowsARun = 128;

/**
 * A scorer whose graph takes `features` [batch, n] and gives `probability` [batch, 1]; its manifest names the columns and
 * has `scalers.reference`. Throws ModelError `Corrupt` where that is missing, `WrongShape` where the columns are others.
 */
export function tabularScorer<I>(
  session: ModelSession,
  features: readonly string[],
  rowOf: (input: I) => Float32Array,
): TabularScorer<I> {
  const { manifest } = session;
  const named = manifest.features.map(({ name }) => name);
  if (named.length !== features.length || named.some((name, index) => name !== features[index]))
    throw new ModelError(
      "WrongShape",
      `${manifest.name}/${manifest.variant} was trained on other features: ${named.join(", ")}`,
    );
  const even = evenBatches(session, rowsARun);
  const scoreRows: TabularScorer<I>["scoreRows"] = async (rows, { signal }) => {
    if (rows.length === 0) return [];
    const { probability } = await even.run({ features: matrix(rows, features.length) }, { signal });
    return Array.from(probability?.data ?? [], (value) => Math.min(1, Math.max(0, value)));
  };
  return {
    model: { name: `${manifest.name}/${manifest.variant}`, version: manifest.version },
    features,
    reference: referenceOf(manifest),
    rowOf,
    scoreRows,
    score: async (batch, options) =>
      (await scoreRows(batch.map(rowOf), options)).map((probability) => ({ probability })),
  };
}

/** The row of a healthy, ordinary thing; null stands for what is absent. */
function referenceOf({ name, variant, scalers, features }: ModelSession["manifest"]): Float32Array {
  const reference = scalers["reference"];
  if (!Array.isArray(reference) || reference.length !== features.length)
    throw new ModelError("Corrupt", `${name}/${variant} has no scalers.reference of ${features.length} values`);
  return Float32Array.from(reference.map((value) => (value === null ? NaN : Number(value))));
}

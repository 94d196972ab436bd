// A model of one row of named features a thing, behind the tabular interface.
import { ModelError } from "./errors.ts";
import type { ModelSession, TabularScorer } from "./session.ts";
import { matrix } from "./tensor.ts";

/**
 * A scorer whose graph takes `features` [batch, n] and gives `probability` [batch, 1]; its manifest names the columns and
 * has `scalers.reference`. Throws ModelError `Corrupt` where they are missing, `WrongShape` where the columns are others.
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
  const scoreRows: TabularScorer<I>["scoreRows"] = async (rows, { signal }) => {
    if (rows.length === 0) return [];
    const { probability } = await session.run({ features: matrix(rows, features.length) }, { signal });
    return Array.from(probability?.data ?? []);
  };
  return {
    model: { name: manifest.name, version: manifest.version },
    features,
    reference: referenceOf(manifest),
    rowOf,
    scoreRows,
    score: async (batch, options) =>
      (await scoreRows(batch.map(rowOf), options)).map((probability) => ({ probability })),
  };
}

/** The row of a healthy, ordinary thing. */
function referenceOf({ name, variant, scalers, features }: ModelSession["manifest"]): Float32Array {
  const reference = scalers["reference"];
  if (!Array.isArray(reference) || reference.length !== features.length)
    throw new ModelError("Corrupt", `${name}/${variant} has no scalers.reference of ${features.length} values`);
  return Float32Array.from(reference.map((value) => (value === null ? NaN : Number(value))));
}

// ChurnPredictor: how likely a customer leaves.
import { churnFeatures, churnRow, type CustomerRecord } from "../features/churn-customer.ts";
import { ModelError } from "../model/errors.ts";
import type { ModelSession, Scorer, TabularScorer } from "../model/session.ts";
import { matrix } from "../model/tensor.ts";

/** A calibrated probability, 0 to 1, that the customer leaves within about a month. */
export interface ChurnRisk {
  readonly probability: number;
}

/** Scores customers by the variant `telco` (or one fitted like it). Throws ModelError `WrongShape` for another model. */
export function createChurnPredictor(session: ModelSession): TabularScorer<CustomerRecord> {
  return churnScorer(session, "probability");
}

/** The logistic regression the model is measured against, fitted on the same rows: the graph's second output. */
export function createChurnLogistic(session: ModelSession): TabularScorer<CustomerRecord> {
  return churnScorer(session, "baseline");
}

/** Shares of the telco sample that left, by contract and months of tenure: what is known without a model. */
const shareLeft = { new: 0.525, young: 0.355, settled: 0.287, oneYear: 0.114, twoYear: 0.028 } as const;

/** The rate of the customer's contract, and of the tenure where nothing binds them. It needs no model. */
export function churnBaseline(): Scorer<CustomerRecord, ChurnRisk> {
  return {
    model: { name: "ChurnPredictor/rates", version: "1.0.0" },
    score: async (batch, { signal }) => {
      signal.throwIfAborted();
      return batch.map(({ contract, tenureMonths }) => ({ probability: rateOf(contract, tenureMonths) }));
    },
  };
}

function rateOf(contract: CustomerRecord["contract"], tenureMonths: number): number {
  if (contract === "two-year") return shareLeft.twoYear;
  if (contract === "one-year") return shareLeft.oneYear;
  if (tenureMonths <= 12) return shareLeft.new;
  return tenureMonths <= 36 ? shareLeft.young : shareLeft.settled;
}

function churnScorer(session: ModelSession, output: "probability" | "baseline"): TabularScorer<CustomerRecord> {
  const { manifest } = session;
  const features = manifest.features.map(({ name }) => name);
  const fits = features.length === churnFeatures.length && churnFeatures.every((name, at) => features[at] === name);
  if (!fits)
    throw new ModelError("WrongShape", `${manifest.name}/${manifest.variant} has not the features of a customer`);
  const scoreRows: TabularScorer<CustomerRecord>["scoreRows"] = async (rows, { signal }) => {
    if (rows.length === 0) return [];
    const given = await session.run({ features: matrix(rows, churnFeatures.length) }, { signal });
    return Array.from(given[output]?.data ?? [], (value) => Math.min(1, Math.max(0, value)));
  };
  return {
    model: {
      name: `${manifest.name}/${manifest.variant}${output === "baseline" ? "/logistic" : ""}`,
      version: manifest.version,
    },
    features: churnFeatures,
    reference: referenceOf(manifest.scalers["reference"]),
    rowOf: churnRow,
    scoreRows,
    score: async (batch, options) =>
      (await scoreRows(batch.map(churnRow), options)).map((probability) => ({ probability })),
  };
}

function referenceOf(values: unknown): Float32Array {
  if (!Array.isArray(values) || values.length !== churnFeatures.length || !values.every(Number.isFinite))
    throw new ModelError("Corrupt", "the manifest has no reference customer");
  return Float32Array.from(values);
}

// ChurnPredictor on the telco customers: every row is scored by a model that has not seen its content.
import { createChurnLogistic, createChurnPredictor } from "../../src/inference/models/churn-predictor.ts";
import type { Measurement } from "../measurement.ts";
import { type ModelBench, type ModelContext, scored } from "./bench.ts";
import { churnFolds, readTelco, type TelcoCustomer } from "./churn-telco.ts";
import { auc } from "./metrics/auc.ts";
import { ece } from "./metrics/ece.ts";

export const churnPredictorBench: ModelBench = {
  name: "ChurnPredictor",
  async measure(context) {
    const customers = await readTelco(context.data, context.signal);
    if (customers.length === 0) {
      context.tell("telco-churn is not there");
      return [];
    }
    const known = new Set((await readTelco(context.train, context.signal)).map(({ hash }) => hash));
    const seen = customers.filter(({ hash }) => known.has(hash));
    const unseen = customers.filter(({ hash }) => !known.has(hash));
    const parts = [
      ...(await Promise.all(
        Array.from({ length: churnFolds }, (_, fold) =>
          judge(
            context,
            `telco-${fold}`,
            seen.filter(({ hash }) => hash % churnFolds === fold),
          ),
        ),
      )),
      await judge(context, "telco-all", unseen),
    ].flat();
    if (parts.length === 0) return [];
    return figures(
      parts,
      `telco, ${seen.length} by 5 folds of content hash, ${unseen.length} not in the training folder`,
    );
  },
};

interface Judged {
  readonly left: boolean;
  readonly model: number;
  readonly logistic: number;
}

async function judge(
  context: ModelContext,
  variant: string,
  customers: readonly TelcoCustomer[],
): Promise<readonly Judged[]> {
  if (customers.length === 0) return [];
  const session = await context.fitted(variant);
  if (session === undefined) {
    context.tell(`${customers.length} customers are not measured: there is no telco-churn to learn from, see --train`);
    return [];
  }
  const batch = customers.map(({ customer }) => customer);
  const [model, logistic] = await Promise.all([
    createChurnPredictor(session).score(batch, context),
    createChurnLogistic(session).score(batch, context),
  ]);
  return customers.map(({ left }, index) => ({
    left,
    model: model[index]?.probability ?? Number.NaN,
    logistic: logistic[index]?.probability ?? Number.NaN,
  }));
}

function figures(rows: readonly Judged[], data: string): readonly Measurement[] {
  const left = rows.map((row) => row.left);
  const model = rows.map((row) => row.model);
  const logistic = rows.map((row) => row.logistic);
  return [
    scored(
      "ChurnPredictor",
      "fitted",
      { data, metric: "AUC", value: auc(model, left), unit: "share", baseline: auc(logistic, left) },
      { kind: "atLeast", value: 0.85 },
    ),
    scored(
      "ChurnPredictor",
      "fitted",
      { data, metric: "ECE, 10 bins", value: ece(model, left), unit: "share", baseline: ece(logistic, left) },
      { kind: "atMost", value: 0.03 },
    ),
  ];
}

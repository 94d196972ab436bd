// The shipped variant on simulated resources that training did not see: other worlds, and regimes that were kept out.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { FailureInput } from "../../src/inference/features/failure-history.ts";
import { createFailurePredictor, failureBaseline } from "../../src/inference/models/failure-predictor.ts";
import type { Measurement } from "../measurement.ts";
import { type ModelContext, scored } from "./bench.ts";
import { auc } from "./metrics/auc.ts";
import { averagePrecision } from "./metrics/average-precision.ts";
import { ece } from "./metrics/ece.ts";

/** A simulated resource at a moment, and what came of it. */
export interface FailureCase extends FailureInput {
  readonly failed: boolean;
  readonly regime: string;
}

/** Figures by AUC, AP and calibration; of all, and of those that were up at the time, which is the harder half. */
export async function measureConditions(context: ModelContext): Promise<readonly Measurement[]> {
  const text = await readFile(join(await context.fit(), "conditions-cases.json"), {
    encoding: "utf8",
    signal: context.signal,
  });
  const { cases, keptOut }: { readonly cases: readonly FailureCase[]; readonly keptOut: readonly string[] } =
    JSON.parse(text);
  const model = createFailurePredictor(await context.shipped("conditions"));
  const baseline = failureBaseline();
  const judge = async (name: string, chosen: readonly FailureCase[]): Promise<readonly Measurement[]> => {
    const failed = chosen.map((one) => one.failed);
    const [given, simple] = await Promise.all(
      [model, baseline].map(async (scorer) =>
        (await scorer.score(chosen, context)).map(({ probability }) => probability),
      ),
    );
    if (given === undefined || simple === undefined) return [];
    const data = `simulated conditions, ${name}, ${chosen.length} resources, ${failed.filter(Boolean).length} fail`;
    return [
      { metric: "AUC, 24 h ahead", of: auc },
      { metric: "AP, 24 h ahead", of: averagePrecision },
      { metric: "ECE, 10 bins", of: ece },
    ].map(({ metric, of }) =>
      scored("FailurePredictor", "shipped", {
        data,
        metric,
        value: of(given, failed),
        unit: "share",
        baseline: of(simple, failed),
      }),
    );
  };
  const known = cases.filter(({ regime }) => !keptOut.includes(regime));
  const up = known.filter(({ history }) => history.notReady.every(({ to }) => to !== undefined));
  const other = cases.filter(({ regime }) => keptOut.includes(regime));
  return [
    ...(await judge("other seeds", known)),
    ...(await judge("other seeds, up at the time", up)),
    ...(await judge(`regimes not trained on (${keptOut.join(", ")})`, other)),
  ];
}

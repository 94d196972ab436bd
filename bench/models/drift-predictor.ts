// DriftPredictor on simulated fleets with known truth: other seeds of the habits it learnt from, and habits it never saw.
import { join } from "node:path";
import { createDriftPredictor, driftBaseline } from "../../src/inference/index.ts";
import type { Measurement } from "../measurement.ts";
import { type ModelBench, type ModelContext, scored } from "./bench.ts";
import { type DriftCase, driftCases } from "./drift-histories.ts";
import { textOf } from "./files.ts";
import { auc } from "./metrics/auc.ts";
import { averagePrecision } from "./metrics/average-precision.ts";
import { ece } from "./metrics/ece.ts";

export const driftBench: ModelBench = {
  name: "DriftPredictor",
  async measure(context) {
    const folder = await context.fit();
    context.tell("no folder of the data holds a history of drift: simulated fleets only");
    const cases = async (name: string) => driftCases(await textOf(join(folder, `${name}.jsonl`), context.signal));
    const unseen = await cases("unseen");
    return [
      ...(await measured("fleets of unseen seeds", await cases("seen"), context)),
      ...(await measured("fleets with unseen habits", unseen, context)),
      ...(await measured(
        "the same without the disciplined ones",
        unseen.filter(({ regime }) => regime !== "disciplined"),
        context,
      )),
    ];
  },
};

/** Both goals are of all fleets; `best` of the simulator says how much of the rest is dice. */
async function measured(
  what: string,
  cases: readonly DriftCase[],
  context: ModelContext,
): Promise<readonly Measurement[]> {
  const { signal } = context;
  const inputs = cases.map(({ input }) => input);
  const truth = cases.map(({ drifted }) => drifted);
  const best = cases.map((entry) => entry.best);
  const model = createDriftPredictor(await context.shipped("changes"));
  const given = (await model.score(inputs, { signal })).map(({ probability }) => probability);
  const plain = (await driftBaseline().score(inputs, { signal })).map(({ probability }) => probability);
  const drifts = truth.filter(Boolean).length;
  const data = `simulated, ${what}: ${cases.length} moments, ${drifts} before a drift`;
  const row = (metric: string, of: (scores: readonly number[]) => number) => ({
    data,
    metric: `${metric} (best possible ${of(best).toFixed(3)})`,
    unit: "",
    value: of(given),
    baseline: of(plain),
  });
  const area = row("AUC", (scores) => auc(scores, truth));
  const precision = row("PR-AUC", (scores) => averagePrecision(scores, truth));
  const name = "DriftPredictor";
  return [
    scored(name, "shipped", area, { kind: "atLeast", value: 0.85 }),
    scored(name, "shipped", precision, { kind: "atLeast", value: 1.3 * precision.baseline }),
    scored(
      name,
      "shipped",
      row("expected calibration error", (scores) => ece(scores, truth)),
    ),
  ];
}

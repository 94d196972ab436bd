// CostPredictor, measured: NN5 and M4 Weekly as yardsticks, simulated spend for what is shipped.
import { costBaseline, createCostPredictor } from "../../src/inference/models/cost-predictor.ts";
import type { ModelBench } from "./bench.ts";
import { measureNn5 } from "./cost-nn5.ts";
import { measureWeekly } from "./cost-weekly.ts";
import { measureSimulated } from "./forecast-simulated.ts";

/** Daily and weekly series, weeks to a quarter ahead. */
export const costPredictorBench: ModelBench = {
  name: "CostPredictor",
  measure: async (context) => {
    const model = createCostPredictor(await context.shipped("daily"));
    return [
      ...(await context.apart("nn5", () => measureNn5(context))),
      ...(await context.apart("m4", () => measureWeekly(context))),
      ...(await context.apart("simulated spend", () =>
        measureSimulated(
          { name: "CostPredictor", what: "simulated spend, 90 days ahead", model, baseline: costBaseline() },
          context,
        ),
      )),
    ];
  },
};

// CostPredictor, measured: NN5 and M4 Weekly as yardsticks, simulated spend for what is shipped.
import type { ModelBench } from "./bench.ts";
import { measureNn5 } from "./cost-nn5.ts";
import { measureSimulatedSpend } from "./cost-simulated.ts";

/** Daily and weekly series, weeks to a quarter ahead. */
export const costPredictorBench: ModelBench = {
  name: "CostPredictor",
  measure: async (context) => [...(await measureNn5(context)), ...(await measureSimulatedSpend(context))],
};

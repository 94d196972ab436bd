// FailurePredictor: simulated resources, LANL's nodes and the C-MAPSS engines.
import type { ModelBench } from "./bench.ts";
import { measureConditions } from "./failure-conditions.ts";
import { measureEngines } from "./failure-engines.ts";
import { measureLives } from "./failure-lives.ts";
import { measureNodes } from "./failure-nodes.ts";

export const failurePredictorBench: ModelBench = {
  name: "FailurePredictor",
  measure: async (context) => [
    ...(await measureConditions(context)),
    ...(await measureLives(context)),
    ...(await measureNodes(context)),
    ...(await measureEngines(context)),
  ],
};

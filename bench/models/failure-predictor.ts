// FailurePredictor: simulated resources, LANL's nodes and the C-MAPSS engines.
import type { ModelBench } from "./bench.ts";
import { measureConditions } from "./failure-conditions.ts";
import { measureEngines } from "./failure-engines.ts";
import { measureLives } from "./failure-lives.ts";
import { measureNodes } from "./failure-nodes.ts";

export const failurePredictorBench: ModelBench = {
  name: "FailurePredictor",
  measure: async (context) => [
    ...(await context.apart("simulated conditions", () => measureConditions(context))),
    ...(await context.apart("simulated lives", () => measureLives(context))),
    ...(await context.apart("lanl", () => measureNodes(context))),
    ...(await context.apart("c-mapss", () => measureEngines(context))),
  ],
};

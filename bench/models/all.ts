// Every model's measurement, in the order of docs/models.md.
import type { ModelBench } from "./bench.ts";
import { churnPredictorBench } from "./churn-predictor.ts";

export const benches: readonly ModelBench[] = [
  churnPredictorBench,
];

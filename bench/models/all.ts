// Every model's measurement, in the order of their names in src/inference/model/names.ts.
import { anomalyDetectorBench } from "./anomaly-detector.ts";
import type { ModelBench } from "./bench.ts";
import { capacityForecasterBench } from "./capacity-forecaster.ts";
import { churnPredictorBench } from "./churn-predictor.ts";
import { complianceBench } from "./compliance-predictor.ts";
import { costPredictorBench } from "./cost-predictor.ts";
import { driftBench } from "./drift-predictor.ts";
import { failurePredictorBench } from "./failure-predictor.ts";
import { incidentClassifierBench } from "./incident-classifier.ts";
import { performanceOptimizerBench } from "./performance-optimizer.ts";
import { resourceOptimizerBench } from "./resource-optimizer.ts";
import { rootCauseAnalyzerBench } from "./root-cause-analyzer.ts";
import { securityThreatDetectorBench } from "./security-threat-detector.ts";

export const benches: readonly ModelBench[] = [
  anomalyDetectorBench,
  costPredictorBench,
  capacityForecasterBench,
  resourceOptimizerBench,
  failurePredictorBench,
  securityThreatDetectorBench,
  rootCauseAnalyzerBench,
  incidentClassifierBench,
  performanceOptimizerBench,
  driftBench,
  complianceBench,
  churnPredictorBench,
];

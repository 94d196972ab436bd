// Every model's measurement, in the order of docs/models.md.
import { anomalyDetectorBench } from "./anomaly-detector.ts";
import type { ModelBench } from "./bench.ts";
import { capacityForecasterBench } from "./capacity-forecaster.ts";
import { churnPredictorBench } from "./churn-predictor.ts";
import { costPredictorBench } from "./cost-predictor.ts";
import { complianceBench } from "./compliance-predictor.ts";
import { driftBench } from "./drift-predictor.ts";
import { failurePredictorBench } from "./failure-predictor.ts";
import { incidentClassifierBench } from "./incident-classifier.ts";
import { securityThreatDetectorBench } from "./security-threat-detector.ts";
import { rootCauseAnalyzerBench } from "./root-cause-analyzer.ts";
import { performanceOptimizerBench } from "./performance-optimizer.ts";
import { resourceOptimizerBench } from "./resource-optimizer.ts";

export const benches: readonly ModelBench[] = [
  anomalyDetectorBench,
  costPredictorBench,
  capacityForecasterBench,
  failurePredictorBench,
  churnPredictorBench,
  resourceOptimizerBench,
  performanceOptimizerBench,
  securityThreatDetectorBench,
  rootCauseAnalyzerBench,
  incidentClassifierBench,
  driftBench,
  complianceBench,
];

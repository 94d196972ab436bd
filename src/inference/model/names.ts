// The twelve models by name, and how a person may write one.

/** Every model, as documented in docs/models.md. */
export const modelNames = [
  "AnomalyDetector",
  "CostPredictor",
  "CapacityForecaster",
  "ResourceOptimizer",
  "FailurePredictor",
  "SecurityThreatDetector",
  "RootCauseAnalyzer",
  "IncidentClassifier",
  "PerformanceOptimizer",
  "DriftPredictor",
  "CompliancePredictor",
  "ChurnPredictor",
] as const;

export type ModelName = (typeof modelNames)[number];

/** The model that was meant: `anomaly-detector`, `anomalydetector` and `AnomalyDetector` are one. */
export function modelNamed(text: string): ModelName | undefined {
  const plain = (name: string) => name.replaceAll(/[-_ ]/g, "").toLowerCase();
  return modelNames.find((name) => plain(name) === plain(text));
}

// AnomalyDetector: one series at a time on NAB. Never by point-adjusted F1, which random scores pass.
import type { ModelBench } from "./bench.ts";
import { nabFigures } from "./anomaly-nab.ts";

export const anomalyDetectorBench: ModelBench = {
  name: "AnomalyDetector",
  async measure(context) {
    return nabFigures(context);
  },
};

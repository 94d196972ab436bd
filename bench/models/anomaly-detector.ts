// AnomalyDetector: one series at a time, and many metrics of one thing. Never by point-adjusted F1, which random scores pass.
import { liveFigures } from "./anomaly-live.ts";
import { sensorFigures, serverFigures } from "./anomaly-metrics.ts";
import { nabFigures } from "./anomaly-nab.ts";
import type { ModelBench } from "./bench.ts";

export const anomalyDetectorBench: ModelBench = {
  name: "AnomalyDetector",
  async measure(context) {
    return [
      ...(await context.apart("live metrics", () => liveFigures(context))),
      ...(await context.apart("nab", () => nabFigures(context))),
      ...(await context.apart("smd", () => serverFigures(context, { folder: "smd", target: 0.6 }))),
      ...(await context.apart("asd", () => serverFigures(context, { folder: "asd", target: 0.42 }))),
      ...(await context.apart("skab", () => sensorFigures(context))),
    ];
  },
};

// CapacityForecaster, measured: M4 Hourly, ETT and pods' memory as yardsticks, simulated gauges for what is shipped.
import { capacityBaseline, createCapacityForecaster } from "../../src/inference/models/capacity-forecaster.ts";
import type { ModelBench } from "./bench.ts";
import { measureEtt } from "./capacity-ett.ts";
import { measureHourly } from "./capacity-hourly.ts";
import { measurePods } from "./capacity-pods.ts";
import { measureSimulated } from "./forecast-simulated.ts";

/** Gauges, hours to days ahead, and when they are full. */
export const capacityForecasterBench: ModelBench = {
  name: "CapacityForecaster",
  measure: async (context) => {
    const model = createCapacityForecaster(await context.shipped("utilisation"));
    return [
      ...(await context.apart("m4", () => measureHourly(context))),
      ...(await context.apart("ett", () => measureEtt(context))),
      ...(await context.apart("alibaba-genai", () => measurePods(context))),
      ...(await context.apart("simulated gauges", () =>
        measureSimulated(
          { name: "CapacityForecaster", what: "simulated gauges, 48 hours ahead", model, baseline: capacityBaseline() },
          context,
        ),
      )),
    ];
  },
};

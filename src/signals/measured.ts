// Sources that are measured: samples and time of each reading. Whoever reads them counts their problems.
import { Gauge, Histogram, type Registry } from "prom-client";
import type { Clock } from "../kube/index.ts";
import type { SignalSource } from "./sample.ts";

/** Wraps sources, one registry's worth; to be called once for each registry. */
export function createMeasure(registry: Registry, clock: Clock): (source: SignalSource) => SignalSource {
  const registers = [registry];
  const labelNames = ["source"] as const;
  const samples = new Gauge({
    name: "dharma_signal_samples",
    help: "Samples of the last reading of a source.",
    labelNames,
    registers,
  });
  const seconds = new Histogram({
    name: "dharma_signal_read_duration_seconds",
    help: "Time of one reading of a source.",
    labelNames,
    buckets: [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers,
  });
  return (source) => ({
    name: source.name,
    read: async (now, { signal }) => {
      const started = clock.monotonic();
      const reading = await source.read(now, { signal });
      seconds.observe({ source: source.name }, (clock.monotonic() - started) / 1000);
      samples.set({ source: source.name }, reading.samples.length);
      return reading;
    },
  });
}

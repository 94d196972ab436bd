// What the loop tells Prometheus about itself and about what it scored.
import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { Cycle } from "../../inference/index.ts";

export interface LoopMetrics {
  cycled(cycle: Cycle, seconds: number): void;
  failed(): void;
}

export function loopMetrics(registry: Registry): LoopMetrics {
  const registers = [registry];
  const seconds = new Histogram({
    name: "dharma_health_cycle_seconds",
    help: "Time of one cycle of the inference loop: reading the signals and scoring everything.",
    buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    registers,
  });
  const cycles = new Counter({
    name: "dharma_health_cycles_total",
    help: "Cycles of the inference loop by how they ended.",
    labelNames: ["result"] as const,
    registers,
  });
  for (const result of ["success", "error"] as const) cycles.inc({ result }, 0);
  const subjects = new Gauge({
    name: "dharma_health_subjects",
    help: "Objects that this replica scores.",
    registers,
  });
  const series = new Gauge({
    name: "dharma_health_series",
    help: "Series scored in the last cycle.",
    registers,
  });
  const passedOver = new Counter({
    name: "dharma_health_samples_passed_over_total",
    help: "Samples that were not scored: of nothing known here, or beyond the bound of series of one object.",
    labelNames: ["why"] as const,
    registers,
  });
  const moved = new Counter({
    name: "dharma_health_moved_total",
    help: "Scores that left what was written and were given to be written.",
    registers,
  });
  const problems = new Counter({
    name: "dharma_signal_problems_total",
    help: "Readings that gave less than they should, by source and reason.",
    labelNames: ["source", "reason"] as const,
    registers,
  });
  return {
    cycled(cycle, took) {
      seconds.observe(took);
      cycles.inc({ result: "success" });
      subjects.set(cycle.subjects);
      series.set(cycle.series);
      passedOver.inc({ why: "unclaimed" }, cycle.unclaimed);
      passedOver.inc({ why: "bound" }, cycle.leftOut);
      moved.inc(cycle.moved.length);
      for (const { source, reason } of cycle.problems) problems.inc({ source, reason });
    },
    failed: () => cycles.inc({ result: "error" }),
  };
}

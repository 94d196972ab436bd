// What a dashboard asks about models: who answers, how fast, how wrong, and what was refused.
import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { BatchObservation } from "../host/host.ts";
import type { ModelProblem } from "../model/errors.ts";
import type { SlotStatus } from "./status.ts";

export interface ModelMetrics {
  batch(batch: BatchObservation): void;
  slot(status: SlotStatus): void;
  refused(problem: ModelProblem): void;
  steppedDown(slot: Pick<SlotStatus, "name" | "variant">): void;
  threadLost(): void;
}

/** Seconds; the aim is a p99 of 5 ms. */
const batchBuckets = [0.0005, 0.001, 0.002, 0.003, 0.004, 0.005, 0.0075, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1];
const problems: readonly ModelProblem[] = [
  "Corrupt",
  "WrongShape",
  "BadOutput",
  "TooSlow",
  "NotAllowed",
  "NotFound",
  "Unavailable",
];

/** Makes them in `registry`; once for each registry. */
export function createModelMetrics(registry: Registry): ModelMetrics {
  const registers = [registry];
  const bySlot = ["name", "variant"];
  const info = new Gauge({
    name: "dharma_model_info",
    help: "1 for each model that is loaded, by what it does: active, previous, shadow or steppedDown",
    labelNames: [...bySlot, "version", "state"],
    registers,
  });
  const seconds = new Histogram({
    name: "dharma_model_batch_seconds",
    help: "Time of a batch on its thread",
    labelNames: bySlot,
    buckets: batchBuckets,
    registers,
  });
  const rows = new Counter({ name: "dharma_model_rows_total", help: "Rows scored", labelNames: bySlot, registers });
  const refused = new Counter({
    name: "dharma_model_refused_total",
    help: "Model files refused, by reason",
    labelNames: ["reason"],
    registers,
  });
  for (const reason of problems) refused.inc({ reason }, 0);
  const liveError = new Gauge({
    name: "dharma_model_live_error",
    help: "Mean loss over recent outcomes: of the active model, its shadow, the baseline, and the one that stepped down",
    labelNames: [...bySlot, "role"],
    registers,
  });
  const stepDowns = new Counter({
    name: "dharma_model_stepdowns_total",
    help: "Times a model lost to its baseline and stepped down",
    labelNames: bySlot,
    registers,
  });
  const lost = new Counter({
    name: "dharma_model_threads_lost_total",
    help: "Threads given up for a batch that took too long, or ended by themselves",
    registers,
  });
  const shown = new Map<string, Set<string>>();
  const showInfo = ({ name, variant, ...status }: SlotStatus): void => {
    const key = `${name}/${variant}`;
    for (const labels of shown.get(key) ?? []) info.remove(JSON.parse(labels));
    const now = new Set<string>();
    for (const state of ["active", "previous", "shadow", "steppedDown"] as const) {
      const version = status[state]?.version;
      if (version === undefined) continue;
      const labels = { name, variant, version, state };
      info.set(labels, 1);
      now.add(JSON.stringify(labels));
    }
    shown.set(key, now);
  };
  const last = new Map<string, string>();
  return {
    batch({ name, variant, rows: count, wallMs }) {
      seconds.observe({ name, variant }, wallMs / 1_000);
      rows.inc({ name, variant }, count);
    },
    slot(status) {
      const { name, variant, active, previous, shadow, steppedDown, baseline } = status;
      const key = JSON.stringify([active, previous, shadow, steppedDown].map((model) => model?.digest));
      // Outcomes come by the thousand, models seldom.
      if (last.get(`${name}/${variant}`) !== key) showInfo(status);
      last.set(`${name}/${variant}`, key);
      stepDowns.inc({ name, variant }, 0);
      const answering = baseline?.answeringError ?? shadow?.race.answeringError ?? steppedDown?.race.answeringError;
      const errors = {
        active: active === undefined ? undefined : answering,
        baseline: active === undefined ? answering : baseline?.error,
        shadow: shadow?.race.error,
        steppedDown: steppedDown?.race.error,
      };
      for (const [role, error] of Object.entries(errors)) {
        if (error === undefined) liveError.remove({ name, variant, role });
        else liveError.set({ name, variant, role }, error);
      }
    },
    refused: (reason) => refused.inc({ reason }),
    steppedDown: ({ name, variant }) => stepDowns.inc({ name, variant }),
    threadLost: () => lost.inc(),
  };
}

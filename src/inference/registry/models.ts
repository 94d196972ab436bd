// The models the operator scores with: host, sources and slots, joined.
import { join } from "node:path";
import type { Registry } from "prom-client";
import type { Clock, Random } from "../../kube/index.ts";
import type { Logger } from "../../runtime/index.ts";
import { createModelHost } from "../host/host.ts";
import { directorySource } from "./directory.ts";
import { LiveSlot } from "./live-slot.ts";
import { createModelMetrics } from "./metrics.ts";
import { defaultRaceRules, type RaceRules } from "./race.ts";
import { Sources } from "./sources.ts";
import type { Slot, SlotDefinition } from "./slot.ts";
import type { ModelSource } from "./source.ts";
import type { ModelsStatus } from "./status.ts";

export interface ModelsOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** Metrics are made in it: once for each registry. */
  readonly metrics: Registry;
  /** Folder of NAME/VARIANT with the models that are shipped. Default: the package's own. */
  readonly builtIn?: string;
  /** Where others come from. */
  readonly sources?: readonly ModelSource[];
  /** Default 1. */
  readonly threads?: number;
  readonly limits?: Partial<ModelLimits>;
  /** When models are promoted and step down (race.ts). */
  readonly rules?: Partial<RaceRules>;
}

export interface ModelLimits {
  /** A batch that takes longer is given up. Default 5,000: far beyond what a model may take, since on a full machine it waits for its turn. */
  readonly batchDeadlineMs: number;
  /** Processor time of a batch of 256 rows, p99, past which a model is refused. Default 50. */
  readonly admitMs: number;
  /** Bytes of model.onnx at most. Default 32 MiB. */
  readonly maxBytes: number;
}

/** Host, sources and slots, joined. */
export interface Models {
  /** The slot of a name and variant: made at the first call, the same one afterwards. Until `run` it is the baseline's. */
  slot(definition: SlotDefinition): Slot;
  readonly status: ModelsStatus;
  /** Calls `onChange` after each change of the status until the signal aborts. */
  subscribe(onChange: () => void, signal: AbortSignal): void;
  /** Resolves when every source has been looked at once and what was found is admitted or refused. */
  settled(signal: AbortSignal): Promise<void>;
  /**
   * Follows the sources until the signal aborts, then lets batches finish and ends the threads. To be run once. Models
   * with a digest in `earned` had been promoted before a restart: they answer at once.
   */
  run(signal: AbortSignal, earned?: ReadonlySet<string>): Promise<void>;
}

const shipped = join(import.meta.dirname, "..", "..", "..", "models");

const defaultLimits: ModelLimits = { batchDeadlineMs: 5_000, admitMs: 50, maxBytes: 32 << 20 };

/** Makes them; nothing is loaded and no thread runs before `run`. */
export function createModels(options: ModelsOptions): Models {
  const { clock, random, log } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const metrics = createModelMetrics(options.metrics);
  const slots = new Map<string, LiveSlot>();
  const listeners = new Set<() => void>();
  const onChange = (): void => {
    for (const listener of listeners) listener();
  };
  const host = createModelHost({
    clock,
    threads: options.threads ?? 1,
    batchDeadlineMs: limits.batchDeadlineMs,
    observe: (batch) => metrics.batch(batch),
    onLost(why) {
      metrics.threadLost();
      log.warn("a thread that runs models was lost; another takes its place", { why });
    },
  });
  const sources = new Sources({
    sources: [
      directorySource(options.builtIn ?? shipped, { name: "built-in", intervalMs: 3_600_000 }),
      ...(options.sources ?? []),
    ],
    slots,
    host,
    limits,
    metrics,
    onChange,
    clock,
    random,
    log,
  });
  return {
    slot(definition) {
      const key = `${definition.name}/${definition.variant}`;
      const made =
        slots.get(key) ??
        new LiveSlot(definition, {
          clock,
          log,
          metrics,
          rules: { ...defaultRaceRules, ...options.rules },
          onChange,
          onEmpty: (slot) => sources.lookAgain(slot.key),
        });
      if (!slots.has(key)) {
        slots.set(key, made);
        sources.lookAgain(key);
      }
      return made;
    },
    get status() {
      return { slots: [...slots.values()].map(({ status }) => status), refusals: sources.refusals };
    },
    subscribe(listener, signal) {
      if (signal.aborted) return;
      listeners.add(listener);
      signal.addEventListener("abort", () => listeners.delete(listener), { once: true });
    },
    settled: (signal) => sources.settled(signal),
    async run(signal, earned = new Set()) {
      try {
        await sources.run(signal, earned);
      } finally {
        await host.close();
        for (const slot of slots.values()) slot.close();
      }
    },
  };
}

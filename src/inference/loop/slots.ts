// The slots of live health: which model answers now, and what came of what each said.
import type { AnomalyInput, AnomalyResult } from "../models/anomaly-detector.ts";
import type { DriftInput } from "../features/drift-history.ts";
import type { FailureInput } from "../features/failure-history.ts";
import type { RunOptions, TabularScorer } from "../model/session.ts";
import type { Models } from "../registry/models.ts";
import type { Slot, SlotScorer } from "../registry/slot.ts";
import { liveBaselines, liveFactories, liveVariants } from "./live.ts";
import type { LoopModels } from "./models.ts";
import type { TriedSlot } from "./panel.ts";

/** A slot of a model of rows: its predictions can be checked a day later. */
export interface CheckedSlot<I> {
  /** What everybody says of the inputs, the challengers and the baseline too: for each input by digest. */
  predict(inputs: readonly I[], options: RunOptions): Promise<readonly Readonly<Record<string, number>>[]>;
  /** What came of an input that was predicted. */
  outcome(predicted: Readonly<Record<string, number>>, actual: 0 | 1): void;
}

export interface LiveSlots {
  /** The models that answer now, for one cycle. */
  current(): LoopModels;
  readonly anomaly: TriedSlot;
  readonly failure: CheckedSlot<FailureInput>;
  readonly drift: CheckedSlot<DriftInput>;
}

/** Makes the three slots. Until the models run they are the baselines'. */
export function liveSlots(models: Pick<Models, "slot">): LiveSlots {
  const baselines = liveBaselines();
  const anomalySlot = models.slot({ ...liveVariants.anomaly, loss: "told" });
  const anomaly = anomalySlot.scorer<AnomalyInput, AnomalyResult, LoopModels["anomaly"]>({
    create: liveFactories.anomaly,
    baseline: baselines.anomaly,
    memory: {
      of: ({ state }) => state,
      with: (input, memory) => ({ ...input, state: memory instanceof Float32Array ? memory : undefined }),
    },
  });
  const failureSlot = models.slot({ ...liveVariants.failure, loss: "brier", mayBeAbsent: ["features"] });
  const failure = failureSlot.scorer<FailureInput, { readonly probability: number }, LoopModels["failure"]>({
    create: liveFactories.failure,
    baseline: baselines.failure,
  });
  const driftSlot = models.slot({ ...liveVariants.drift, loss: "brier", mayBeAbsent: ["features"] });
  const drift = driftSlot.scorer<DriftInput, { readonly probability: number }, LoopModels["drift"]>({
    create: liveFactories.drift,
    baseline: baselines.drift,
  });
  return {
    current: () => ({ anomaly, failure: failure.current(), drift: drift.current() }),
    anomaly: tried(anomalySlot, anomaly),
    failure: checked(failureSlot, failure),
    drift: checked(driftSlot, drift),
  };
}

function tried(slot: Slot, scorer: SlotScorer<AnomalyInput, AnomalyResult, LoopModels["anomaly"]>): TriedSlot {
  return {
    async judge(inputs, options) {
      const { by, results, others } = await scorer.judge(inputs, options);
      const everybody = [{ by, results }, ...others];
      return results.map(({ state }, index) => ({
        state,
        by: new Map(
          everybody.flatMap((one): [string, AnomalyResult][] => {
            const result = one.results[index];
            return result === undefined ? [] : [[one.by.digest, result]];
          }),
        ),
      }));
    },
    losses: (losses) => slot.outcome({ losses }),
  };
}

function checked<I>(
  slot: Slot,
  scorer: SlotScorer<I, { readonly probability: number }, TabularScorer<I>>,
): CheckedSlot<I> {
  return {
    async predict(inputs, options) {
      const { by, results, others } = await scorer.judge(inputs, options);
      return inputs.map((_, index) =>
        Object.fromEntries(
          [{ by, results }, ...others].flatMap((one) => {
            const probability = one.results[index]?.probability;
            return probability === undefined ? [] : [[one.by.digest, probability]];
          }),
        ),
      );
    },
    outcome: (predicted, actual) => slot.outcome({ predicted, actual }),
  };
}

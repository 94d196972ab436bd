// ResourceOptimizer, right-sizing: a limit for the next 12 hours from the last 12.
import { percentile, windowSamples } from "../features/resource-window.ts";
import { ModelError } from "../model/errors.ts";
import type { Manifest } from "../model/manifest.ts";
import { thresholdOf } from "../model/manifest.ts";
import type { ModelSession, Scorer } from "../model/session.ts";
import { matrix } from "../model/tensor.ts";

export interface ResourceInput {
  /** 144 samples of use, one every 5 minutes, oldest first; cores, bytes or percent. */
  readonly usage: ArrayLike<number>;
  /**
   * Slack, in the unit of use, that never being above the limit is worth. Default: the model's own price for a fleet of
   * workloads like this one.
   */
  readonly price?: number;
}

export interface ResourceRecommendation {
  /** For the next 12 hours, in the unit of use. */
  readonly limit: number;
  /** Expected share (0 to 1) of samples above the limit. */
  readonly risk: number;
}

/**
 * Scores by a variant like `rightsizing`. Rejects with ModelError `WrongShape` for windows of another length, or where a
 * sample is missing: no data is no reason to change a limit.
 */
export function createResourceOptimizer(session: ModelSession): Scorer<ResourceInput, ResourceRecommendation> {
  const { manifest } = session;
  return {
    model: { name: `${manifest.name}/${manifest.variant}`, version: manifest.version },
    async score(batch, options) {
      if (batch.length === 0) return [];
      for (const { usage } of batch) checkWindow(usage);
      const prices = batch.map(({ usage, price }) => [price ?? fleetPrice(manifest, [usage])]);
      const given = await session.run(
        {
          usage: matrix(
            batch.map(({ usage }) => usage),
            windowSamples,
          ),
          price: matrix(prices, 1),
        },
        options,
      );
      return batch.map((_, index) => ({
        limit: given["limit"]?.data[index] ?? Number.NaN,
        risk: given["risk"]?.data[index] ?? Number.NaN,
      }));
    },
  };
}

/** The price at which a fleet has about as many violations as P95 limits would give it. */
export function fleetPrice(manifest: Manifest, fleet: readonly ArrayLike<number>[]): number {
  const scale = fleet.reduce((sum, usage) => sum + percentile(usage, 95), 0) / fleet.length;
  return thresholdOf(manifest, "price") * scale;
}

/** The P95 (or another percentile) of the window as the limit. It expects what lay above in the window. */
export function resourceBaseline(p = 95): Scorer<ResourceInput, ResourceRecommendation> {
  return {
    model: { name: `ResourceOptimizer/p${p}`, version: "1.0.0" },
    score: async (batch, { signal }) => {
      signal.throwIfAborted();
      return batch.map(({ usage }) => {
        checkWindow(usage);
        const limit = percentile(usage, p);
        return { limit, risk: Array.from(usage).filter((value) => value > limit).length / usage.length };
      });
    },
  };
}

function checkWindow(usage: ArrayLike<number>): void {
  if (usage.length !== windowSamples || !Array.from(usage).every((value) => Number.isFinite(value) && value >= 0))
    throw new ModelError("WrongShape", `a window has ${windowSamples} samples that are numbers, none below 0`);
}

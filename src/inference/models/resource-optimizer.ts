// ResourceOptimizer, right-sizing: a limit for the next 12 hours from the last 12.
import { percentile, windowSamples } from "../features/resource-window.ts";
import { ModelError } from "../model/errors.ts";
import { thresholdOf } from "../model/manifest.ts";
import type { ModelSession, RunOptions, Scorer } from "../model/session.ts";
import { matrix } from "../model/tensor.ts";

export interface ResourceInput {
  /** 144 samples of use, one every 5 minutes, oldest first; cores, bytes or percent. */
  readonly usage: ArrayLike<number>;
  /**
   * Slack, in the unit of use, that never being above the limit is worth (see `fleetPrice`). Default: the price that suited
   * the workloads the model was trained on, for a use like this one.
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
      const prices = batch.map(({ usage, price }) => [price ?? thresholdOf(manifest, "price") * percentile(usage, 95)]);
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

/** At most so many windows of a fleet are looked at to find its price, and so many halvings are made. */
const fleetSample = 400;
const halvings = 14;

/**
 * The price (in the unit of use) at which the model expects `share` of a fleet's samples above their limits, as P95 limits
 * aim at 0.05: violations go where they save most slack. The same for the same fleet. Rejects as `score` does.
 */
export async function fleetPrice(
  session: ModelSession,
  fleet: readonly ArrayLike<number>[],
  share: number,
  options: RunOptions,
): Promise<number> {
  const scorer = createResourceOptimizer(session);
  const stride = Math.max(1, Math.ceil(fleet.length / fleetSample));
  const sample = fleet.filter((_, index) => index % stride === 0);
  const scale = sample.reduce((sum, usage) => sum + percentile(usage, 95), 0) / sample.length;
  let [low, high] = [0.01 * scale, 1000 * scale];
  for (let halving = 0; halving < halvings; halving++) {
    const price = Math.sqrt(low * high);
    // oxlint-disable-next-line no-await-in-loop -- each halving needs the one before
    const results = await scorer.score(
      sample.map((usage) => ({ usage, price })),
      options,
    );
    const expected = results.reduce((sum, { risk }) => sum + risk, 0) / results.length;
    [low, high] = expected > share ? [price, high] : [low, price];
  }
  return Math.sqrt(low * high);
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

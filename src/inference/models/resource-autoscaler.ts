// ResourceOptimizer, autoscaling: the replicas to have for the next control step.
import { hpaReplicas, presentUse, replicaSamples, type ReplicaInput } from "../features/resource-replicas.ts";
import { ModelError } from "../model/errors.ts";
import type { ModelSession, Scorer } from "../model/session.ts";
import { matrix } from "../model/tensor.ts";

export interface ReplicaRecommendation {
  /** At least 1; before any stabilisation. */
  readonly replicas: number;
  /** Use to be ready for within the next two minutes, in pods. */
  readonly demand: number;
}

/**
 * How long a fall in the recommendation has to last before it is followed, s: with the model, which looks two minutes ahead, and
 * by Kubernetes' default.
 */
export const stabilisationSeconds = 60;
export const hpaStabilisationSeconds = 300;

/** Scores by the variant `autoscaling`. Rejects with ModelError `WrongShape` for an incomplete window. */
export function createReplicaOptimizer(session: ModelSession): Scorer<ReplicaInput, ReplicaRecommendation> {
  const { manifest } = session;
  return {
    model: { name: `${manifest.name}/${manifest.variant}`, version: manifest.version },
    async score(batch, options) {
      if (batch.length === 0) return [];
      for (const input of batch) check(input);
      const given = await session.run(
        {
          usage: matrix(
            batch.map(({ usage }) => usage),
            replicaSamples,
          ),
          state: matrix(
            batch.map(({ ready, yesterday }) => [ready, yesterday ?? 1]),
            2,
          ),
        },
        options,
      );
      return batch.map((_, index) => ({
        replicas: Math.max(1, Math.round(given["replicas"]?.data[index] ?? Number.NaN)),
        demand: given["demand"]?.data[index] ?? Number.NaN,
      }));
    },
  };
}

/** Kubernetes' rule at a target share of use. */
export function hpaBaseline(target = 0.7): Scorer<ReplicaInput, ReplicaRecommendation> {
  return {
    model: { name: `ResourceOptimizer/hpa-${Math.round(100 * target)}`, version: "1.0.0" },
    score: async (batch, { signal }) => {
      signal.throwIfAborted();
      return batch.map((input) => {
        check(input);
        return { replicas: hpaReplicas(input, target), demand: presentUse(input) };
      });
    },
  };
}

function check({ usage, ready }: ReplicaInput): void {
  if (usage.length !== replicaSamples || !Array.from(usage).every((value) => Number.isFinite(value) && value >= 0))
    throw new ModelError("WrongShape", `a window has ${replicaSamples} samples that are numbers, none below 0`);
  if (!(ready >= 1)) throw new ModelError("WrongShape", "replicas are recommended only where at least one pod serves");
}

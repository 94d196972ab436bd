// PerformanceOptimizer, scaling: how long a workload takes with other resources, from two of its runs.
import { ModelError } from "../model/errors.ts";
import type { ModelSession, Scorer } from "../model/session.ts";
import { matrix } from "../model/tensor.ts";
import type { RunTime } from "./performance-optimizer.ts";

/** All above 0; memory in any one unit, as is the input (bytes, rows, requests). */
export interface RunResources {
  readonly cores: number;
  readonly memory: number;
  readonly input: number;
}

export interface ScalingQuestion {
  /** Two runs of the workload, the one nearer to the candidate first. */
  readonly known: readonly [RunResources & { readonly seconds: number }, RunResources & { readonly seconds: number }];
  readonly candidate: RunResources;
}

/** Scores by the variant `scaling`. Rejects with ModelError `WrongShape` for what is not above 0. */
export function createRunScaling(session: ModelSession): Scorer<ScalingQuestion, RunTime> {
  const { manifest } = session;
  return {
    model: { name: `${manifest.name}/${manifest.variant}`, version: manifest.version },
    async score(batch, options) {
      if (batch.length === 0) return [];
      const given = await session.run({ features: matrix(batch.map(rowOf), manifest.features.length) }, options);
      return batch.map((_, index) => ({
        seconds: given["time"]?.data[index] ?? Number.NaN,
        spread: given["spread"]?.data[index] ?? Number.NaN,
      }));
    },
  };
}

/** The first known run, longer by the input and shorter by the cores. Its spread is a guess: a third. */
export function scalingBaseline(): Scorer<ScalingQuestion, RunTime> {
  return {
    model: { name: "PerformanceOptimizer/linear", version: "1.0.0" },
    score: async (batch, { signal }) => {
      signal.throwIfAborted();
      return batch.map(({ known: [run], candidate }) => ({
        seconds: (run.seconds * (candidate.input / run.input)) / (candidate.cores / run.cores),
        spread: 0.33,
      }));
    },
  };
}

function rowOf({ known: [first, second], candidate }: ScalingQuestion): readonly number[] {
  const values = [
    ...[first, second, candidate].flatMap(({ cores, memory, input }) => [cores, memory, input]),
    first.seconds,
    second.seconds,
  ];
  if (!values.every((value) => Number.isFinite(value) && value > 0))
    throw new ModelError("WrongShape", "cores, memory, input and seconds of a run are numbers above 0");
  return values.map(Math.log);
}

// PerformanceOptimizer: predicts run times of configurations and chooses one.
import { type RunCandidate, runRows } from "../features/performance-run.ts";
import { ModelError } from "../model/errors.ts";
import type { ModelSession, Scorer } from "../model/session.ts";
import { matrix } from "../model/tensor.ts";

export interface RunTime {
  /** Predicted run time; of a system's options: its figure, in its own unit. */
  readonly seconds: number;
  /** Standard deviation of the time's natural logarithm: 0.1 is about 10 %. */
  readonly spread: number;
}

export interface PerformanceQuestion {
  readonly candidates: readonly RunCandidate[];
  readonly goal:
    | { readonly kind: "fastest" }
    /** The cheapest run; with a deadline, of those that meet it even when they take a standard deviation longer. */
    | { readonly kind: "cheapest"; readonly deadlineSeconds?: number };
}

export interface PerformanceChoice {
  /** In the order of the candidates. */
  readonly predictions: readonly RunTime[];
  /** Index of the chosen candidate; absent where none meets the deadline, or there is none. */
  readonly chosen?: number;
}

/** Run times by a model fitted to a job or system. The model's features say what a candidate has to tell. */
export function createRunTimes(session: ModelSession): Scorer<RunCandidate, RunTime> {
  return runTimes(session, "time");
}

/** The same by the model's baseline (Ernest's law, or a factor an option), fitted on the same runs. Its spread is the model's. */
export function createRunTimesBaseline(session: ModelSession): Scorer<RunCandidate, RunTime> {
  return runTimes(session, "baseline");
}

/** Chooses by the predictions of `createRunTimes`. */
export function createPerformanceOptimizer(session: ModelSession): Scorer<PerformanceQuestion, PerformanceChoice> {
  return choosing(createRunTimes(session));
}

/** Chooses by the predictions of `createRunTimesBaseline`. */
export function createPerformanceBaseline(session: ModelSession): Scorer<PerformanceQuestion, PerformanceChoice> {
  return choosing(createRunTimesBaseline(session));
}

/** The candidate that serves the goal best if it runs as predicted. Ties go to the first. */
export function choose({ candidates, goal }: PerformanceQuestion, predictions: readonly RunTime[]): number | undefined {
  const worth = candidates.map(({ pricePerHour }, index) => {
    const { seconds, spread } = predictions[index] ?? { seconds: Infinity, spread: 0 };
    if (goal.kind === "fastest") return seconds;
    if (goal.deadlineSeconds !== undefined && seconds * Math.exp(spread) > goal.deadlineSeconds) return Infinity;
    if (pricePerHour === undefined)
      throw new ModelError("WrongShape", "the cheapest can't be chosen among candidates without a price");
    return (seconds * pricePerHour) / 3600;
  });
  const least = Math.min(...worth);
  return Number.isFinite(least) ? worth.indexOf(least) : undefined;
}

function choosing(times: Scorer<RunCandidate, RunTime>): Scorer<PerformanceQuestion, PerformanceChoice> {
  return {
    model: times.model,
    async score(batch, options) {
      const all = await times.score(
        batch.flatMap(({ candidates }) => candidates),
        options,
      );
      let from = 0;
      return batch.map((question) => {
        const predictions = all.slice(from, (from += question.candidates.length));
        const chosen = choose(question, predictions);
        return chosen === undefined ? { predictions } : { predictions, chosen };
      });
    },
  };
}

function runTimes(session: ModelSession, output: "time" | "baseline"): Scorer<RunCandidate, RunTime> {
  const { manifest } = session;
  const rowOf = runRows(manifest);
  return {
    model: {
      name: `${manifest.name}/${manifest.variant}${output === "time" ? "" : "/baseline"}`,
      version: manifest.version,
    },
    async score(batch, options) {
      if (batch.length === 0) return [];
      const given = await session.run({ features: matrix(batch.map(rowOf), manifest.features.length) }, options);
      const seconds = given[output]?.data;
      const spread = given["spread"]?.data;
      return batch.map((_, index) => ({
        seconds: seconds?.[index] ?? Number.NaN,
        spread: spread?.[index] ?? Number.NaN,
      }));
    },
  };
}

// Why the models that judge rows said what they said, in words.
import { type Contribution, contributions } from "../features/occlusion.ts";
import type { RunOptions, TabularScorer } from "../model/session.ts";
import type { Weighted } from "./evidence.ts";
import type { LoopModels } from "./models.ts";
import type { Because, ScoredRow, Standing } from "./standing.ts";

/** A probability below this is nobody's question. */
const worthAsking = 0.05;
/** How many features are named. */
const named = 3;

/** The features behind the probabilities that are worth a question. */
export async function becauseOf(
  { failure, drift }: Pick<Standing, "failure" | "drift">,
  models: LoopModels,
  options: RunOptions,
): Promise<Because> {
  const [forFailure, forDrift] = await Promise.all([
    weighted("failure", failure, models.failure, options),
    weighted("drift", drift, models.drift, options),
  ]);
  return {
    ...(forFailure === undefined ? {} : { failure: forFailure }),
    ...(forDrift === undefined ? {} : { drift: forDrift }),
  };
}

async function weighted<I>(
  what: "failure" | "drift",
  scored: ScoredRow | undefined,
  scorer: TabularScorer<I>,
  options: RunOptions,
): Promise<readonly Weighted[] | undefined> {
  if (scored === undefined || scored.probability < worthAsking) return undefined;
  const { model } = scorer;
  if (model.name !== scored.model.name || model.version !== scored.model.version) return undefined;
  const found = (await contributions(scorer, scored.row, options)).slice(0, named);
  if (found.length === 0) return undefined;
  const percent = Math.round(100 * scored.probability);
  return found.map((one) => ({
    signal: `${what}/${one.feature}`,
    weight: one.share,
    message: `${what} within a day is likely with ${percent} %: ${wordsOf(one)}`,
  }));
}

function wordsOf({ feature, value, share }: Contribution): string {
  const points = Math.max(1, Math.round(100 * share));
  const of = Number.isFinite(value) ? ` is ${Number(value.toPrecision(3))}` : " is not known";
  return `${feature.replaceAll("_", " ")}${of} (+${points} points)`;
}

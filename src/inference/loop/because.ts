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
  const told = (await contributions(scorer, scored.row, options)).filter(isTelling).slice(0, named);
  const [first] = told;
  if (first === undefined) return undefined;
  const percent = Math.round(100 * scored.probability);
  const message = `${what} within a day is likely with ${percent} %: ${told.map(wordsOf).join(", ")}`;
  return [{ signal: `${what}/${first.feature}`, weight: 1, message }];
}

/** What is not known, or stands for it, is no reason for a person; nor is less than one percent. */
function isTelling({ value, share }: Contribution): boolean {
  return Number.isFinite(value) && value >= 0 && share >= 0.005;
}

function wordsOf({ feature, value, share }: Contribution): string {
  return `${feature.replaceAll("_", " ")} is ${Number(value.toPrecision(3))} (+${Math.round(100 * share)} %)`;
}

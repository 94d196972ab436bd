// A case with its answer, and what a scorer makes of it.
import type { RootCauseInput, RootCauseResult, RunOptions, Scorer } from "../../src/inference/index.ts";

export interface RootCauseCase {
  readonly input: RootCauseInput;
  /** Whether a node is the root cause; never true where nothing is wrong. */
  readonly isCause: (id: string) => boolean;
}

export interface Ranked {
  /** Place of the root cause, 0 is first; Infinity where it is not ranked. */
  readonly rank: number;
  readonly confident: boolean;
}

/** One at a time: batches would only cost memory. */
export async function rankedBy(
  scorer: Scorer<RootCauseInput, RootCauseResult>,
  cases: readonly RootCauseCase[],
  options: RunOptions,
): Promise<readonly Ranked[]> {
  const ranked: Ranked[] = [];
  for (const { input, isCause } of cases) {
    // oxlint-disable-next-line no-await-in-loop -- one at a time on purpose
    const [result] = await scorer.score([input], options);
    const at = result?.causes.findIndex(({ id }) => isCause(id)) ?? -1;
    ranked.push({ rank: at < 0 ? Infinity : at, confident: result?.confident ?? false });
  }
  return ranked;
}

/** Share of the cases without a fault in which nothing is named. */
export function specificity(ranked: readonly Ranked[]): number {
  return ranked.filter(({ confident }) => !confident).length / ranked.length;
}

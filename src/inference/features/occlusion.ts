// Which features made a score: what it would be without each of them.
import type { RunOptions, TabularScorer } from "../model/session.ts";

export interface Contribution {
  readonly feature: string;
  /** The feature's value; NaN where it is absent. */
  readonly value: number;
  /** How much of the probability goes when the feature is as of an ordinary thing; only what raises it is told. */
  readonly share: number;
}

/** Occlusion: each feature in turn set to the reference. Largest share first; features that raise nothing are left out. */
export async function contributions<I>(
  scorer: TabularScorer<I>,
  row: Float32Array,
  options: RunOptions,
): Promise<readonly Contribution[]> {
  const without = scorer.features.map((_, index) => {
    const changed = row.slice();
    changed[index] = scorer.reference[index] ?? Number.NaN;
    return changed;
  });
  const [whole = 0, ...others] = await scorer.scoreRows([row, ...without], options);
  return scorer.features
    .map((feature, index) => ({ feature, value: row[index] ?? Number.NaN, share: whole - (others[index] ?? whole) }))
    .filter(({ share }) => share > 0)
    .toSorted((a, b) => b.share - a.share);
}

// How high the right answer stands in a ranking.

/** Share of the ranks (0 is first, Infinity is not there) that are among the first `k`. NaN of none. */
export function recallAt(ranks: readonly number[], k: number): number {
  return ranks.filter((rank) => rank < k).length / ranks.length;
}

/** Mean of the recall at 1, 2, ... `k`: Avg@k of the root cause literature. */
export function avgAt(ranks: readonly number[], k: number): number {
  return Array.from({ length: k }, (_, index) => recallAt(ranks, index + 1)).reduce((sum, share) => sum + share, 0) / k;
}

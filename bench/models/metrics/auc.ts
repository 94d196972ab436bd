// Area under the ROC curve.

/**
 * The chance that a positive scores above a negative, ties counted half (Mann-Whitney). `positive[i]` belongs to `scores[i]`.
 * NaN where one of the classes is missing.
 */
export function auc(scores: ArrayLike<number>, positive: ArrayLike<boolean>): number {
  const order = Uint32Array.from({ length: scores.length }, (_, index) => index).toSorted(
    (a, b) => (scores[a] ?? 0) - (scores[b] ?? 0),
  );
  let rankSum = 0;
  let positives = 0;
  for (let from = 0; from < order.length;) {
    const score = scores[order[from] ?? 0];
    let to = from;
    while (to < order.length && scores[order[to] ?? 0] === score) to += 1;
    const rank = (from + 1 + to) / 2;
    for (let at = from; at < to; at++) {
      if (positive[order[at] ?? 0] !== true) continue;
      positives += 1;
      rankSum += rank;
    }
    from = to;
  }
  const negatives = scores.length - positives;
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
}

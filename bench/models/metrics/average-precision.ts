// Average precision: the area under the precision-recall curve, as a sum of steps.

/**
 * Sum over the thresholds of (recall gained) x (precision there); equal scores are one threshold, so that their order does
 * not matter. `positive[i]` belongs to `scores[i]`. NaN where nothing is positive.
 */
export function averagePrecision(scores: ArrayLike<number>, positive: ArrayLike<boolean>): number {
  const order = Uint32Array.from({ length: scores.length }, (_, index) => index).toSorted(
    (a, b) => (scores[b] ?? 0) - (scores[a] ?? 0),
  );
  let hits = 0;
  let sum = 0;
  for (let from = 0; from < order.length;) {
    const score = scores[order[from] ?? 0];
    let gained = 0;
    let to = from;
    while (to < order.length && scores[order[to] ?? 0] === score) {
      if (positive[order[to] ?? 0] === true) gained += 1;
      to += 1;
    }
    hits += gained;
    sum += (gained * hits) / to;
    from = to;
  }
  return sum / hits;
}

// Recall where only so many negatives are let through.

/**
 * Share of positives above the lowest threshold that at most `share` of the negatives exceed; scores equal to the threshold
 * are not above it. NaN where one of them is missing.
 */
export function recallAtFalsePositiveRate(
  negatives: readonly number[],
  positives: readonly number[],
  share: number,
): number {
  const threshold = thresholdAtFalsePositiveRate(negatives, share);
  return positives.filter((score) => score > threshold).length / positives.length;
}

/** That threshold: a negative's score. NaN of none. */
export function thresholdAtFalsePositiveRate(negatives: readonly number[], share: number): number {
  const descending = negatives.toSorted((a, b) => b - a);
  return descending[Math.floor(share * descending.length)] ?? Number.NaN;
}

// How often the answer is right.

/** Share of `answers` equal to `truth`, place by place. NaN of none. */
export function accuracy(answers: readonly string[], truth: readonly string[]): number {
  return truth.filter((label, index) => answers[index] === label).length / truth.length;
}

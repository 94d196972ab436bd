// F1 that counts every class alike, however rare.

/** Mean of the F1 of every class that occurs in `truth`; an answer that is no such class is only an error. NaN of none. */
export function macroF1(answers: readonly string[], truth: readonly string[]): number {
  const classes = [...new Set(truth)];
  const scores = classes.map((name) => {
    const hits = truth.filter((label, index) => label === name && answers[index] === name).length;
    const given = answers.slice(0, truth.length).filter((answer) => answer === name).length;
    const present = truth.filter((label) => label === name).length;
    return (2 * hits) / (given + present);
  });
  return scores.reduce((sum, score) => sum + score, 0) / scores.length;
}

/** Values the distribution is taken from at most, and how many new ones replace the oldest at once. */
const window = 6400;
const step = 100;

/**
 * Probability under a normal distribution of the past that a value is nearer to its mean, for each value of a series: the
 * plainest detector of NAB's published tables. Looks at nothing after the value.
 */
export function windowedGaussian(values: ArrayLike<number>): Float64Array {
  const scores = new Float64Array(values.length);
  let [from, to, sum, squares] = [0, 0, 0, 0];
  const first = values[0] ?? 0;
  for (let row = 0; row < values.length; row += 1) {
    const value = (values[row] ?? 0) - first;
    if (to > from) {
      const mean = sum / (to - from);
      const deviation = Math.sqrt(Math.max(0, squares / (to - from) - mean * mean));
      scores[row] = 1 - tail(Math.abs(value - mean) / (deviation || 1e-6));
    }
    // The first values are taken one by one, later ones a step at a time.
    const taken = to < window ? row + 1 : row + 1 - to === step ? row + 1 : to;
    while (to < taken) {
      const added = (values[to] ?? 0) - first;
      sum += added;
      squares += added * added;
      to += 1;
    }
    while (to - from > window) {
      const gone = (values[from] ?? 0) - first;
      sum -= gone;
      squares -= gone * gone;
      from += 1;
    }
  }
  return scores;
}

/** Upper tail of the normal distribution at z >= 0 (Abramowitz and Stegun 26.2.17, error below 7.5e-8). */
function tail(z: number): number {
  const t = 1 / (1 + 0.2316419 * z);
  const series = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * series;
}

// The NAB score: early alerts inside labelled windows count, every alert row outside costs.
// A. Lavin and S. Ahmad, "Evaluating Real-time Anomaly Detection Algorithms", ICMLA 2015, and its published scorer.

/** What is scored of one file. */
export interface NabSeries {
  /** Threshold choices may not look at their own category. */
  readonly category: string;
  /** One a row, in time order. */
  readonly scores: ArrayLike<number>;
  /** First and last row of each labelled window, in time order. */
  readonly windows: readonly (readonly [left: number, right: number])[];
}

export interface NabProfile {
  readonly name: string;
  /** Weight of a found window, of a missed one, and of an alert row outside. */
  readonly found: number;
  readonly missed: number;
  readonly falseAlert: number;
}

export const nabProfiles = {
  standard: { name: "standard", found: 1, missed: 1, falseAlert: 0.11 },
  lowFalsePositives: { name: "low FP", found: 1, missed: 1, falseAlert: 0.22 },
  lowFalseNegatives: { name: "low FN", found: 1, missed: 2, falseAlert: 0.11 },
} as const satisfies Record<string, NabProfile>;

/** Rows at the start in which alerts don't count. */
export function probation(rows: number): number {
  return Math.min(Math.floor(0.15 * rows), 750);
}

/** 100 for an alert at every window's first row and nowhere else, 0 for no alert at all. NaN without a window. */
export function nabScore(series: readonly NabSeries[], threshold: number, profile: NabProfile): number {
  return normalized(
    total(series, (each) => rawScore(each, threshold, profile)),
    series,
    profile,
  );
}

/** With the threshold that is best on the scored series themselves, as the published tables have it. */
export function nabScoreAtBest(series: readonly NabSeries[], profile: NabProfile): number {
  return nabScore(series, bestThreshold(series, profile), profile);
}

/**
 * With the threshold that is best on the other categories (of `known`): what a detector meeting a new kind of series reaches.
 */
export function nabScoreAcross(
  series: readonly NabSeries[],
  profile: NabProfile,
  known: readonly NabSeries[] = series,
): number {
  const raw = [...Map.groupBy(series, ({ category }) => category)].map(([category, own]) => {
    const threshold = bestThreshold(
      known.filter((each) => each.category !== category),
      profile,
    );
    return total(own, (each) => rawScore(each, threshold, profile));
  });
  return normalized(
    raw.reduce((sum, one) => sum + one, 0),
    series,
    profile,
  );
}

/** The threshold of the highest raw score; Infinity (no alert) where nothing is better. An alert is a score at or above it. */
export function bestThreshold(series: readonly NabSeries[], profile: NabProfile): number {
  // Going down through all scores, each row adds its cost, or what it adds to its window's best.
  const rows = series.flatMap((each) => worths(each, profile).filter(({ score }) => score > 0));
  rows.sort((a, b) => b.score - a.score);
  const best = new Map<object, number>();
  let [raw, highest, threshold] = [0, 0, Infinity];
  for (const [index, { score, worth, window }] of rows.entries()) {
    if (window === undefined) raw += worth;
    else {
      const before = best.get(window);
      if (before === undefined) raw += worth + profile.missed;
      else if (worth > before) raw += worth - before;
      if (before === undefined || worth > before) best.set(window, worth);
    }
    // Equal scores alert together.
    if (rows[index + 1]?.score !== score && raw > highest) [highest, threshold] = [raw, score];
  }
  return threshold;
}

function rawScore(series: NabSeries, threshold: number, profile: NabProfile): number {
  const best = new Map<object, number>();
  let raw = 0;
  for (const { score, worth, window } of worths(series, profile)) {
    if (!(score >= threshold)) continue;
    if (window === undefined) raw += worth;
    else best.set(window, Math.max(best.get(window) ?? -Infinity, worth));
  }
  const found = [...best.values()].reduce((sum, worth) => sum + worth, 0);
  return raw + found - (series.windows.length - best.size) * profile.missed;
}

interface Worth {
  readonly score: number;
  readonly worth: number;
  /** Stands for one window of one series; undefined outside. */
  readonly window: object | undefined;
}

/** What an alert at each row after the probation is worth. */
function worths({ scores, windows }: NabSeries, profile: NabProfile): readonly Worth[] {
  let next = 0;
  const start = probation(scores.length);
  const marks = windows.map(() => ({}));
  const rows: Worth[] = [];
  for (let row = 0; row < scores.length; row += 1) {
    while (row > (windows[next]?.[1] ?? Infinity)) next += 1;
    if (row < start) continue;
    const score = scores[row] ?? Number.NaN;
    const window = windows[next];
    if (window !== undefined && row >= window[0]) {
      const place = -(window[1] - row + 1) / (window[1] - window[0] + 1);
      rows.push({ score, worth: (profile.found * falling(place)) / falling(-1), window: marks[next] });
      continue;
    }
    const last = windows[next - 1];
    const past = last === undefined ? Infinity : (row - last[1]) / (last[1] - last[0]);
    rows.push({ score, worth: profile.falseAlert * (past > 3 ? -1 : falling(past)), window: undefined });
  }
  return rows;
}

const falling = (x: number): number => 2 / (1 + Math.exp(5 * x)) - 1;

function normalized(raw: number, series: readonly NabSeries[], profile: NabProfile): number {
  const windows = total(series, (each) => each.windows.length);
  const nothing = -windows * profile.missed;
  return (100 * (raw - nothing)) / (windows * profile.found - nothing);
}

function total(series: readonly NabSeries[], of: (each: NabSeries) => number): number {
  return series.reduce((sum, each) => sum + of(each), 0);
}

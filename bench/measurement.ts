// One measured figure, in the shape all of the project's measurements have, and how figures are compared and shown.

/** `value`, `baseline`, `peer`, `published` and `target` are all in `unit`; what does not apply is absent. */
export interface Measurement {
  readonly name: string;
  /** On what: how many objects, which cloud. */
  readonly data: string;
  readonly metric: string;
  readonly value: number;
  readonly unit: string;
  /** The simplest thing that could do the same. */
  readonly baseline?: number;
  /** The yardstick, measured in the same run. */
  readonly peer?: number;
  /** What others have published. */
  readonly published?: number;
  /** What the value has to reach. */
  readonly target?: number;
  /** value / peer, or value / baseline where there is no peer. */
  readonly ratio?: number;
  readonly met?: boolean;
  /** Of a model: as shipped, or fitted on the measured folder's training part. */
  readonly weights?: "shipped" | "fitted";
}

/** What a figure has to reach, and which side of it is good. */
export type Goal =
  | { readonly kind: "atMost"; readonly value: number }
  | { readonly kind: "atLeast"; readonly value: number }
  /** At most so many times the peer's value. */
  | { readonly kind: "timesPeer"; readonly factor: number };

export type Figure = Pick<Measurement, "name" | "data" | "metric" | "value" | "unit"> &
  Partial<Pick<Measurement, "baseline" | "peer" | "published" | "weights">>;

/** Judges a figure. */
export function judged(figure: Figure, goal?: Goal): Measurement {
  const compared = figure.peer ?? figure.baseline;
  const target = goal === undefined ? undefined : targetOf(goal, figure.peer);
  const measurement = {
    ...figure,
    value: rounded(figure.value),
    ...(figure.peer === undefined ? {} : { peer: rounded(figure.peer) }),
    ...(figure.baseline === undefined ? {} : { baseline: rounded(figure.baseline) }),
    ...(compared === undefined || compared === 0 ? {} : { ratio: rounded(figure.value / compared) }),
  };
  if (goal === undefined || target === undefined) return measurement;
  const met = goal.kind === "atLeast" ? figure.value >= target : figure.value <= target;
  return { ...measurement, target: rounded(target), met };
}

function targetOf(goal: Goal, peer: number | undefined): number | undefined {
  if (goal.kind !== "timesPeer") return goal.value;
  return peer === undefined ? undefined : peer * goal.factor;
}

/** Three significant digits, and whole numbers whole. */
export function rounded(value: number): number {
  return Math.abs(value) >= 1000 ? Math.round(value) : Number(value.toPrecision(3));
}

/** The middle value; of an even number, the mean of the two in the middle. NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const lower = sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
  return (lower + upper) / 2;
}

const columns = [
  "name",
  "data",
  "weights",
  "metric",
  "value",
  "unit",
  "baseline",
  "peer",
  "published",
  "target",
  "ratio",
  "met",
] as const;

/** The measurements as lines of a table for people. */
export function table(measurements: readonly Measurement[]): readonly string[] {
  const rows = [
    [...columns],
    ...measurements.map((measurement) =>
      columns.map((column) => {
        const cell = measurement[column];
        if (cell === undefined) return "";
        return typeof cell === "boolean" ? (cell ? "yes" : "NO") : String(cell);
      }),
    ),
  ];
  const widths = columns.map((_, index) => Math.max(...rows.map((row) => row[index]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

// What a signal is: one number about one thing at one time, and where such numbers come from.

/** Labels of a series: which thing the number is about. */
export type Labels = Readonly<Record<string, string>>;

/**
 * How a number may be read: a counter only grows until its process starts anew, a gauge is a state. The parts of
 * histograms and summaries keep their family's type; what was not declared is "unknown".
 */
export type SampleType = "counter" | "gauge" | "histogram" | "summary" | "unknown";

/** One number about one thing at one time. */
export interface Sample {
  /** Stable key: metric and sorted labels, see seriesKey. */
  readonly series: string;
  readonly metric: string;
  readonly labels: Labels;
  readonly value: number;
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** Absent: "unknown". */
  readonly type?: SampleType;
}

/** Why a source has less than it should. */
export interface SignalProblem {
  /** One of SignalProblemReason, or a reason of a source outside this folder. */
  readonly reason: string;
  /** What happened and what to do about it. */
  readonly message: string;
}

/** What one reading gave. Empty samples with no problem mean: there is nothing to see. */
export interface SignalReading {
  readonly samples: readonly Sample[];
  readonly problems: readonly SignalProblem[];
}

/**
 * Where samples come from. Rejects only with the signal's reason; a source that fails says so in `problems` and gives what it
 * has: no data is not good news. Samples are never older readings repeated.
 */
export interface SignalSource {
  readonly name: string;
  read(now: number, options: { readonly signal: AbortSignal }): Promise<SignalReading>;
}

/** The reasons the sources of this folder give. */
export type SignalProblemReason =
  | "Unreachable"
  | "TimedOut"
  | "TooLarge"
  | "HttpError"
  | "TokenUnreadable"
  | "Malformed"
  | "BadQuery"
  | "Unprocessable"
  | "Partial"
  | "Stale"
  | "LabelsMissing"
  | "Ambiguous"
  | "MetricsApiAbsent"
  | "KubeError";

/** Stable key of a series: metric, then labels in code-unit order, values as JSON strings. */
export function seriesKey(metric: string, labels: Labels): string {
  const names = Object.keys(labels);
  if (names.length === 0) return metric;
  names.sort();
  let key = `${metric}{`;
  for (const [at, name] of names.entries()) key += `${at === 0 ? "" : ","}${name}=${JSON.stringify(labels[name])}`;
  return `${key}}`;
}

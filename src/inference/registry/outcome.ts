// What is told about things that were scored, once it is known.

/** What came of something that was scored. */
export interface Outcome {
  /** 0 or 1 for probabilities; the value itself for a forecast. */
  readonly actual: number;
  /** What each said then, by digest (`AnsweredBy.digest`). */
  readonly predicted: Readonly<Record<string, number>>;
}

/** How wrong a prediction was. brier: (p - actual)^2 · logLoss: of p kept within [1e-6, 1 - 1e-6] · absolute: |p - actual|. */
export type Loss = "brier" | "logLoss" | "absolute";

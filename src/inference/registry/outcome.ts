// What is told about things that were scored, once it is known.

/** What came of something that was scored: the value itself, or how wrong each was where only the teller can work that out. */
export type Outcome = ActualOutcome | LossOutcome;

/** For slots whose loss is computed from a prediction and a value. */
export interface ActualOutcome {
  /** 0 or 1 for probabilities; the value itself for a forecast. */
  readonly actual: number;
  /** What each said then, by digest (`AnsweredBy.digest`). */
  readonly predicted: Readonly<Record<string, number>>;
}

/** For slots with the loss `told`. */
export interface LossOutcome {
  /** How wrong each was in one and the same trial, by digest: not negative, 0 where it was right. */
  readonly losses: Readonly<Record<string, number>>;
}

/**
 * How wrong a prediction was. brier: (p - actual)^2 · logLoss: of p kept within [1e-6, 1 - 1e-6] · absolute: |p - actual| ·
 * told: as the outcome says. An outcome of the other form is none.
 */
export type Loss = "brier" | "logLoss" | "absolute" | "told";

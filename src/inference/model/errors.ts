// What can be wrong with a model, by what the caller does about it.

export type ModelProblem =
  /** A file or manifest that can't be read, or says something else than its bytes. */
  | "Corrupt"
  /** Inputs or outputs are not what is asked of this model. */
  | "WrongShape"
  /** It gave NaN, infinity, or a value outside its declared range. */
  | "BadOutput"
  /** A batch took longer than allowed. */
  | "TooSlow"
  /** It may not be used here: fitted for measuring only, too large, or reading files. */
  | "NotAllowed"
  /** There is no such model or source. */
  | "NotFound"
  /** The thread it ran on ended, or the host is closed. */
  | "Unavailable";

/** A model that can't be used, with what to do about it in the message. */
export class ModelError extends Error {
  readonly problem: ModelProblem;

  constructor(problem: ModelProblem, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "ModelError";
    this.problem = problem;
  }
}

// A refusal of our own inside a worker, with the reason it stands for; everything else is the engine's and is classified.
import type { FailureAction, FailureReason } from "./job.ts";

/** Thrown where an operation must not go on. */
export class Refusal extends Error {
  readonly reason: FailureReason;
  readonly action: FailureAction;
  constructor(reason: FailureReason, action: FailureAction, message: string) {
    super(message);
    this.name = "Refusal";
    this.reason = reason;
    this.action = action;
  }
}

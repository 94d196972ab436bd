// Proof, checked before each write, that this replica still holds what it works on.

/** Thrown by a fenced write after the lease was lost: the pass ends, whoever holds the lease now does the work. */
export class Fenced extends Error {
  constructor(what: string) {
    super(`${what} is no longer held by this replica; its new holder continues`);
    this.name = "Fenced";
  }
}

/** A right to work that may be lost at any time. */
export interface Fence {
  /** Throws Fenced when the right is lost or has run out by the monotonic clock, even if nobody could tell us yet. */
  check(): void;
  /** Aborts (with Fenced) when the right is lost. */
  readonly signal: AbortSignal;
}

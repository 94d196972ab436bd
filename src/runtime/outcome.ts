// How a pass may end other than well: failures typed by what the runtime does about them.

/**
 * What the runtime does next:
 * - `retry`: the pass may succeed by itself; tried again with per-item backoff, or after `afterMs`.
 * - `waitForInput`: nothing changes until something the object refers to does; not retried, a trigger will call again.
 * - `terminal`: will never succeed for this generation; not retried, counted as terminal.
 */
export type OutcomeKind = "retry" | "waitForInput" | "terminal";

/**
 * Thrown by a reconcile to end its pass. Anything else that is thrown counts as `retry`.
 * Throwing applies no status: return one where the user should see the reason.
 */
export class ReconcileOutcome extends Error {
  readonly kind: OutcomeKind;
  /** A reason code from the documented list. */
  readonly reason: string;
  /** For `retry`: wait this many milliseconds instead of the backoff's. */
  readonly afterMs: number | undefined;

  constructor(kind: OutcomeKind, reason: string, message: string, details: { afterMs?: number; cause?: unknown } = {}) {
    super(message, { cause: details.cause });
    this.name = "ReconcileOutcome";
    this.kind = kind;
    this.reason = reason;
    this.afterMs = details.afterMs;
  }
}

/** Ends the pass; the runtime tries again with backoff, or after `afterMs` milliseconds. */
export function retry(
  reason: string,
  message: string,
  details: { afterMs?: number; cause?: unknown } = {},
): ReconcileOutcome {
  return new ReconcileOutcome("retry", reason, message, details);
}

/** Ends the pass until a trigger calls again. */
export function waitForInput(reason: string, message: string, cause?: unknown): ReconcileOutcome {
  return new ReconcileOutcome("waitForInput", reason, message, { cause });
}

/** Ends the pass for good, until the object changes. */
export function terminal(reason: string, message: string, cause?: unknown): ReconcileOutcome {
  return new ReconcileOutcome("terminal", reason, message, { cause });
}

// Failures of the state service, typed by what the caller does about them.

/** What the caller can do: wait for the holder, stop at once, make room, look elsewhere, fix the input, try later. */
export type StateErrorKind =
  | "held"
  | "fenced"
  | "tooLarge"
  | "notFound"
  | "alreadyExists"
  | "hasResources"
  | "invalid"
  | "corrupt"
  | "unavailable"
  | "unauthorized";

/** A refusal or failure of the state service. The message says what to do next. */
export class StateError extends Error {
  readonly kind: StateErrorKind;
  /** Who holds the stack, where `kind` is "held". */
  readonly holder: string | undefined;
  /** Milliseconds after which trying again may help. */
  readonly retryAfterMs: number | undefined;

  constructor(
    kind: StateErrorKind,
    message: string,
    details: { holder?: string; retryAfterMs?: number; cause?: unknown } = {},
  ) {
    super(message, { cause: details.cause });
    this.name = "StateError";
    this.kind = kind;
    this.holder = details.holder;
    this.retryAfterMs = details.retryAfterMs;
  }
}

/** The reason code of a state past its bounds. */
export class StateTooLarge extends StateError {
  readonly reason = "StateTooLarge";
  constructor(message: string) {
    super("tooLarge", message);
    this.name = "StateTooLarge";
  }
}

/** True when `error` is a StateError of one of `kinds`. */
export function isStateError(error: unknown, ...kinds: readonly StateErrorKind[]): error is StateError {
  return error instanceof StateError && (kinds.length === 0 || kinds.includes(error.kind));
}

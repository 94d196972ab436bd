// Failures of API server calls, typed by what the caller does about them.

/**
 * What the caller can do:
 * notFound: look elsewhere · alreadyExists, conflict: re-read and decide again · gone: relist · throttled, timeout, server,
 * unreachable, malformed: wait and try again · invalid: fix the input · forbidden: ask for rights · unauthorized: fix the
 * credentials.
 */
export type KubeErrorKind =
  | "notFound"
  | "alreadyExists"
  | "conflict"
  | "gone"
  | "throttled"
  | "invalid"
  | "forbidden"
  | "unauthorized"
  | "timeout"
  | "server"
  | "unreachable"
  | "malformed";

/**
 * Whether the server acted on the request: "no" it certainly did not (never sent, or refused), "unknown" it may have
 * (no answer, a 5xx). A create that failed with "unknown" has to be looked up before it is made again.
 */
export type Delivery = "no" | "unknown";

export interface KubeErrorDetails {
  readonly status?: number;
  readonly reason?: string;
  readonly retryAfterMs?: number;
  readonly delivery?: Delivery;
  readonly cause?: unknown;
}

/** An answer of the API server that is not a success, or no answer at all. The message names the call and the next step. */
export class KubeError extends Error {
  readonly kind: KubeErrorKind;
  /** HTTP status; 0 when there was no answer. */
  readonly status: number;
  /** The server's machine-readable reason (metav1.StatusReason), or "". */
  readonly reason: string;
  /** What Retry-After asked for, in milliseconds. */
  readonly retryAfterMs: number | undefined;
  readonly delivery: Delivery;

  constructor(kind: KubeErrorKind, message: string, details: KubeErrorDetails = {}) {
    super(message, { cause: details.cause });
    this.name = "KubeError";
    this.kind = kind;
    this.status = details.status ?? 0;
    this.reason = details.reason ?? "";
    this.retryAfterMs = details.retryAfterMs;
    this.delivery = details.delivery ?? (this.status >= 400 && this.status < 500 ? "no" : "unknown");
  }
}

/** True when `error` is a KubeError of one of `kinds`; of any kind when none is named. */
export function isKubeError(error: unknown, ...kinds: readonly KubeErrorKind[]): error is KubeError {
  return error instanceof KubeError && (kinds.length === 0 || kinds.includes(error.kind));
}

/** The kinds that may pass by themselves: wait, then do the same again. */
export const transientKinds: readonly KubeErrorKind[] = ["throttled", "timeout", "server", "unreachable", "malformed"];

// Failures of API server calls, typed by what the caller does about them.

/** What the caller can do: look elsewhere, re-read and retry, relist, wait, fix the input, ask for rights. */
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

/** An answer of the API server that is not a success, or no answer at all. */
export class KubeError extends Error {
  readonly kind: KubeErrorKind;
  /** HTTP status; 0 when there was no answer. */
  readonly status: number;
  /** The server's machine-readable reason (metav1.StatusReason), or "". */
  readonly reason: string;
  /** What Retry-After asked for, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(
    kind: KubeErrorKind,
    message: string,
    details: { status?: number; reason?: string; retryAfterMs?: number; cause?: unknown } = {},
  ) {
    super(message, { cause: details.cause });
    this.name = "KubeError";
    this.kind = kind;
    this.status = details.status ?? 0;
    this.reason = details.reason ?? "";
    this.retryAfterMs = details.retryAfterMs;
  }
}

/** True when `error` is a KubeError of one of `kinds`. */
export function isKubeError(error: unknown, ...kinds: readonly KubeErrorKind[]): error is KubeError {
  return error instanceof KubeError && (kinds.length === 0 || kinds.includes(error.kind));
}

// Decides whether and when a failed call is made again. Pure.
import { transientKinds } from "./errors.ts";
import type { KubeError } from "./errors.ts";

export interface Attempt {
  readonly error: KubeError;
  /** Failures so far in this call, this one included. */
  readonly failures: number;
  /** False for verbs that must not act twice: create, post, JSON patch. */
  readonly repeatable: boolean;
  /** Milliseconds left until the call's deadline. */
  readonly remainingMs: number;
  /** In [0, 1). */
  readonly random: number;
}

const firstDelayMs = 200;
const maxDelayMs = 5_000;

/**
 * Milliseconds to wait, or undefined to give up. Retry-After is a lower bound; backoff doubles with full jitter above a half.
 * A wait that would pass the deadline is not begun: the caller learns at once, with retryAfterMs on the error.
 */
export function retryDelay(attempt: Attempt): number | undefined {
  const { error } = attempt;
  if (!mayRepeat(error, attempt.repeatable)) return undefined;
  const backoff = Math.min(firstDelayMs * 2 ** (attempt.failures - 1), maxDelayMs) * (0.5 + attempt.random / 2);
  const delay = Math.max(backoff, error.retryAfterMs ?? 0);
  return delay < attempt.remainingMs ? delay : undefined;
}

function mayRepeat(error: KubeError, repeatable: boolean): boolean {
  if (error.kind === "throttled") return true; // refused before it was acted upon
  if (error.kind === "unreachable") return repeatable || error.delivery === "no";
  return repeatable && transientKinds.includes(error.kind);
}

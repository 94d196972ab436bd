// How long a reflector waits. Figures of client-go's reflector: 0.8 to 30 s with jitter 1, reset after two good minutes.
import { isKubeError } from "../kube/index.ts";

const firstMs = 800;
/** Before jitter, which at most doubles it: 30 s. */
const lastMs = 15_000;
const resetMs = 120_000;

export interface FailureHistory {
  readonly failures: number;
  readonly failedAt: number;
}

/** The wait after one more failure, at least what Retry-After asks for, and the count of failures it belongs to. */
export function reflectorBackoffMs(
  history: FailureHistory,
  error: unknown,
  env: { readonly now: number; readonly random: number },
): { readonly ms: number; readonly failures: number } {
  const failures = env.now - history.failedAt > resetMs ? 1 : history.failures + 1;
  const base = Math.min(firstMs * 2 ** Math.min(failures - 1, 10), lastMs);
  const asked = isKubeError(error) ? (error.retryAfterMs ?? 0) : 0;
  return { ms: Math.max(base * (1 + env.random), asked), failures };
}

/** Five to ten minutes, so that the watches of many processes do not all end together. */
export function watchTimeoutSeconds(random: number): number {
  return Math.round(300 * (1 + random));
}

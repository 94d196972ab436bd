// How long to wait after the n-th failure in a row.
import type { Random } from "../kube/clock.ts";

/** Exponential: `baseMs` after the first failure, doubled with each further one, `maxMs` at most. */
export interface Backoff {
  readonly baseMs: number;
  readonly maxMs: number;
}

/** client-go's per-item default: 5 ms doubling to 1000 s. */
export const itemBackoff: Backoff = { baseMs: 5, maxMs: 1_000_000 };

/** Milliseconds to wait after `failures` failures in a row (1 is the first). */
export function backoffMs(backoff: Backoff, failures: number): number {
  return Math.min(backoff.maxMs, backoff.baseMs * 2 ** Math.min(Math.max(failures - 1, 0), 60));
}

/** `ms` moved by up to `fraction` of itself either way. */
export function jittered(ms: number, fraction: number, random: Random): number {
  return ms * (1 + fraction * (2 * random() - 1));
}

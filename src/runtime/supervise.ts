// Keeps a task running: a failure is logged and tried again with backoff.
import type { Clock } from "../kube/clock.ts";
import type { Backoff } from "./backoff.ts";
import { backoffMs } from "./backoff.ts";
import type { Logger } from "./log.ts";

const restarts: Backoff = { baseMs: 800, maxMs: 30_000 };
/** A run this long counts as healthy: the next failure starts the backoff anew. */
const healthyMs = 120_000;

/** Resolves when `run` has returned, or when the signal aborted and `run` has ended. Never rejects. */
export async function supervise(
  clock: Clock,
  log: Logger,
  run: (signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    const began = clock.monotonic();
    try {
      await run(signal);
      return;
    } catch (error) {
      if (signal.aborted) return;
      failures = clock.monotonic() - began > healthyMs ? 1 : failures + 1;
      const waitMs = backoffMs(restarts, failures);
      log.error("task failed; it will be started again", { waitMs, error });
      await clock.sleep(waitMs, signal).catch(() => {});
    }
  }
}

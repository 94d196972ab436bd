// Work with an end in time: aborted by its caller or by the clock, whichever comes first.
import type { Clock } from "./clock.ts";

/** What the timer of finished work is aborted with; an abort without a reason makes an error with its stack each time. */
const finished = new Error("the work ended first");

/**
 * Runs `work` with a signal that aborts with the caller's reason, or with `expired()` after `ms`. The timer is gone when
 * the work has ended.
 */
export async function withDeadline<T>(
  clock: Clock,
  ms: number,
  signal: AbortSignal,
  expired: () => Error,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const stop = new AbortController();
  const onAbort = () => stop.abort(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  const timer = clock.sleep(ms, stop.signal).then(
    () => stop.abort(expired()),
    () => {}, // the work ended first
  );
  try {
    return await work(stop.signal);
  } finally {
    signal.removeEventListener("abort", onAbort);
    stop.abort(finished);
    await timer;
  }
}

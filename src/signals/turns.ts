// Long work in the event loop's thread: others get their turn.
import { setImmediate } from "node:timers/promises";
import type { Clock } from "../kube/index.ts";

/** Work longer than this, in milliseconds, lets others run before it goes on. */
const TURN_MS = 8;

/** Makes a function to call within long loops: it waits for one round of the event loop when the turn is over. */
export function createTurns(clock: Clock): () => Promise<void> {
  let since = clock.monotonic();
  return async () => {
    if (clock.monotonic() - since < TURN_MS) return;
    await setImmediate();
    since = clock.monotonic();
  };
}

/** Items worked on at once by `inTurns`. */
const CHUNK = 1_024;

/** Calls `work` with parts of `items` one after the other; others get their turn before each. */
export async function inTurns<T>(items: readonly T[], work: (part: readonly T[]) => void): Promise<void> {
  for (let start = 0; start < items.length; start += CHUNK) {
    await setImmediate();
    work(items.slice(start, start + CHUNK));
  }
}

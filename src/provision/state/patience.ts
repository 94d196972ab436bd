// A store that waits while the API server is away instead of failing: an operation in the cloud must not be cut off by that.
import { isKubeError } from "../../kube/index.ts";
import type { Clock } from "../../kube/index.ts";
import { StateError } from "./errors.ts";
import type { StackStore } from "./store.ts";

export interface Patience {
  readonly clock: Clock;
  /** How long one call may wait in all. */
  readonly patienceMs: number;
}

/** True for failures that pass, and after which nobody knows whether a write was done. */
export function isPassing(error: unknown): boolean {
  return isKubeError(error, "unreachable", "timeout", "server", "throttled", "malformed", "unauthorized");
}

/** Waits between attempts: 100 ms doubling up to 2 s, or what Retry-After asks. Throws "unavailable" past the patience. */
export class Waiting {
  readonly #patience: Patience;
  readonly #started: number;
  #attempt = 0;

  constructor(patience: Patience) {
    this.#patience = patience;
    this.#started = patience.clock.monotonic();
  }

  async after(error: unknown, signal: AbortSignal): Promise<void> {
    const { clock, patienceMs } = this.#patience;
    const asked = isKubeError(error) ? (error.retryAfterMs ?? 0) : 0;
    const delay = Math.max(Math.min(100 * 2 ** this.#attempt, 2_000), asked);
    this.#attempt += 1;
    if (clock.monotonic() - this.#started + delay > patienceMs) {
      throw new StateError(
        "unavailable",
        "the API server that keeps the state does not answer; try again when it does",
        {
          cause: error,
          retryAfterMs: 2_000,
        },
      );
    }
    await clock.sleep(delay, signal);
  }
}

/** Repeats what may be repeated without harm: reads, puts of chunks, deletions. Head writes are the caller's to settle. */
export function patientStore(store: StackStore, patience: Patience): StackStore {
  const insist = async <T>(signal: AbortSignal, call: () => Promise<T>): Promise<T> => {
    const waiting = new Waiting(patience);
    for (;;) {
      try {
        return await call();
      } catch (error) {
        if (signal.aborted || !isPassing(error)) throw error;
        await waiting.after(error, signal);
      }
    }
  };
  return {
    getHead: (stack, signal) => insist(signal, () => store.getHead(stack, signal)),
    createHead: (head, signal) => store.createHead(head, signal),
    swapHead: (head, version, signal) => store.swapHead(head, version, signal),
    removeHead: (stack, version, signal) => insist(signal, () => store.removeHead(stack, version, signal)),
    listHeads: (selection, signal) => insist(signal, () => store.listHeads(selection, signal)),
    putChunk: (key, bytes, signal) => insist(signal, () => store.putChunk(key, bytes, signal)),
    getChunk: (key, signal) => insist(signal, () => store.getChunk(key, signal)),
    listChunks: (uid, signal) => insist(signal, () => store.listChunks(uid, signal)),
    deleteChunk: (chunk, signal) => insist(signal, () => store.deleteChunk(chunk, signal)),
  };
}

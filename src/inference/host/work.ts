// What is asked of the threads, in the order of asking: bounded, and abortable while it waits.
import { ModelError } from "../model/errors.ts";
import type { ModelFile } from "../model/folder.ts";
import type { Tensors } from "../model/session.ts";
import type { RunCost } from "./messages.ts";

/** A model as threads know it. */
export interface Session {
  readonly session: number;
  readonly file: ModelFile;
}

/** A batch that was run. */
export interface Answer {
  readonly outputs: Tensors;
  readonly cost: RunCost;
}

/** One piece of work, to be settled by the lane that took it. */
export type Work =
  | { readonly kind: "open"; readonly session: Session; resolve(): void; reject(error: unknown): void }
  | {
      readonly kind: "run";
      readonly session: Session;
      readonly inputs: Tensors;
      resolve(answer: Answer): void;
      reject(error: unknown): void;
    };

/** One that does work: told when there is some. */
export interface Worker {
  wake(): void;
  /** Why nothing can be done for a while; undefined: it can. */
  readonly away: string | undefined;
}

/** Work for a few workers. */
export class WorkQueue {
  readonly #limit: number;
  readonly #waiting: Work[] = [];
  readonly #pending = new Set<Promise<unknown>>();
  readonly #workers: Worker[] = [];
  #closed = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  join(worker: Worker): void {
    this.#workers.push(worker);
  }

  /** Resolves when one of the threads has opened it. Rejects with ModelError, or with the signal's reason. */
  open(session: Session, signal: AbortSignal): Promise<void> {
    return this.#ask((settle) => ({ kind: "open", session, ...settle }), signal);
  }

  /** Runs one batch; its buffers are given away. Rejects with ModelError, or with the signal's reason. */
  run(session: Session, inputs: Tensors, signal: AbortSignal): Promise<Answer> {
    return this.#ask((settle) => ({ kind: "run", session, inputs, ...settle }), signal);
  }

  /** The next piece of work. */
  take(): Work | undefined {
    return this.#waiting.shift();
  }

  /** Refuses what waits where all workers are away: to be called by one that goes. */
  refuseIfAllAway(): void {
    const why = this.#allAway();
    if (why === undefined) return;
    for (const work of this.#waiting.splice(0)) work.reject(new ModelError("Unavailable", why));
  }

  /** Takes nothing any more, and resolves when everything that was asked has been answered. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.allSettled(this.#pending);
  }

  #ask<T>(
    make: (settle: { resolve(value: T): void; reject(error: unknown): void }) => Work,
    signal: AbortSignal,
  ): Promise<T> {
    const trouble = this.#trouble();
    if (trouble !== undefined) return Promise.reject(new ModelError("Unavailable", trouble));
    if (signal.aborted) return Promise.reject(signal.reason);
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const work = make({ resolve, reject });
    const leave = () => {
      const place = this.#waiting.indexOf(work);
      if (place >= 0) this.#waiting.splice(place, 1);
      reject(signal.reason); // what runs already is answered to nobody
    };
    signal.addEventListener("abort", leave, { once: true });
    const settled = promise.finally(() => {
      signal.removeEventListener("abort", leave);
      this.#pending.delete(settled);
    });
    this.#pending.add(settled);
    this.#waiting.push(work);
    for (const worker of this.#workers) worker.wake();
    return settled;
  }

  #trouble(): string | undefined {
    if (this.#closed) return "the model host is closed";
    if (this.#waiting.length >= this.#limit)
      return `${this.#waiting.length} batches are waiting already: try again later`;
    return this.#allAway();
  }

  #allAway(): string | undefined {
    return this.#workers.every(({ away }) => away !== undefined) ? this.#workers[0]?.away : undefined;
  }
}

// One stack as this replica works on it: a cached head, one change at a time, each a compare-and-swap that ends in certainty.
import { isKubeError } from "../../kube/index.ts";
import { StateError } from "./errors.ts";
import { withGarbage } from "./head.ts";
import type { Head } from "./head.ts";
import { isPassing, Waiting } from "./patience.ts";
import type { Patience } from "./patience.ts";
import { stackPath } from "./stack.ts";
import type { StackId } from "./stack.ts";
import type { StackStore, StoredHead } from "./store.ts";

/** Makes the next head of the present one. Runs again when somebody else was faster; it may put chunks, nothing else. */
export type Step = (head: Head) => Promise<Head> | Head;

const maxRaces = 50;

export class StackCell {
  readonly #store: StackStore;
  readonly #stack: StackId;
  readonly #patience: Patience;
  readonly #newId: () => string;
  #known: StoredHead | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(stack: StackId, store: StackStore, patience: Patience, newId: () => string) {
    this.#stack = stack;
    this.#store = store;
    this.#patience = patience;
    this.#newId = newId;
  }

  /** What the API server has now. */
  async read(signal: AbortSignal): Promise<Head | undefined> {
    this.#known = await this.#store.getHead(this.#stack, signal);
    return this.#known?.head;
  }

  /** As `read`; "notFound" where there is none. */
  async mustRead(signal: AbortSignal): Promise<Head> {
    const head = await this.read(signal);
    if (!head) throw noStack(this.#stack);
    return head;
  }

  /** The head as last seen here; for what never changes while the stack lives. */
  async recent(signal: AbortSignal): Promise<Head> {
    return this.#known?.head ?? this.mustRead(signal);
  }

  /** Creates the head unless it is there. Returns what is there then. */
  async create(head: Head, signal: AbortSignal): Promise<Head> {
    return this.#alone(signal, async () => {
      const waiting = new Waiting(this.#patience);
      for (;;) {
        const there = await this.read(signal);
        if (there) return there;
        try {
          this.#known = await this.#store.createHead(head, signal);
          return this.#known.head;
        } catch (error) {
          if (!isKubeError(error, "alreadyExists") && (signal.aborted || !isPassing(error))) throw error;
          await waiting.after(error, signal);
        }
      }
    });
  }

  /**
   * Applies `step` durably, once. A step that returns its argument changes nothing. A refusal of `step` is final only when
   * it looked at a fresh head.
   */
  async change(step: Step, signal: AbortSignal): Promise<Head> {
    return this.#alone(signal, () => this.#swap(step, signal));
  }

  /** Removes the head, if nothing changed since `step` agreed to it. */
  async remove(agree: (head: Head) => void, signal: AbortSignal): Promise<void> {
    await this.#alone(signal, async () => {
      const head = await this.read(signal);
      if (!head || !this.#known) return;
      agree(head);
      await this.#store.removeHead(this.#stack, this.#known.version, signal);
      this.#known = undefined;
    });
  }

  async #swap(step: Step, signal: AbortSignal): Promise<Head> {
    const waiting = new Waiting(this.#patience);
    for (let race = 0; race < maxRaces; race += 1) {
      const stale = this.#known;
      if (!stale) await this.mustRead(signal);
      const known = this.#known;
      if (!known) throw noStack(this.#stack);
      let next: Head;
      try {
        next = await step(known.head);
      } catch (error) {
        if (!stale) throw error;
        this.#known = undefined;
        continue;
      }
      if (next === known.head) return next;
      const done = await this.#attempt(
        { ...withGarbage(known.head, next), writeId: this.#newId() },
        known.version,
        waiting,
        signal,
      );
      if (done) return done;
    }
    throw new StateError("unavailable", `too many writers change ${stackPath(this.#stack)} at once; try again`);
  }

  /** The head as written; undefined when another writer was faster. */
  async #attempt(next: Head, version: string, waiting: Waiting, signal: AbortSignal): Promise<Head | undefined> {
    try {
      this.#known = await this.#store.swapHead(next, version, signal);
      return this.#known.head;
    } catch (error) {
      this.#known = undefined;
      if (isKubeError(error, "notFound")) throw noStack(this.#stack);
      if (isKubeError(error, "conflict")) return undefined;
      if (signal.aborted || !isPassing(error)) throw error;
      await waiting.after(error, signal);
      const now = await this.mustRead(signal);
      return now.writeId === next.writeId ? now : undefined;
    }
  }

  /** One change at a time: the order of callers is the order of changes. */
  async #alone<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const before = this.#last;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#last = promise;
    try {
      await before;
      signal.throwIfAborted();
      return await work();
    } finally {
      resolve();
    }
  }
}

export function noStack(stack: StackId): StateError {
  return new StateError("notFound", `there is no stack ${stackPath(stack)}; create it with \`pulumi stack init\``);
}

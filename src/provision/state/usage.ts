// How many bytes all stacks take together: listed now and then, kept up by what this replica writes in between.
import type { Clock } from "../../kube/index.ts";
import { totalBytes } from "./head.ts";
import type { Head } from "./head.ts";
import type { StackStore } from "./store.ts";

const refreshMs = 600_000;

export class Usage {
  readonly #store: StackStore;
  readonly #clock: Clock;
  #bytes = new Map<string, number>();
  #listed: number | undefined;

  constructor(store: StackStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  note(head: Head): void {
    this.#bytes.set(head.uid, totalBytes(head));
  }

  forget(head: Head): void {
    this.#bytes.delete(head.uid);
  }

  /** Bytes as last listed, at most ten minutes old but for other replicas' writes. */
  async total(signal: AbortSignal): Promise<number> {
    const now = this.#clock.monotonic();
    if (this.#listed === undefined || now - this.#listed > refreshMs) {
      this.#listed = now;
      const heads = await this.#store.listHeads({}, signal);
      this.#bytes = new Map(heads.map(({ head }) => [head.uid, totalBytes(head)]));
    }
    return this.known();
  }

  /** What is known without asking. */
  known(): number {
    return [...this.#bytes.values()].reduce((sum, bytes) => sum + bytes, 0);
  }
}

// Whose memory an input brings along: a model is given only what it remembered itself.
import type { Memory } from "./slot.ts";

/** What is known of a memory: whose it is, and what the others remembered beside it. */
interface Known {
  readonly by: string;
  readonly others: Map<string, object>;
}

/**
 * Follows memories by the objects they are kept in; forgets what nobody holds any more. As long as one model answered and
 * nobody was compared with it, every memory is its own and none is noted: there are tens of thousands a cycle.
 */
export class Memories<I, O> {
  readonly #memory: Memory<I, O> | undefined;
  readonly #known = new WeakMap<object, Known>();
  /** Who answered first: what is not known is of that one. */
  #first: string | undefined;

  constructor(memory: Memory<I, O> | undefined) {
    this.#memory = memory;
  }

  /** The inputs as the model with this digest may see them. Where nothing is remembered they are the very same. */
  inputsFor(digest: string, batch: readonly I[]): readonly I[] {
    const memory = this.#memory;
    if (memory === undefined || this.#first === undefined) return batch;
    return batch.map((input) => {
      const brought = memory.of(input);
      if (brought === undefined) return input;
      const known = this.#known.get(brought);
      if ((known?.by ?? this.#first) === digest) return input;
      return memory.with(input, known?.others.get(digest));
    });
  }

  /** Notes the memories in results that are going to be used. */
  used(digest: string, results: readonly O[]): void {
    this.#first ??= digest;
    if (digest === this.#first) return;
    for (const result of results) {
      const made = this.#memory?.of(result);
      if (made !== undefined) this.#known.set(made, { by: digest, others: new Map() });
    }
  }

  /** Notes what another remembered of the same inputs. */
  beside(digest: string, results: readonly O[], used: readonly O[]): void {
    for (const [index, result] of results.entries()) {
      const answer = used[index];
      const key = answer === undefined ? undefined : this.#memory?.of(answer);
      const made = this.#memory?.of(result);
      if (key !== undefined && made !== undefined) this.#knownOf(key).others.set(digest, made);
    }
  }

  #knownOf(memory: object): Known {
    const known = this.#known.get(memory) ?? { by: this.#first ?? "", others: new Map() };
    this.#known.set(memory, known);
    return known;
  }
}

// Whose memory an input brings along: a model is given only what it remembered itself.
import type { Memory } from "./slot.ts";

/** Follows memories by the objects they are kept in; forgets what nobody holds any more. */
export class Memories<I, O> {
  readonly #memory: Memory<I, O> | undefined;
  /** By the memory in the result that was used: whose it is, and what the others remembered beside it. */
  readonly #known = new WeakMap<object, { readonly by: string; readonly others: Map<string, object> }>();

  constructor(memory: Memory<I, O> | undefined) {
    this.#memory = memory;
  }

  /** The inputs as the model with this digest may see them. Where nothing is remembered they are the very same. */
  inputsFor(digest: string, batch: readonly I[]): readonly I[] {
    const memory = this.#memory;
    if (memory === undefined) return batch;
    return batch.map((input) => {
      const brought = memory.of(input);
      if (brought === undefined) return input;
      const known = this.#known.get(brought);
      // Nobody's here: it comes from before, and from the one that answered then.
      if (known === undefined || known.by === digest) return input;
      return memory.with(input, known.others.get(digest));
    });
  }

  /** Notes the memories in results that are going to be used. */
  used(digest: string, results: readonly O[]): void {
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
      if (key !== undefined && made !== undefined) this.#known.get(key)?.others.set(digest, made);
    }
  }
}

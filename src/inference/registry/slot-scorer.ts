// A scorer over a slot: asks who answers, falls back until somebody does, and lets challengers see the same inputs.
import { ModelError } from "../model/errors.ts";
import type { RunOptions, Scorer } from "../model/session.ts";
import type { LiveSlot } from "./live-slot.ts";
import { Memories } from "./memory.ts";
import type { AnsweredBy, Factories, Judged, Role, SlotScorer } from "./slot.ts";
import { baselineDigest, type Entry } from "./slot-state.ts";

/** Batches of challengers that may be on their way; further ones are left out. */
const mostBeside = 32;

export class ScorerOfSlot<I, O, S extends Scorer<I, O>> implements SlotScorer<I, O, S> {
  readonly #slot: LiveSlot;
  readonly #factories: Factories<I, O, S>;
  readonly #memories: Memories<I, O>;
  readonly #made = new Map<string, S & Scorer<I, O>>();
  #beside = 0;

  constructor(slot: LiveSlot, factories: Factories<I, O, S>) {
    this.#slot = slot;
    this.#factories = factories;
    this.#memories = new Memories(factories.memory);
  }

  get model(): Scorer<I, O>["model"] {
    return this.current().model;
  }

  get by(): AnsweredBy {
    return this.#now().by;
  }

  current(): S {
    return this.#now().scorer;
  }

  withDigest(digest: string): S | undefined {
    return digest === baselineDigest ? this.#factories.baseline : this.#scorerOf(digest);
  }

  async score(batch: readonly I[], options: RunOptions): Promise<readonly O[]> {
    const { by, results } = await this.#answer(batch, options);
    if (this.#beside < mostBeside && this.#slot.shadows.length > 0) {
      this.#beside += 1;
      void this.#aside(batch, by, results, options).finally(() => (this.#beside -= 1));
    }
    return results;
  }

  async judge(batch: readonly I[], options: RunOptions): Promise<Judged<O>> {
    const { by, results } = await this.#answer(batch, options);
    const others = await this.#challenge(this.#challengers(by), batch, options, results);
    return { by, results, others };
  }

  others(batch: readonly I[], options: RunOptions): Promise<Judged<O>["others"]> {
    return this.#challenge(this.#challengers(this.by), batch, options, undefined);
  }

  #now(): { readonly by: AnsweredBy; readonly scorer: S } {
    for (const [index, entry] of this.#slot.answering.entries()) {
      const scorer = this.#scorerOf(entry.digest);
      if (scorer !== undefined)
        return { by: byOf(entry, scorer, this.#slot.isActive(entry) && index === 0 ? "active" : "previous"), scorer };
    }
    const scorer = this.#factories.baseline;
    return { by: baselineBy(scorer), scorer };
  }

  /** By the first that can. Each is asked once at most. */
  async #answer(batch: readonly I[], options: RunOptions): Promise<{ by: AnsweredBy; results: readonly O[] }> {
    const tried = new Set<string>();
    for (;;) {
      const { by, scorer } = this.#now();
      const isLast = by.role === "baseline" || tried.has(by.digest);
      const last = isLast
        ? { by: baselineBy(this.#factories.baseline), scorer: this.#factories.baseline }
        : { by, scorer };
      tried.add(by.digest);
      try {
        // oxlint-disable-next-line no-await-in-loop -- the next one only where this one can't
        const results = await last.scorer.score(this.#memories.inputsFor(last.by.digest, batch), options);
        this.#memories.used(last.by.digest, results);
        return { by: last.by, results };
      } catch (error) {
        options.signal.throwIfAborted();
        if (isLast) throw error;
        this.#slot.scoringFailed(by.digest, error);
      }
    }
  }

  /** Challengers, and the baseline where it doesn't answer itself. */
  #challengers({ role, digest }: AnsweredBy): readonly { readonly by: AnsweredBy; readonly scorer: S }[] {
    const { baseline } = this.#factories;
    const shadows = this.#slot.shadows.flatMap((entry) => {
      const scorer = entry.digest === digest ? undefined : this.#scorerOf(entry.digest);
      return scorer === undefined ? [] : [{ by: byOf(entry, scorer, "shadow"), scorer }];
    });
    return role === "baseline" ? shadows : [...shadows, { by: baselineBy(baseline), scorer: baseline }];
  }

  async #challenge(
    challengers: readonly { readonly by: AnsweredBy; readonly scorer: S }[],
    batch: readonly I[],
    options: RunOptions,
    used: readonly O[] | undefined,
  ): Promise<Judged<O>["others"]> {
    const said = await Promise.all(
      challengers.map(async ({ by, scorer }) => {
        try {
          const results = await scorer.score(this.#memories.inputsFor(by.digest, batch), options);
          if (used !== undefined) this.#memories.beside(by.digest, results, used);
          return { by, results };
        } catch (error) {
          options.signal.throwIfAborted();
          this.#slot.scoringFailed(by.digest, error);
          return undefined;
        }
      }),
    );
    return said.filter((each) => each !== undefined);
  }

  /** For the challengers' own sake: what they say is not told to anybody. Never rejects. */
  async #aside(batch: readonly I[], by: AnsweredBy, used: readonly O[], options: RunOptions): Promise<void> {
    const models = this.#challengers(by).filter(({ by: { role } }) => role === "shadow");
    await this.#challenge(models, batch, options, used).catch(() => undefined); // aborted
  }

  #scorerOf(digest: string): S | undefined {
    const session = this.#slot.sessionOf(digest);
    const made = this.#made.get(digest);
    if (session === undefined || made !== undefined) {
      for (const known of this.#made.keys()) if (this.#slot.sessionOf(known) === undefined) this.#made.delete(known);
      return session === undefined ? undefined : made;
    }
    try {
      const scorer = this.#factories.create(session);
      this.#made.set(digest, scorer);
      return scorer;
    } catch (error) {
      this.#slot.unusable(
        digest,
        error instanceof ModelError ? error : new ModelError("WrongShape", String(error), { cause: error }),
      );
      return undefined;
    }
  }
}

function byOf(
  { digest, version }: Entry,
  { model }: { readonly model: Scorer<unknown, unknown>["model"] },
  role: Role,
): AnsweredBy {
  return { role, name: model.name, version, digest };
}

function baselineBy({ model: { name, version } }: { readonly model: Scorer<unknown, unknown>["model"] }): AnsweredBy {
  return { role: "baseline", name, version, digest: baselineDigest };
}

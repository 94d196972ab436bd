// A slot as its users see it: scorers that always answer, and outcomes.
import type { ModelName } from "../model/names.ts";
import type { ModelSession, RunOptions, Scorer } from "../model/session.ts";
import type { ModelInterface } from "./interface.ts";
import type { Loss, Outcome } from "./outcome.ts";
import type { SlotStatus } from "./status.ts";

export interface SlotDefinition {
  readonly name: ModelName;
  readonly variant: string;
  readonly loss: Loss;
  /** Inputs in which NaN may stand for what is not known. A model that answers it with NaN is refused. */
  readonly mayBeAbsent?: readonly string[];
  /** What it takes and gives. Default: as the model that is built in; without either nothing is admitted. */
  readonly takes?: ModelInterface;
}

/** One place for a model. */
export interface Slot {
  readonly name: ModelName;
  readonly variant: string;
  /** Any number of scorers of one slot share its models. */
  scorer<I, O, S extends Scorer<I, O>>(factories: Factories<I, O, S>): SlotScorer<I, O, S>;
  /** Tells what came of something: models are promoted and step down by it. */
  outcome(outcome: Outcome): void;
  readonly status: SlotStatus;
}

/** Who gave a result. */
export interface AnsweredBy {
  readonly role: Role;
  readonly name: string;
  readonly version: string;
  /** Of the model's bytes; `baseline` for the baseline. Outcomes are told by it. */
  readonly digest: string;
}

/** active: the one in force · previous: the last good one, while that fails · shadow: compared, never used. */
export type Role = "active" | "previous" | "shadow" | "baseline";

/** Results of a batch, with what the others would have said. */
export interface Judged<O> {
  readonly by: AnsweredBy;
  /** One for each input, in order: the ones to use. */
  readonly results: readonly O[];
  /** For outcomes, never for use. One that failed is left out. */
  readonly others: readonly { readonly by: AnsweredBy; readonly results: readonly O[] }[];
}

/** How the results of a slot are made. */
export interface Factories<I, O, S extends Scorer<I, O>> {
  /** On an open session of the slot's interface. Called once for each model. */
  create(session: ModelSession): S & Scorer<I, O>;
  readonly baseline: S & Scorer<I, O>;
  /** For models whose results are inputs of the next batch: each is given only what it remembered itself. */
  readonly memory?: Memory<I, O>;
}

export interface Memory<I, O> {
  /** What a result asks to be remembered, or what an input brings along: the same object in both. */
  of(value: I | O): object | undefined;
  /** The input with another memory, or with none, as at the beginning. */
  with(input: I, memory: object | undefined): I;
}

/**
 * A scorer that always answers: by the active model, the last good one, or the baseline. Its calls reject only with the
 * signal's reason, or with what the baseline rejects with. `model` is the one that would answer now.
 */
export interface SlotScorer<I, O, S extends Scorer<I, O>> extends Scorer<I, O> {
  /** Results only; challengers see the same inputs, without being waited for. */
  score(batch: readonly I[], options: RunOptions): Promise<readonly O[]>;
  /** Results and who gave them, with those of the challengers: for inputs whose outcome will be told. */
  judge(batch: readonly I[], options: RunOptions): Promise<Judged<O>>;
  /** Only what the challengers say, for inputs that were scored by `current()`. Never rejects but with the signal's reason. */
  others(batch: readonly I[], options: RunOptions): Promise<Judged<O>["others"]>;
  /**
   * The one that answers now, baseline included, to be used for a while: one and the same model, so that rows, scores and
   * contributions belong together. It may reject with ModelError; the slot hears of it, and the next `current()` is
   * another one.
   */
  current(): S;
  /** Who `current()` is. */
  readonly by: AnsweredBy;
  /** The scorer of the model with this digest, for replay; undefined where it is not loaded. */
  withDigest(digest: string): S | undefined;
}

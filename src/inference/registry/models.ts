// The models the operator scores with, as their users see them: slots, who answers in each, and outcomes.
import type { Registry } from "prom-client";
import type { Clock, Random } from "../../kube/index.ts";
import type { Logger } from "../../runtime/index.ts";
import type { ModelName } from "../model/names.ts";
import type { ModelSession, RunOptions, Scorer } from "../model/session.ts";
import type { ModelSource } from "./source.ts";

/** Who gave a result. */
export interface AnsweredBy {
  readonly role: Role;
  readonly name: string;
  readonly version: string;
  /** Of the model's bytes; `baseline` for the baseline. Outcomes are told by it. */
  readonly digest: string;
}

/** active: the one in force · previous: the last good one, while the active one fails · shadow: judged, never used. */
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
  create(session: ModelSession): S;
  readonly baseline: Scorer<I, O>;
}

/**
 * A scorer that always answers: by the active model, the last good one, or the baseline. Its calls reject only with the
 * signal's reason, or with what the baseline rejects with. `model` is the one that would answer now.
 */
export interface SlotScorer<I, O, S extends Scorer<I, O>> extends Scorer<I, O> {
  /** Results only; a shadow sees the same inputs, without being waited for. */
  score(batch: readonly I[], options: RunOptions): Promise<readonly O[]>;
  /** Results and who gave them, with those of shadow and baseline: for inputs whose outcome will be told. */
  judge(batch: readonly I[], options: RunOptions): Promise<Judged<O>>;
  /** The scorer of the model that answers now; undefined while the baseline does. */
  current(): S | undefined;
  /** The scorer of the model with this digest, for replay; undefined where it is not loaded. */
  withDigest(digest: string): S | undefined;
}

/** What came of something that was scored. */
export interface Outcome {
  /** 0 or 1 for probabilities; the value itself for a forecast. */
  readonly actual: number;
  /** What each said then, by digest (`AnsweredBy.digest`). */
  readonly predicted: Readonly<Record<string, number>>;
}

/** How wrong a prediction was. brier: (p - actual)^2 · logLoss: of p kept within [1e-6, 1 - 1e-6] · absolute: |p - actual|. */
export type Loss = "brier" | "logLoss" | "absolute";

export interface SlotDefinition {
  readonly name: ModelName;
  readonly variant: string;
  readonly loss: Loss;
  /** Inputs in which NaN may stand for what is not known. A model that answers it with NaN is refused. */
  readonly mayBeAbsent?: readonly string[];
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

export interface ModelStatus {
  readonly version: string;
  readonly digest: string;
  /** Where it came from. */
  readonly source: string;
}

/** A challenger against the one that answers, over the outcomes where both had said something. */
export interface RaceStatus {
  readonly outcomes: number;
  /** Mean loss, recent outcomes counting more; absent before the first. */
  readonly error?: number;
  readonly answeringError?: number;
}

export interface Refusal {
  readonly source: string;
  readonly reason: string;
  /** Why, and what to do. */
  readonly message: string;
  /** RFC 3339. */
  readonly time: string;
}

export interface SlotStatus {
  readonly name: ModelName;
  readonly variant: string;
  /** baseline: there is no model · steppedDown: there is one, and the baseline is better. */
  readonly state: "active" | "baseline" | "steppedDown";
  readonly active?: ModelStatus;
  readonly previous?: ModelStatus;
  readonly shadow?: ModelStatus & { readonly race: RaceStatus };
  /** The one that lost to the baseline; it goes on being compared and may come back. */
  readonly steppedDown?: ModelStatus & { readonly race: RaceStatus };
  /** The baseline against the active model. */
  readonly baseline?: RaceStatus;
  readonly lastRefusal?: Refusal;
}

export interface ModelsStatus {
  readonly slots: readonly SlotStatus[];
  /** Of files that belong to no slot. */
  readonly refusals: readonly Refusal[];
}

export interface ModelsOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** Metrics are made in it: once for each registry. */
  readonly metrics: Registry;
  /** Folder of NAME/VARIANT with the models that are shipped. Default: the package's own. */
  readonly builtIn?: string;
  /** Where others come from. */
  readonly sources?: readonly ModelSource[];
  /** Default 1. */
  readonly threads?: number;
  readonly limits?: Partial<ModelLimits>;
  readonly rules?: Partial<RaceRules>;
}

export interface ModelLimits {
  /** A batch that takes longer is given up. Default 1,000. */
  readonly batchDeadlineMs: number;
  /** Processor time of a batch of 256 rows, p99, past which a model is refused. Default 50. */
  readonly admitMs: number;
  /** Bytes of model.onnx at most. Default 32 MiB. */
  readonly maxBytes: number;
}

export interface RaceRules {
  /** Outcomes before anything is decided. Default 100. */
  readonly minOutcomes: number;
  /** Share by which the loser's error must be larger. Default 0.05. */
  readonly margin: number;
  /** Outcomes after which one counts half. Default 500. */
  readonly halfLife: number;
  /** Outcomes after which a shadow that isn't better is let go. Default 5,000. */
  readonly patience: number;
}

/** Host, sources and slots, joined. */
export interface Models {
  /** The slot of a name and variant; made at the first call, the same one afterwards. Throws RangeError for another loss. */
  slot(definition: SlotDefinition): Slot;
  readonly status: ModelsStatus;
  /** Calls `onChange` after each change of the status until the signal aborts. */
  subscribe(onChange: () => void, signal: AbortSignal): void;
  /** Resolves when every source has been looked at once and what was found is admitted or refused. */
  settled(signal: AbortSignal): Promise<void>;
  /** Follows the sources until the signal aborts, then lets batches finish and ends the threads. To be run once. */
  run(signal: AbortSignal): Promise<void>;
}

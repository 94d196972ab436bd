// A slot at work: its state, the open sessions behind it, and the effects of each step.
import type { Clock } from "../../kube/index.ts";
import type { Logger } from "../../runtime/index.ts";
import { ModelError, type ModelProblem } from "../model/errors.ts";
import type { OpenModel } from "../model/open.ts";
import type { ModelSession, Scorer } from "../model/session.ts";
import type { ModelInterface } from "./interface.ts";
import type { ModelMetrics } from "./metrics.ts";
import type { Outcome } from "./outcome.ts";
import type { RaceRules } from "./race.ts";
import type { Factories, Slot, SlotDefinition, SlotScorer } from "./slot.ts";
import { ScorerOfSlot } from "./slot-scorer.ts";
import type { SlotChange } from "./slot-change.ts";
import {
  answering,
  baselineDigest,
  challengers,
  emptySlot,
  type Entry,
  holding,
  type SlotState,
} from "./slot-state.ts";
import { type SlotEvent, step } from "./slot-step.ts";
import { type Refusal, type SlotStatus, slotStatus } from "./status.ts";

export interface LiveSlotOptions {
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: ModelMetrics;
  readonly rules: RaceRules;
  /** Something changed that the status shows. */
  readonly onChange: () => void;
  /** There is no model any more: whatever the sources hold is worth another look. */
  readonly onEmpty: (slot: LiveSlot) => void;
}

export class LiveSlot implements Slot {
  readonly definition: SlotDefinition;
  readonly #options: LiveSlotOptions;
  readonly #open = new Map<string, { readonly model: OpenModel; readonly session: ModelSession }>();
  /** Models that were let go for what they did: they are not taken again. */
  readonly #gone = new Map<string, string>();
  /** Errors the state has heard of. */
  readonly #told = new WeakSet<Error>();
  #state: SlotState = emptySlot;
  #lastRefusal: Refusal | undefined;
  /** What the slot takes and gives; known once the model that is built in was read. */
  expected: ModelInterface | undefined;

  constructor(definition: SlotDefinition, options: LiveSlotOptions) {
    this.definition = definition;
    this.#options = options;
    this.expected = definition.takes;
    options.metrics.slot(this.status);
  }

  get name(): SlotDefinition["name"] {
    return this.definition.name;
  }

  get variant(): string {
    return this.definition.variant;
  }

  get key(): string {
    return `${this.name}/${this.variant}`;
  }

  get status(): SlotStatus {
    return slotStatus(this.definition, this.#state, this.#lastRefusal);
  }

  get answering(): readonly Entry[] {
    return answering(this.#state, this.#options.clock.now());
  }

  get shadows(): readonly Entry[] {
    return challengers(this.#state);
  }

  isActive({ digest }: Entry): boolean {
    return this.#state.kind === "active" && this.#state.active.digest === digest;
  }

  scorer<I, O, S extends Scorer<I, O>>(factories: Factories<I, O, S>): SlotScorer<I, O, S> {
    return new ScorerOfSlot(this, factories);
  }

  outcome(outcome: Outcome): void {
    this.#apply({ kind: "outcome", outcome });
  }

  sessionOf(digest: string): ModelSession | undefined {
    return this.#open.get(digest)?.session;
  }

  /** Why a model may not come again; undefined where nothing is against it. */
  goneBecause(digest: string): string | undefined {
    return this.#gone.get(digest);
  }

  /** Takes an open model that was admitted; the slot closes it. */
  take(entry: Entry, model: OpenModel, standing: "new" | "earned"): void {
    if (this.#open.has(entry.digest)) {
      void model.close().catch(() => undefined); // it is there already
      return;
    }
    this.#open.set(entry.digest, { model, session: this.#reporting(entry.digest, model) });
    this.#apply({ kind: "admitted", model: entry, standing });
  }

  withdraw(digest: string): void {
    this.#apply({ kind: "withdrawn", digest });
  }

  refuse(source: string, error: ModelError): void {
    this.#lastRefusal = refusalOf(source, error, this.#options.clock.now());
    this.#options.onChange();
  }

  /** No scorer can be made of it. */
  unusable(digest: string, error: ModelError): void {
    const entry = holding(this.#state).find((each) => each.digest === digest);
    if (entry === undefined) return;
    this.#options.metrics.refused(error.problem);
    this.#options.log.warn("model refused: no scorer can be made of it", {
      source: entry.source,
      trouble: error.message,
    });
    this.#gone.set(digest, error.message);
    this.refuse(entry.source, error);
    this.withdraw(digest);
  }

  /** A scorer could not answer, for a reason its session may not have told of. */
  scoringFailed(digest: string, error: unknown): void {
    if (digest === baselineDigest || (error instanceof Error && this.#told.has(error))) return;
    if (error instanceof ModelError) {
      this.#failed(digest, error.problem);
      return;
    }
    // A defect of the code around the model, or an input it isn't meant for: the model is not to blame.
    this.#options.log.error("scoring failed; another answers", { model: this.key, digest, error });
  }

  close(): void {
    for (const { model } of this.#open.values()) void model.close().catch(() => undefined);
    this.#open.clear();
    this.#state = emptySlot;
  }

  /** The session, telling the slot how its batches go. */
  #reporting(digest: string, model: OpenModel): ModelSession {
    return {
      manifest: model.manifest,
      run: async (inputs, options) => {
        try {
          const outputs = await model.run(inputs, options);
          this.#apply({ kind: "worked", digest });
          return outputs;
        } catch (error) {
          if (error instanceof ModelError) {
            this.#told.add(error);
            this.#failed(digest, error.problem);
          }
          throw error;
        }
      },
    };
  }

  #failed(digest: string, problem: ModelProblem): void {
    this.#apply({ kind: "failed", digest, problem, at: this.#options.clock.now() });
  }

  #apply(event: SlotEvent): void {
    const before = this.#state;
    const { state, changes } = step(before, event, { ...this.#options.rules, loss: this.definition.loss });
    if (state === before) return;
    this.#state = state;
    for (const change of changes) this.#tell(change);
    const held = new Set(holding(state).map(({ digest }) => digest));
    for (const [digest, { model }] of this.#open) {
      if (held.has(digest)) continue;
      this.#open.delete(digest);
      void model.close().catch(() => undefined); // batches on their way are still answered
    }
    this.#options.metrics.slot(this.status);
    if (changes.length > 0 || event.kind === "outcome") this.#options.onChange();
    if (state.kind === "empty") this.#options.onEmpty(this);
  }

  #tell({ kind, model, why }: SlotChange): void {
    const { log, metrics } = this.#options;
    const fields = { model: this.key, version: model.version, digest: model.digest, source: model.source, why };
    if (kind === "discarded") this.#gone.set(model.digest, why);
    if (kind === "steppedDown") metrics.steppedDown(this.definition);
    if (kind === "discarded" || kind === "steppedDown" || kind === "rolledBack")
      log.warn(`model ${words[kind]}`, fields);
    else log.info(`model ${words[kind]}`, fields);
  }
}

const words = {
  activated: "answers",
  shadowing: "runs as a shadow",
  promoted: "promoted",
  discarded: "let go",
  steppedDown: "stepped down to the baseline",
  cameBack: "came back from the baseline",
  rolledBack: "answers again",
  withdrawn: "taken away",
} as const satisfies Record<SlotChange["kind"], string>;

/** A refusal as it is shown. */
export function refusalOf(source: string, { problem, message }: ModelError, now: number): Refusal {
  return { source, reason: problem, message, time: new Date(now).toISOString() };
}

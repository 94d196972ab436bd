// The state of a slot: which model answers, and which are compared with it. Pure.
import { newRace, type Race } from "./race.ts";

/** A model that was admitted. */
export interface Entry {
  readonly digest: string;
  readonly version: string;
  readonly source: string;
}

export interface Challenger {
  readonly model: Entry;
  readonly race: Race;
  /** Batches in a row that took too long. */
  readonly failures: number;
}

export type SlotState =
  /** No model: the baseline answers. */
  | { readonly kind: "empty" }
  /** A model answers; the baseline is compared with it, and so is a shadow. */
  | {
      readonly kind: "active";
      readonly active: Entry;
      /** Batches in a row that failed. */
      readonly failures: number;
      /** Until then (wall time, ms) others answer. */
      readonly heldUntil: number;
      /** The baseline as the challenger. */
      readonly baseline: Race;
      /** The last good one. */
      readonly previous: Entry | undefined;
      readonly shadow: Challenger | undefined;
    }
  /** The baseline answers, since it is better than the model was; both challengers race against it. */
  | { readonly kind: "steppedDown"; readonly down: Challenger; readonly shadow: Challenger | undefined };

/** The digest of the baseline in outcomes. */
export const baselineDigest = "baseline";

export const emptySlot: SlotState = { kind: "empty" };

/** Models to try, in order, before the baseline. */
export function answering(state: SlotState, now: number): readonly Entry[] {
  if (state.kind !== "active") return [];
  const previous = state.previous === undefined ? [] : [state.previous];
  return state.heldUntil > now ? previous : [state.active, ...previous];
}

/** Models that are only compared. */
export function challengers(state: SlotState): readonly Entry[] {
  if (state.kind === "empty") return [];
  const shadow = state.shadow === undefined ? [] : [state.shadow.model];
  return state.kind === "active" ? shadow : [state.down.model, ...shadow];
}

/** Every model that has a role. */
export function holding(state: SlotState): readonly Entry[] {
  return [...answering(state, Infinity), ...(state.kind === "active" ? [state.active] : []), ...challengers(state)];
}

/** A slot in which `active` begins to answer. */
export function activeBy(active: Entry, previous?: Entry, shadow?: Challenger): SlotState {
  return { kind: "active", active, failures: 0, heldUntil: 0, baseline: newRace, previous, shadow };
}

/** One that begins to race. */
export const challenger = (model: Entry): Challenger => ({ model, race: newRace, failures: 0 });

// The life of a slot: which model answers, which is compared with it, and what makes that change. Pure.
import type { ModelProblem } from "../model/errors.ts";
import type { Loss, Outcome } from "./outcome.ts";
import { counted, lossOf, newRace, type Race, type RaceRules, verdict } from "./race.ts";

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

export type SlotEvent =
  /** `earned`: it was promoted before the process started anew. */
  | { readonly kind: "admitted"; readonly model: Entry; readonly standing: "new" | "earned" }
  /** Its source doesn't hold it any more. */
  | { readonly kind: "withdrawn"; readonly digest: string }
  | { readonly kind: "outcome"; readonly outcome: Outcome }
  | { readonly kind: "failed"; readonly digest: string; readonly problem: ModelProblem; readonly at: number }
  | { readonly kind: "worked"; readonly digest: string };

/** What happened, for logs, metrics and status. */
export interface SlotChange {
  readonly kind:
    | "activated"
    | "shadowing"
    | "promoted"
    | "discarded"
    | "steppedDown"
    | "cameBack"
    | "rolledBack"
    | "withdrawn";
  readonly model: Entry;
  readonly why: string;
}

export interface SlotRules extends RaceRules {
  readonly loss: Loss;
}

export interface Step {
  readonly state: SlotState;
  readonly changes: readonly SlotChange[];
}

/** Failures in a row after which a model is let go. */
const mostFailures = 3;
/** How long others answer after the first failure, ms; doubled with each further one. */
const holdMs = 30_000;
const longestHoldMs = 3_600_000;
/** A new thread is there in a second or two. */
const threadHoldMs = 5_000;
/** The digest of the baseline in outcomes. */
export const baselineDigest = "baseline";

export const emptySlot: SlotState = { kind: "empty" };

/** One event, one new state. */
export function step(state: SlotState, event: SlotEvent, rules: SlotRules): Step {
  switch (event.kind) {
    case "admitted":
      return admitted(state, event);
    case "withdrawn":
      return withdrawn(state, event.digest);
    case "outcome":
      return decided(raced(state, event.outcome, rules), rules);
    case "failed":
      return failed(state, event);
    case "worked":
      return { state: worked(state, event.digest), changes: [] };
  }
}

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

function activeBy(active: Entry, previous?: Entry, shadow?: Challenger): SlotState {
  return { kind: "active", active, failures: 0, heldUntil: 0, baseline: newRace, previous, shadow };
}

const challenger = (model: Entry): Challenger => ({ model, race: newRace, failures: 0 });
const change = (kind: SlotChange["kind"], model: Entry, why: string): SlotChange => ({ kind, model, why });

function admitted(state: SlotState, { model, standing }: Extract<SlotEvent, { kind: "admitted" }>): Step {
  if (holding(state).some(({ digest }) => digest === model.digest)) return { state, changes: [] };
  if (state.kind === "empty")
    return { state: activeBy(model), changes: [change("activated", model, "there was no model")] };
  const replaced = state.shadow?.model;
  const gone = replaced === undefined ? [] : [change("withdrawn", replaced, `${model.version} takes its place`)];
  if (standing === "earned") {
    const previous = state.kind === "active" ? state.active : undefined;
    return {
      state: activeBy(model, previous),
      changes: [...gone, change("activated", model, "it had been promoted before")],
    };
  }
  return {
    state: { ...state, shadow: challenger(model) },
    changes: [...gone, change("shadowing", model, "it is compared with what answers")],
  };
}

function withdrawn(state: SlotState, digest: string): Step {
  if (state.kind === "empty") return { state, changes: [] };
  if (state.shadow?.model.digest === digest) {
    const changes = [change("withdrawn", state.shadow.model, "its source holds it no more")];
    return { state: { ...state, shadow: undefined }, changes };
  }
  if (state.kind === "active" && state.previous?.digest === digest)
    return {
      state: { ...state, previous: undefined },
      changes: [change("withdrawn", state.previous, "its source holds it no more")],
    };
  const { model, next } =
    state.kind === "active"
      ? { model: state.active, next: state.previous }
      : { model: state.down.model, next: undefined };
  if (model.digest !== digest) return { state, changes: [] };
  return succeeded(state, next, [change("withdrawn", model, "its source holds it no more")]);
}

/** Whoever comes after the one that went: the last good one, the shadow, or nobody. */
function succeeded(
  { shadow }: Exclude<SlotState, { kind: "empty" }>,
  previous: Entry | undefined,
  changes: readonly SlotChange[],
): Step {
  if (previous !== undefined)
    return {
      state: activeBy(previous, undefined, shadow === undefined ? undefined : challenger(shadow.model)),
      changes: [...changes, change("rolledBack", previous, "it is the last good one")],
    };
  if (shadow === undefined) return { state: emptySlot, changes };
  return {
    state: activeBy(shadow.model),
    changes: [...changes, change("activated", shadow.model, "there was no other model")],
  };
}

function raced(state: SlotState, { predicted, actual }: Outcome, rules: SlotRules): SlotState {
  if (state.kind === "empty") return state;
  const loss = (digest: string) => lossOf(rules.loss, predicted[digest], actual);
  const own = loss(state.kind === "active" ? state.active.digest : baselineDigest);
  if (own === undefined) return state;
  const count = (race: Race, other: number | undefined): Race =>
    other === undefined ? race : counted(race, own, other, rules);
  const run = (one: Challenger): Challenger => ({ ...one, race: count(one.race, loss(one.model.digest)) });
  const shadow = state.shadow === undefined ? undefined : run(state.shadow);
  if (state.kind === "steppedDown") return { ...state, down: run(state.down), shadow };
  return { ...state, baseline: count(state.baseline, loss(baselineDigest)), shadow };
}

/** What the races say now. */
function decided(state: SlotState, rules: SlotRules): Step {
  if (state.kind === "empty") return { state, changes: [] };
  const { shadow } = state;
  const shadowIs = shadow === undefined ? "open" : verdict(shadow.race, rules);
  if (shadow !== undefined && shadowIs === "better") {
    const why = `its error is lower by more than ${rules.margin * 100} % over ${shadow.race.outcomes} outcomes`;
    const gone =
      state.kind === "active" ? [] : [change("discarded", state.down.model, `${shadow.model.version} is better`)];
    return {
      state: activeBy(shadow.model, state.kind === "active" ? state.active : undefined),
      changes: [...gone, change("promoted", shadow.model, why)],
    };
  }
  if (shadow !== undefined && (shadowIs === "worse" || shadow.race.outcomes >= rules.patience)) {
    const why = `it is ${shadowIs === "worse" ? "worse" : "not better"} after ${shadow.race.outcomes} outcomes`;
    const rest = decided({ ...state, shadow: undefined }, rules);
    return { state: rest.state, changes: [change("discarded", shadow.model, why), ...rest.changes] };
  }
  const restarted = shadow === undefined ? undefined : challenger(shadow.model);
  if (state.kind === "active" && verdict(state.baseline, rules) === "better") {
    const why = `the baseline's error is lower by more than ${rules.margin * 100} % over ${state.baseline.outcomes} outcomes`;
    return {
      state: { kind: "steppedDown", down: challenger(state.active), shadow: restarted },
      changes: [change("steppedDown", state.active, why)],
    };
  }
  if (state.kind === "steppedDown" && verdict(state.down.race, rules) === "better") {
    const why = `its error is lower than the baseline's again, over ${state.down.race.outcomes} outcomes`;
    return {
      state: activeBy(state.down.model, undefined, restarted),
      changes: [change("cameBack", state.down.model, why)],
    };
  }
  return { state, changes: [] };
}

function failed(state: SlotState, { digest, problem, at }: Extract<SlotEvent, { kind: "failed" }>): Step {
  if (state.kind === "empty") return { state, changes: [] };
  // A thread that is gone is nobody's fault: others answer until it is back.
  const weight = problem === "Unavailable" ? 0 : 1;
  const why = `its batches fail: ${problem}`;
  const { shadow } = state;
  if (shadow?.model.digest === digest) {
    const failures = shadow.failures + weight;
    const isOver = weight > 0 && (problem !== "TooSlow" || failures >= mostFailures);
    return isOver
      ? { state: { ...state, shadow: undefined }, changes: [change("discarded", shadow.model, why)] }
      : { state: { ...state, shadow: { ...shadow, failures } }, changes: [] };
  }
  if (state.kind === "steppedDown") {
    const { down } = state;
    if (down.model.digest !== digest) return { state, changes: [] };
    const failures = down.failures + weight;
    return failures >= mostFailures
      ? succeeded(state, undefined, [change("discarded", down.model, why)])
      : { state: { ...state, down: { ...down, failures } }, changes: [] };
  }
  if (state.previous?.digest === digest && weight > 0 && problem !== "TooSlow")
    return { state: { ...state, previous: undefined }, changes: [change("discarded", state.previous, why)] };
  if (state.active.digest !== digest) return { state, changes: [] };
  const failures = state.failures + weight;
  // Slowness may be the machine's: the model is left alone for longer and longer, but kept.
  if (failures >= mostFailures && problem !== "TooSlow")
    return succeeded(state, state.previous, [change("discarded", state.active, why)]);
  const holdsMs = weight === 0 ? threadHoldMs : Math.min(holdMs * 2 ** (failures - 1), longestHoldMs);
  const heldUntil = Math.max(state.heldUntil, at + holdsMs);
  return { state: { ...state, failures, heldUntil }, changes: [] };
}

function worked(state: SlotState, digest: string): SlotState {
  if (state.kind === "active" && state.active.digest === digest && state.failures > 0)
    return { ...state, failures: 0, heldUntil: 0 };
  const calmed = (one: Challenger | undefined) =>
    one?.model.digest === digest && one.failures > 0 ? { ...one, failures: 0 } : one;
  if (state.kind === "empty") return state;
  const shadow = calmed(state.shadow);
  return shadow === state.shadow ? state : { ...state, shadow };
}

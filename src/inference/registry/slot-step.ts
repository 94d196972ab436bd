// The life of a slot: what makes its state change. Pure.
import type { Outcome } from "./outcome.ts";
import { change, type Step, succeeded } from "./slot-change.ts";
import { type Failure, failed, worked } from "./slot-failures.ts";
import { type SlotRules, told } from "./slot-outcomes.ts";
import { activeBy, challenger, type Entry, holding, type SlotState } from "./slot-state.ts";

export type SlotEvent =
  /** `earned`: it was promoted before the process started anew. */
  | { readonly kind: "admitted"; readonly model: Entry; readonly standing: "new" | "earned" }
  /** Its source doesn't hold it any more. */
  | { readonly kind: "withdrawn"; readonly digest: string }
  | { readonly kind: "outcome"; readonly outcome: Outcome }
  | ({ readonly kind: "failed" } & Failure)
  | { readonly kind: "worked"; readonly digest: string };

/** One event, one new state. */
export function step(state: SlotState, event: SlotEvent, rules: SlotRules): Step {
  switch (event.kind) {
    case "admitted":
      return admitted(state, event);
    case "withdrawn":
      return withdrawn(state, event.digest);
    case "outcome":
      return told(state, event.outcome, rules);
    case "failed":
      return failed(state, event);
    case "worked":
      return { state: worked(state, event.digest), changes: [] };
  }
}

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

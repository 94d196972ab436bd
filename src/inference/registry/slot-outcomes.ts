// What outcomes change in a slot: promotion, stepping down, coming back. Pure.
import type { Loss, Outcome } from "./outcome.ts";
import { counted, lossOf, type Race, type RaceRules, verdict } from "./race.ts";
import { change, type Step } from "./slot-change.ts";
import { activeBy, baselineDigest, type Challenger, challenger, type SlotState } from "./slot-state.ts";

export interface SlotRules extends RaceRules {
  readonly loss: Loss;
}

/** Counts an outcome for everybody who had predicted it, and does what the races then say. */
export function told(state: SlotState, outcome: Outcome, rules: SlotRules): Step {
  return decided(raced(state, outcome, rules), rules);
}

function raced(state: SlotState, outcome: Outcome, rules: SlotRules): SlotState {
  if (state.kind === "empty") return state;
  const loss = (digest: string) => lossIn(outcome, digest, rules.loss);
  const own = loss(state.kind === "active" ? state.active.digest : baselineDigest);
  if (own === undefined) return state;
  const count = (race: Race, other: number | undefined): Race =>
    other === undefined ? race : counted(race, own, other, rules);
  const run = (one: Challenger): Challenger => ({ ...one, race: count(one.race, loss(one.model.digest)) });
  const shadow = state.shadow === undefined ? undefined : run(state.shadow);
  if (state.kind === "steppedDown") return { ...state, down: run(state.down), shadow };
  return { ...state, baseline: count(state.baseline, loss(baselineDigest)), shadow };
}

function lossIn(outcome: Outcome, digest: string, loss: Loss): number | undefined {
  if (loss !== "told") return "losses" in outcome ? undefined : lossOf(loss, outcome.predicted[digest], outcome.actual);
  const own = "losses" in outcome ? outcome.losses[digest] : undefined;
  return own !== undefined && Number.isFinite(own) ? own : undefined;
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

// What failing batches change in a slot: others answer for a while, or for good. Pure.
import type { ModelProblem } from "../model/errors.ts";
import { change, type Step, succeeded } from "./slot-change.ts";
import type { Challenger, SlotState } from "./slot-state.ts";

/** Failures in a row after which a model is let go. */
const mostFailures = 3;
/** How long others answer after the first failure, ms; doubled with each further one. */
const holdMs = 30_000;
const longestHoldMs = 3_600_000;
/** A new thread is there in a second or two. */
const threadHoldMs = 5_000;

export interface Failure {
  readonly digest: string;
  readonly problem: ModelProblem;
  /** Wall time, ms. */
  readonly at: number;
}

/** A batch of a model failed. */
export function failed(state: SlotState, { digest, problem, at }: Failure): Step {
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

/** A batch of a model was answered. The very same state where nothing was held against it. */
export function worked(state: SlotState, digest: string): SlotState {
  if (state.kind === "active" && state.active.digest === digest && state.failures > 0)
    return { ...state, failures: 0, heldUntil: 0 };
  const calmed = (one: Challenger | undefined) =>
    one?.model.digest === digest && one.failures > 0 ? { ...one, failures: 0 } : one;
  if (state.kind === "empty") return state;
  const shadow = calmed(state.shadow);
  return shadow === state.shadow ? state : { ...state, shadow };
}

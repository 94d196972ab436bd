// What happens to models of a slot, and who comes after one that goes. Pure.
import { activeBy, challenger, emptySlot, type Entry, type SlotState } from "./slot-state.ts";

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

export interface Step {
  readonly state: SlotState;
  readonly changes: readonly SlotChange[];
}

export const change = (kind: SlotChange["kind"], model: Entry, why: string): SlotChange => ({ kind, model, why });

/** Whoever comes after the one that went: the last good one, the shadow, or nobody. */
export function succeeded(
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

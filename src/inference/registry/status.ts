// What is shown of slots and their models.
import type { ModelName } from "../model/names.ts";
import { errorsOf, type Race } from "./race.ts";
import type { Challenger, Entry, SlotState } from "./slot-state.ts";

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

/** The status of a slot in a state. */
export function slotStatus(
  { name, variant }: Pick<SlotStatus, "name" | "variant">,
  state: SlotState,
  lastRefusal: Refusal | undefined,
): SlotStatus {
  const head = { name, variant };
  const tail = lastRefusal === undefined ? {} : { lastRefusal };
  if (state.kind === "empty") return { ...head, state: "baseline", ...tail };
  const shadow = state.shadow === undefined ? {} : { shadow: challengerStatus(state.shadow) };
  if (state.kind === "steppedDown")
    return { ...head, state: "steppedDown", steppedDown: challengerStatus(state.down), ...shadow, ...tail };
  return {
    ...head,
    state: "active",
    active: modelStatus(state.active),
    ...(state.previous === undefined ? {} : { previous: modelStatus(state.previous) }),
    ...shadow,
    baseline: raceStatus(state.baseline),
    ...tail,
  };
}

const modelStatus = ({ version, digest, source }: Entry): ModelStatus => ({ version, digest, source });
const challengerStatus = ({ model, race }: Challenger) => ({ ...modelStatus(model), race: raceStatus(race) });

function raceStatus(race: Race): RaceStatus {
  const errors = errorsOf(race);
  if (errors === undefined) return { outcomes: 0 };
  return { outcomes: race.outcomes, error: errors.challenger, answeringError: errors.answering };
}

// What the ConfigMap of the models says, and what is read back from it after a restart.
import { parse, stringify } from "yaml";
import type { ModelsStatus, RaceStatus, SlotStatus } from "../../inference/index.ts";

/** Entries by slot, NAME.VARIANT, and `refusals` for files that belong to none. */
export function statusData({ slots, refusals }: ModelsStatus): Readonly<Record<string, string>> {
  const entries = slots.map((slot): [string, string] => [`${slot.name}.${slot.variant}`, stringify(shown(slot))]);
  if (refusals.length > 0) entries.push(["refusals", stringify(refusals)]);
  return Object.fromEntries(entries);
}

/** Digests of models that answered when it was written. What can't be read says nothing. */
export function earnedDigests(data: Readonly<Record<string, string>>): ReadonlySet<string> {
  const digests = Object.values(data).map((text) => {
    try {
      const slot: unknown = parse(text);
      const active: unknown = Object(slot)["active"];
      const digest: unknown = Object(active)["digest"];
      return typeof digest === "string" ? digest : undefined;
    } catch {
      return undefined;
    }
  });
  return new Set(digests.filter((digest) => digest !== undefined));
}

/** Numbers rounded, so that it changes when there is something to say and not with each outcome. */
function shown({ shadow, steppedDown, baseline, ...slot }: SlotStatus): object {
  return {
    ...slot,
    ...(shadow === undefined ? {} : { shadow: { ...shadow, race: raceOf(shadow.race) } }),
    ...(steppedDown === undefined ? {} : { steppedDown: { ...steppedDown, race: raceOf(steppedDown.race) } }),
    ...(baseline === undefined ? {} : { baseline: raceOf(baseline) }),
  };
}

function raceOf({ outcomes, error, answeringError }: RaceStatus): RaceStatus {
  return {
    outcomes: rounded(outcomes, 1),
    ...(error === undefined ? {} : { error: rounded(error, 2) }),
    ...(answeringError === undefined ? {} : { answeringError: rounded(answeringError, 2) }),
  };
}

const rounded = (value: number, digits: number): number => Number(value.toPrecision(digits));

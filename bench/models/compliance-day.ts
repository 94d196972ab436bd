// One day of a simulated organisation: who edits, mends, opens in a hurry, rolls back, cleans up, or copies a template again.
import type { Catalog } from "../../src/policy/index.ts";
import type { Dice } from "./compliance-dice.ts";
import type { Example, Family } from "./compliance-library.ts";
import type { Blueprint, Organisation, Team } from "./compliance-teams.ts";
import { edited, mended, type Unit } from "./compliance-unit.ts";

/** A violation as the last evaluation reported it. */
export interface Reported {
  readonly control: string;
  /** The unit's place in its Blueprint. */
  readonly place: number;
}

export interface Day {
  readonly day: number;
  readonly organisation: Organisation;
  readonly catalog: Catalog;
  readonly dice: Dice;
  readonly reported: (blueprint: Blueprint) => readonly Reported[];
  /** Families or packs being cleaned up, by namespace: what they begin with, and the day it ends. */
  readonly sprints: Map<string, { readonly prefix: string; readonly until: number }>;
  /** An audit is near: everybody mends, the severe things first. */
  readonly audit: boolean;
}

/** Lets a day pass. Gives back the Blueprints that changed. */
export function passDay(today: Day): readonly Blueprint[] {
  const { organisation, dice, sprints, day } = today;
  const spread = dice.chance(0.04) ? templateChange(today) : undefined;
  return organisation.teams.flatMap((team) => {
    const sprint = sprints.get(team.namespace);
    if (sprint === undefined || sprint.until < day) {
      sprints.delete(team.namespace);
      if (dice.chance(1 / team.sprintEvery)) startSprint(team, today);
    }
    return team.blueprints.filter((blueprint) => {
      const before = [...blueprint.units];
      workOn(team, blueprint, today);
      spread?.(blueprint);
      const changed = blueprint.units.some((unit, place) => unit !== before[place]);
      if (!changed) return false;
      blueprint.past.push(before);
      if (blueprint.past.length > 5) blueprint.past.shift();
      blueprint.changes.push(day);
      return true;
    });
  });
}

function workOn(team: Team, blueprint: Blueprint, today: Day): void {
  const { day, dice } = today;
  for (const { place, unit } of blueprint.due.filter((entry) => entry.day === day)) blueprint.units[place] = unit;
  // The epoch was a Thursday, and so is the first day: weekends are quiet.
  const weekend = day % 7 === 2 || day % 7 === 3;
  if (dice.chance(1 - Math.exp(-team.pace * (weekend ? 0.15 : 1.3)))) editOne(team, blueprint, today);
  if (!weekend) mendSome(team, blueprint, today);
  if (dice.chance(team.hotFixes)) openInAHurry(team, blueprint, today);
  const [older] = dice.some(blueprint.past, 1);
  if (older !== undefined && dice.chance(team.rollbacks)) blueprint.units.splice(0, older.length, ...older);
}

function editOne(team: Team, blueprint: Blueprint, today: Day): void {
  const { organisation, dice } = today;
  const place = dice.whole(0, blueprint.units.length - 1);
  const unit = blueprint.units[place];
  const family = organisation.families.find(({ name }) => name === unit?.family);
  if (unit === undefined || family === undefined) return;
  const good = dice.chance(team.care);
  const example = exampleFor(family, team, dice, ({ fails }) => good === (fails.length === 0));
  if (example !== undefined) blueprint.units[place] = edited(unit, example, dice);
}

const urgency = { Low: 0.3, Medium: 0.6, High: 1, Critical: 2.5 };

function mendSome(team: Team, blueprint: Blueprint, today: Day): void {
  const { catalog, day, dice, sprints, audit, organisation } = today;
  const sprint = sprints.get(team.namespace);
  for (const { control, place } of today.reported(blueprint)) {
    const known = catalog[control];
    const unit = blueprint.units[place];
    const family = organisation.families.find(({ name }) => name === unit?.family);
    if (known === undefined || unit === undefined || family === undefined) continue;
    const hurry = (sprint !== undefined && control.startsWith(sprint.prefix) ? 12 : 1) * (audit ? 4 : 1);
    const hazard = ((Math.LN2 * 1.4) / team.mendDays) * urgency[known.severity] * hurry;
    if (!dice.chance(1 - Math.exp(-hazard))) continue;
    const example = cureFor(control, unit, family, dice);
    if (example === undefined) continue;
    blueprint.units[place] = mended(unit, example, known.types, dice);
    // What the Blueprint is generated from was not mended: it comes back.
    if (dice.chance(team.generated)) blueprint.due.push({ day: day + dice.whole(1, 10), place, unit });
  }
}

/** A setting is loosened to get something done, and mostly put back some days later. */
function openInAHurry(team: Team, blueprint: Blueprint, { organisation, day, dice }: Day): void {
  const place = dice.whole(0, blueprint.units.length - 1);
  const unit = blueprint.units[place];
  const family = organisation.families.find(({ name }) => name === unit?.family);
  const example = family && exampleFor(family, team, dice, ({ fails }) => fails.length > 0);
  if (unit === undefined || example === undefined) return;
  blueprint.units[place] = edited(unit, example, dice);
  if (dice.chance(0.7)) blueprint.due.push({ day: day + dice.whole(1, 4), place, unit });
}

function startSprint(team: Team, { organisation, day, dice, sprints }: Day): void {
  const family = dice.pick(organisation.families)?.name ?? "";
  const own = dice.pick(team.blueprints)?.units[0]?.family ?? family;
  const prefix = dice.chance(0.5) ? own : (own.split(".")[0] ?? own);
  sprints.set(team.namespace, { prefix: `${prefix}.`, until: day + dice.whole(3, 8) });
}

/** The platform team changes a template; Blueprints that were made from it follow when they get to it. */
function templateChange({ organisation, day, dice }: Day): (blueprint: Blueprint) => void {
  const family = dice.pick(organisation.families);
  const template = dice.pick(organisation.templates.get(family?.name ?? "") ?? []);
  const good = dice.chance(0.7);
  const example = dice.pick(family?.examples.filter(({ fails }) => good === (fails.length === 0)) ?? []);
  return (blueprint) => {
    if (template === undefined || example === undefined) return;
    for (const [place, unit] of blueprint.units.entries()) {
      if (unit.lineage !== template.lineage || !dice.chance(0.8)) continue;
      const next: Unit = mended(
        unit,
        example,
        example.resources.map(({ type }) => type),
        dice,
      );
      blueprint.due.push({ day: day + dice.whole(1, 14), place, unit: next });
    }
  };
}

/** An example of the family that `fits`, as the team likes them. */
function exampleFor(
  { examples }: Family,
  { taste }: Team,
  dice: Dice,
  fits: (example: Example) => boolean,
): Example | undefined {
  return dice.pick(examples.filter(fits), (example) => taste.get(example) ?? 1);
}

/** An example that passes the control, rather one that asks for little more and is not wrong elsewhere. */
function cureFor(control: string, unit: Unit, { examples }: Family, dice: Dice): Example | undefined {
  const types = new Set(unit.resources.map(({ type }) => type));
  return dice.pick(
    examples.filter(({ passes }) => passes.includes(control)),
    ({ fails, resources }) => 1 / (1 + 3 * resources.filter(({ type }) => !types.has(type)).length + fails.length) ** 2,
  );
}

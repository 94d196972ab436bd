// A part of a simulated Blueprint: the resources of one family, and how people edit them.
import { isRecord } from "../../src/kube/json.ts";
import type { Dice } from "./compliance-dice.ts";
import type { Example, Written } from "./compliance-library.ts";

/** Resources by name; never changed in place. */
export interface Unit {
  readonly family: string;
  /** Units that were copied from one another, or from one template, have one lineage. */
  readonly lineage: string;
  readonly resources: readonly Written[];
}

/** A unit as an example has it. */
export function unitOf(family: string, lineage: string, { resources }: Example): Unit {
  return { family, lineage, resources };
}

/** A few properties of one resource are set to what the example has there. */
export function edited(unit: Unit, { resources }: Example, dice: Dice): Unit {
  const source = dice.pick(resources.filter(({ type }) => unit.resources.some((resource) => resource.type === type)));
  if (source === undefined) return unit;
  const leaves = leavesOf(source.new);
  const chosen = dice.some(leaves, dice.whole(1, Math.max(1, Math.ceil(leaves.length / 2))));
  return withType(unit, source.type, (made) => {
    const next = setAll(made, chosen);
    // Leaving something out is an edit too: what the example does not have is dropped now and then.
    const extra = Object.keys(next).filter((key) => !(key in source.new));
    const dropped = dice.chance(0.3) ? dice.pick(extra) : undefined;
    return dropped === undefined ? next : without(next, dropped);
  });
}

/** The unit is made like the example, as far as the named types go; what it lacks beside them is added. */
export function mended(unit: Unit, { resources }: Example, types: readonly string[], dice: Dice): Unit {
  const wholly = dice.chance(0.4);
  let next = unit;
  for (const source of resources) {
    if (next.resources.some(({ type }) => type === source.type)) {
      if (!types.includes(source.type)) continue;
      next = withType(next, source.type, (made) => (wholly ? source.new : setAll(made, leavesOf(source.new))));
    } else next = withAdded(next, source, resources);
  }
  return next;
}

/** Adds a companion, attached to the unit's own resources of the types it is attached to in its example. */
function withAdded(unit: Unit, source: Written, among: readonly Written[]): Unit {
  const ownName = (name: string): string => {
    const type = among.find((other) => other.name === name)?.type;
    return unit.resources.find((resource) => resource.type === type)?.name ?? name;
  };
  const references = Object.fromEntries(
    Object.entries(source.references).map(([property, names]) => [property, names.map(ownName)]),
  );
  return { ...unit, resources: [...unit.resources, { ...source, references }] };
}

/** Changes the first resource of a type. */
function withType(unit: Unit, type: string, change: (made: Written["new"]) => Written["new"]): Unit {
  const at = unit.resources.findIndex((resource) => resource.type === type);
  return {
    ...unit,
    resources: unit.resources.map((resource, index) =>
      index === at ? { ...resource, new: change(resource.new) } : resource,
    ),
  };
}

interface Leaf {
  readonly path: readonly string[];
  readonly value: unknown;
}

/** Values by path. Lists are taken apart where they hold objects. */
function leavesOf(value: unknown, path: readonly string[] = []): readonly Leaf[] {
  const inner = isRecord(value) || (Array.isArray(value) && value.some(isRecord)) ? Object.entries(value) : [];
  if (inner.length === 0) return path.length === 0 ? [] : [{ path, value }];
  return inner.flatMap(([key, part]) => leavesOf(part, [...path, key]));
}

const setAll = (made: Written["new"], leaves: readonly Leaf[]): Written["new"] =>
  leaves.reduce((next, { path, value }) => {
    const [key, ...rest] = path;
    return key === undefined ? next : { ...next, [key]: setIn(next[key], rest, value) };
  }, made);

function setIn(at: unknown, path: readonly string[], value: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  const place = Number(key);
  if (Number.isInteger(place)) {
    const list: readonly unknown[] = Array.isArray(at) ? at : [];
    return place < list.length
      ? list.map((entry, index) => (index === place ? setIn(entry, rest, value) : entry))
      : [...list, setIn(undefined, rest, value)];
  }
  const record = isRecord(at) ? at : {};
  return { ...record, [key]: setIn(record[key], rest, value) };
}

const without = (made: Written["new"], name: string): Written["new"] =>
  Object.fromEntries(Object.entries(made).filter(([key]) => key !== name));

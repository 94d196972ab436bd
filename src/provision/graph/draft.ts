// Writing property values by hand: plain JSON with values of other nodes embedded where they belong.
import type { Json, Value } from "./graph.ts";

/** A Value inside a draft; a class of its own so that no property of a user can look like one. */
export class Embedded {
  readonly value: Value;
  constructor(value: Value) {
    this.value = value;
  }
}

/** JSON with embedded values; undefined entries are left out. */
export type Draft =
  | null
  | boolean
  | number
  | string
  | Embedded
  | readonly Draft[]
  | { readonly [key: string]: Draft | undefined };

/** Embeds a value of another node or component. */
export function embed(value: Value): Embedded {
  return new Embedded(value);
}

/** A known value. */
export function literal(value: Json, secret: "plain" | "secret" = "plain"): Value {
  return { kind: "literal", value, secret: secret === "secret" };
}

/** Turns a draft into a value; a subtree without embedded values becomes one plain literal. */
export function valueOf(draft: Draft): Value {
  if (draft instanceof Embedded) return draft.value;
  if (draft === null || typeof draft !== "object") return literal(draft);
  if (isList(draft)) return listValue(draft.map(valueOf));
  const entries: [string, Value][] = [];
  for (const [key, entry] of Object.entries(draft)) {
    if (entry !== undefined) entries.push([key, valueOf(entry)]);
  }
  return mapValue(Object.fromEntries(entries));
}

/** A list; a plain literal when all items are. */
export function listValue(items: readonly Value[]): Value {
  const plain = plainOf(items);
  return plain === undefined ? { kind: "list", items } : literal(plain);
}

/** A map; a plain literal when all entries are. */
export function mapValue(entries: Readonly<Record<string, Value>>): Value {
  const keys = Object.keys(entries);
  const plain = plainOf(Object.values(entries));
  if (plain === undefined) return { kind: "map", entries };
  return literal(Object.fromEntries(keys.map((key, index) => [key, plain[index] ?? null])));
}

/** True when anything in the value is secret. */
export function isSecret(value: Value): boolean {
  switch (value.kind) {
    case "literal":
      return value.secret;
    case "output":
      return false;
    case "concat":
      return value.parts.some(isSecret);
    case "list":
      return value.items.some(isSecret);
    case "map":
      return Object.values(value.entries).some(isSecret);
  }
}

/** Names of the nodes the value is made of. */
export function nodesOf(value: Value): readonly string[] {
  switch (value.kind) {
    case "literal":
      return [];
    case "output":
      return [value.node];
    case "concat":
      return value.parts.flatMap(nodesOf);
    case "list":
      return value.items.flatMap(nodesOf);
    case "map":
      return Object.values(value.entries).flatMap(nodesOf);
  }
}

function plainOf(values: readonly Value[]): Json[] | undefined {
  const plain: Json[] = [];
  for (const value of values) {
    if (value.kind !== "literal" || value.secret) return undefined;
    plain.push(value.value);
  }
  return plain;
}

function isList(draft: object): draft is readonly Draft[] {
  return Array.isArray(draft);
}

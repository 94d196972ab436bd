// What shapes cannot say: unknown fields, unique entries of lists, and the rules beside the schema.
import type { Structural } from "../schema/structural.ts";
import { isTransition } from "../schema/rule.ts";
import { nearest } from "./names.ts";
import type { Problem } from "./shape.ts";

/** Fields the schema does not know; the server would drop them (or refuse them with strict validation). */
export function unknownFields(schema: Structural, value: unknown, path: string): readonly Problem[] {
  return walk(schema, value, path, (node, at, where) => {
    if (node.properties === undefined || node.preserveUnknown || !isRecord(at)) return [];
    const known = Object.keys(node.properties);
    return Object.keys(at)
      .filter((name) => !known.includes(name))
      .map((name) => {
        const guess = nearest(name, known);
        const help = guess === undefined ? `known are ${known.join(", ")}` : `did you mean ${guess}?`;
        return { path: joined(where, name), message: `is not a field of this kind; ${help}`, blocking: false };
      });
  });
}

/** Entries that appear twice in lists that are maps or sets. */
export function duplicates(schema: Structural, value: unknown, path: string): readonly Problem[] {
  return walk(schema, value, path, (node, at, where) => {
    if (!Array.isArray(at) || (node.listType !== "map" && node.listType !== "set")) return [];
    const seen = new Set<string>();
    return at.flatMap((entry, index) => {
      const key =
        node.listKeys === undefined || !isRecord(entry)
          ? JSON.stringify(entry)
          : JSON.stringify(node.listKeys.map((name) => entry[name]));
      if (seen.has(key))
        return [{ path: `${where}[${index}]`, message: `is a duplicate: ${key} is there already`, blocking: false }];
      seen.add(key);
      return [];
    });
  });
}

/** Rules that do not hold. `old` is the stored object, absent on creation. Only for values that have the schema's shape. */
export function brokenRules(schema: Structural, value: unknown, old: unknown, path: string): readonly Problem[] {
  const own = schema.rules
    .filter((rule) => !isTransition(rule) || old !== undefined)
    .filter((rule) => !rule.holds(value, old))
    .map(({ message }) => ({ path, message, blocking: false }));
  const inner = children(schema, value, path).flatMap(({ node, at, where, key }) =>
    brokenRules(node, at, counterpart(schema, old, key), where),
  );
  return [...own, ...inner];
}

/** The stored value that an entry is compared with: by property, or by key in lists that are maps. */
function counterpart(schema: Structural, old: unknown, key: Key): unknown {
  if (key.kind === "property") return isRecord(old) ? old[key.name] : undefined;
  if (!Array.isArray(old) || schema.listType !== "map") return undefined;
  const entries: readonly unknown[] = old;
  return entries.find((entry) =>
    (schema.listKeys ?? []).every((name) => isRecord(entry) && isRecord(key.entry) && entry[name] === key.entry[name]),
  );
}

type Key = { readonly kind: "property"; readonly name: string } | { readonly kind: "entry"; readonly entry: unknown };

interface Child {
  readonly node: Structural;
  readonly at: unknown;
  readonly where: string;
  readonly key: Key;
}

function children(schema: Structural, value: unknown, path: string): readonly Child[] {
  const { items } = schema;
  if (Array.isArray(value)) {
    return items === undefined
      ? []
      : value.map((entry: unknown, index) => ({
          node: items,
          at: entry,
          where: `${path}[${index}]`,
          key: { kind: "entry", entry },
        }));
  }
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([name, at]): readonly Child[] => {
    const node = schema.properties?.[name] ?? schema.additionalProperties;
    return node === undefined ? [] : [{ node, at, where: joined(path, name), key: { kind: "property", name } }];
  });
}

function walk(
  schema: Structural,
  value: unknown,
  path: string,
  visit: (node: Structural, at: unknown, where: string) => readonly Problem[],
): readonly Problem[] {
  return [
    ...visit(schema, value, path),
    ...children(schema, value, path).flatMap(({ node, at, where }) => walk(node, at, where, visit)),
  ];
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function joined(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}

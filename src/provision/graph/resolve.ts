// Turns raw JSON of a spec into values: references replaced, single references keep their type, secrets taint.
import { listValue, literal, mapValue } from "./draft.ts";
import { parseTemplate, type Reference } from "./expression.ts";
import type { Json, Value } from "./graph.ts";

/** Finds the value of a reference; undefined when it is not known here (it was reported, or inputs are not read yet). */
export type LookupReference = (reference: Reference) => Value | undefined;

/** The value of raw JSON; undefined as soon as one reference in it is not known. Malformed strings count as not known. */
export function resolveRaw(raw: unknown, lookup: LookupReference): Value | undefined {
  if (raw === null || typeof raw === "boolean" || typeof raw === "number") return literal(raw);
  if (typeof raw === "string") return resolveText(raw, lookup);
  if (Array.isArray(raw)) {
    const items: Value[] = [];
    for (const item of raw) {
      const value = resolveRaw(item, lookup);
      if (value === undefined) return undefined;
      items.push(value);
    }
    return listValue(items);
  }
  if (typeof raw !== "object") return undefined;
  const entries: [string, Value][] = [];
  for (const [key, entry] of Object.entries(raw)) {
    if (entry === undefined) continue;
    const value = resolveRaw(entry, lookup);
    if (value === undefined) return undefined;
    entries.push([key, value]);
  }
  return mapValue(Object.fromEntries(entries));
}

function resolveText(source: string, lookup: LookupReference): Value | undefined {
  const template = parseTemplate(source);
  if (template.kind === "malformed") return undefined;
  const values: Value[] = [];
  for (const part of template.parts) {
    const value = part.kind === "text" ? literal(part.text) : lookup(part.reference);
    if (value === undefined) return undefined;
    values.push(value);
  }
  const [only] = values;
  if (only !== undefined && values.length === 1) return only;
  return concatenate(values);
}

/** Joins values into text; known neighbours are joined at once. */
export function concatenate(values: readonly Value[]): Value {
  const parts: Value[] = [];
  for (const value of values) {
    const last = parts.at(-1);
    if (value.kind === "literal" && last?.kind === "literal") {
      parts[parts.length - 1] = {
        kind: "literal",
        value: textOf(last.value) + textOf(value.value),
        secret: last.secret || value.secret,
      };
    } else {
      parts.push(value);
    }
  }
  const [only] = parts;
  if (only?.kind === "literal" && parts.length === 1) return { ...only, value: textOf(only.value) };
  return { kind: "concat", parts };
}

/** How a value looks inside text: strings as they are, everything else as JSON. */
export function textOf(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

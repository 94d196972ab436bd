// A TypeBox schema read as a Kubernetes structural schema: the one form that CRDs, reference, defaults and validation walk.
import type { TSchema } from "typebox";
import type { Rule } from "./rule.ts";

/** A structural schema. A property with a default is never required of writers, and always there for readers. */
export interface Structural {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly format?: string;
  /** minimum, maxLength and the like, under their OpenAPI names. */
  readonly bounds: Readonly<Record<string, number>>;
  readonly properties?: Readonly<Record<string, Structural>>;
  readonly required: readonly string[];
  readonly items?: Structural;
  readonly additionalProperties?: Structural;
  readonly preserveUnknown: boolean;
  readonly intOrString: boolean;
  readonly listType?: string;
  readonly listKeys?: readonly string[];
  readonly rules: readonly Rule[];
}

const boundKeys = [
  "minimum",
  "maximum",
  "minLength",
  "maxLength",
  "minItems",
  "maxItems",
  "minProperties",
  "maxProperties",
];
const knownKeys = new Set([
  ...boundKeys,
  "type",
  "description",
  "default",
  "enum",
  "format",
  "properties",
  "required",
  "items",
  "patternProperties",
  "anyOf",
  "x-kubernetes-preserve-unknown-fields",
  "x-kubernetes-int-or-string",
  "x-kubernetes-list-type",
  "x-kubernetes-list-map-keys",
  "x-kubernetes-validations",
]);

/** Reads a schema. Throws for a keyword that a structural schema cannot express: the schema is wrong, not the input. */
export function structural(schema: TSchema): Structural {
  return read(Object.entries(schema));
}

function read(entries: readonly (readonly [string, unknown])[]): Structural {
  const at = new Map(entries);
  const unknown = [...at.keys()].find((key) => !knownKeys.has(key) && !key.startsWith("~"));
  if (unknown !== undefined) throw new Error(`schema keyword ${unknown} has no structural form`);
  const properties = children(at.get("properties"));
  const values = Object.values(children(at.get("patternProperties")))[0];
  const items = at.get("items");
  const enumerated = list(at.get("enum"));
  const intOrString = at.get("x-kubernetes-int-or-string") === true;
  const type = text(at.get("type")) ?? (enumerated.length > 0 ? "string" : undefined);
  const listKeys = list(at.get("x-kubernetes-list-map-keys")).map(String);
  return {
    ...optional("type", intOrString ? undefined : type),
    ...optional("description", text(at.get("description"))),
    ...(at.has("default") ? { default: at.get("default") } : {}),
    ...(enumerated.length > 0 ? { enum: enumerated } : {}),
    ...optional("format", text(at.get("format"))),
    bounds: Object.fromEntries(boundKeys.flatMap((key) => bound(key, at.get(key)))),
    ...(at.has("properties") ? { properties } : {}),
    required: list(at.get("required"))
      .map(String)
      .filter((name) => !(properties[name] !== undefined && "default" in properties[name])),
    ...(typeof items === "object" && items !== null ? { items: read(Object.entries(items)) } : {}),
    ...optional("additionalProperties", values),
    preserveUnknown: at.get("x-kubernetes-preserve-unknown-fields") === true,
    intOrString,
    ...optional("listType", text(at.get("x-kubernetes-list-type"))),
    ...(listKeys.length > 0 ? { listKeys } : {}),
    rules: list(at.get("x-kubernetes-validations")).filter(isRule),
  };
}

function children(value: unknown): Readonly<Record<string, Structural>> {
  if (typeof value !== "object" || value === null) return {};
  const entries = Object.entries(value).map(([name, child]): [string, Structural] => {
    if (typeof child !== "object" || child === null) throw new Error(`schema of ${name} is not an object`);
    return [name, read(Object.entries(child))];
  });
  return Object.fromEntries(entries);
}

function isRule(value: unknown): value is Rule {
  return typeof value === "object" && value !== null && "rule" in value && "message" in value && "holds" in value;
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function bound(key: string, value: unknown): [string, number][] {
  return typeof value === "number" ? [[key, value]] : [];
}

function optional<Key extends string, Value>(key: Key, value: Value | undefined): { readonly [K in Key]?: Value } {
  const empty: { readonly [K in Key]?: Value } = {};
  return value === undefined ? empty : Object.assign(empty, { [key]: value });
}

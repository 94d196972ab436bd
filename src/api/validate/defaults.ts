// Defaults, filled the way the API server fills them: from the top, and only where a property is absent.
import { schemaNamed } from "../kinds.ts";
import type { KubeObject, ResourceType } from "../object.ts";
import type { Structural } from "../schema/structural.ts";

/** The value with the schema's defaults; the value itself is not changed. */
export function filled(value: unknown, schema: Structural): unknown {
  if (Array.isArray(value)) {
    const { items } = schema;
    return items === undefined ? value : value.map((item) => filled(item, items));
  }
  if (typeof value !== "object" || value === null) return value;
  const properties = schema.properties ?? {};
  const present = Object.entries(value).map(([name, child]): [string, unknown] => {
    const inner = properties[name] ?? schema.additionalProperties;
    return [name, inner === undefined ? child : filled(child, inner)];
  });
  const absent = Object.entries(properties)
    .filter(([name, inner]) => "default" in inner && !Object.hasOwn(value, name))
    .map(([name, inner]): [string, unknown] => [name, filled(inner.default, inner)]);
  return Object.fromEntries([...present, ...absent]);
}

/** Part of a value: every property may be left out, all the way down. */
type Draft<T> = T extends readonly (infer Item)[]
  ? readonly Draft<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]?: Draft<T[Key]> }
    : T;

/** An object as a person writes one: what has a default may be left out. */
export type Manifest<T> = KubeObject & { readonly [Key in Exclude<keyof T, keyof KubeObject>]?: Draft<T[Key]> };

/** The object as the server would store it, defaults filled; nothing is checked (see validateObject). */
export function withDefaults<T extends KubeObject>(type: ResourceType<T>, manifest: Manifest<T>): T {
  const schema = schemaNamed(type.kind);
  if (schema === undefined) throw new Error(`${type.kind} is not a kind of this group`);
  const complete = filled(manifest, schema);
  if (!isObjectOf(complete, type)) throw new Error(`${manifest.kind} is not a ${type.kind}`);
  return complete;
}

/** Trusts the caller's manifest to be of the type it names, as the types of `withDefaults` ask. */
function isObjectOf<T extends KubeObject>(value: unknown, type: ResourceType<T>): value is T {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === type.kind;
}

// Taking a part of a value by path, known or not yet known.
import type { Json, Value } from "./graph.ts";

/** The value at `path`; undefined when it is known to have no such part. Parts of a secret are secret. */
export function accessValue(value: Value, path: readonly (string | number)[]): Value | undefined {
  const [segment, ...rest] = path;
  if (segment === undefined) return value;
  switch (value.kind) {
    case "literal": {
      const part = accessJson(value.value, segment);
      return part === undefined ? undefined : accessValue({ ...value, value: part }, rest);
    }
    case "output":
      return { ...value, path: [...value.path, ...path] };
    case "concat":
      return undefined;
    case "list": {
      const item = typeof segment === "number" ? value.items[segment] : undefined;
      return item === undefined ? undefined : accessValue(item, rest);
    }
    case "map": {
      const entry = Object.hasOwn(value.entries, segment) ? value.entries[segment] : undefined;
      return entry === undefined ? undefined : accessValue(entry, rest);
    }
  }
}

/** One part of a JSON value; only own properties, so that `constructor` and the like are unknown. */
export function accessJson(json: Json, segment: string | number): Json | undefined {
  if (json === null || typeof json !== "object") return undefined;
  if (isList(json)) return typeof segment === "number" ? json[segment] : undefined;
  return Object.hasOwn(json, segment) ? json[String(segment)] : undefined;
}

function isList(json: object): json is readonly Json[] {
  return Array.isArray(json);
}

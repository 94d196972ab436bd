// The JSON patch (RFC 6902) that turns one JSON value into another.
import type { JsonPatchOperation } from "./admission.ts";

/** Operations that make `from` into `to`, in order. Objects are patched field by field, arrays that differ as a whole. */
export function jsonPatch(from: unknown, to: unknown): JsonPatchOperation[] {
  return diff(from, to, "");
}

function diff(from: unknown, to: unknown, path: string): JsonPatchOperation[] {
  if (isRecord(from) && isRecord(to)) {
    const operations: JsonPatchOperation[] = [];
    for (const name of Object.keys(from)) {
      if (to[name] === undefined) operations.push({ op: "remove", path: `${path}/${escape(name)}` });
    }
    for (const [name, value] of Object.entries(to)) {
      if (value === undefined) continue;
      const at = `${path}/${escape(name)}`;
      if (from[name] === undefined) operations.push({ op: "add", path: at, value });
      else operations.push(...diff(from[name], value, at));
    }
    return operations;
  }
  return JSON.stringify(from) === JSON.stringify(to) ? [] : [{ op: "replace", path, value: to }];
}

function escape(name: string): string {
  return name.replaceAll("~", "~0").replaceAll("/", "~1");
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

// Small readings of request bodies: what isn't there or isn't right is left out.
import { isObject } from "../deployment.ts";

/** The entries of an object whose values are strings. */
export function stringMap(value: unknown): Readonly<Record<string, string>> {
  if (!isObject(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}

/** The items of a list that are base64 strings, as bytes. */
export function base64List(value: unknown): readonly Uint8Array[] {
  return Array.isArray(value) ? value.map((item: unknown) => base64(item)) : [];
}

/** Bytes of a base64 string; empty for anything else. */
export function base64(value: unknown): Uint8Array {
  return typeof value === "string" ? Buffer.from(value, "base64") : new Uint8Array(0);
}

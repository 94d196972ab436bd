// Property values as the engine sends them: JSON with signed wrappers for secrets and sentinels for what is not known yet.
// Source of the signatures: github.com/pulumi/pulumi sdk/go/common/resource (sig package, plugin/rpc.go).

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

const signature = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";

/** Stands for a value that is not known in a preview. */
export const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const unknownValues: readonly string[] = [
  unknownValue,
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
];

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

export function isUnknown(value: Json | undefined): boolean {
  return typeof value === "string" && unknownValues.includes(value);
}

export function isSecret(value: Json | undefined): boolean {
  return isObject(value) && value[signature] === secretSignature;
}

/** Assets and archives: opaque, compared whole. */
export function isAsset(value: Json | undefined): boolean {
  return isObject(value) && typeof value[signature] === "string" && !isSecret(value);
}

export function makeSecret(value: Json): Json {
  return isSecret(value) ? value : { [signature]: secretSignature, value };
}

/** The value without secret wrappers, at every depth. */
export function reveal(value: Json): Json {
  if (isList(value)) return value.map(reveal);
  if (!isObject(value)) return value;
  if (isSecret(value)) return reveal(value["value"] ?? null);
  return revealObject(value);
}

/** As `reveal`, for an object of properties. */
export function revealObject(value: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, reveal(inner)]));
}

/** True when something inside is secret. */
export function holdsSecret(value: Json): boolean {
  if (isList(value)) return value.some(holdsSecret);
  return isObject(value) && (isSecret(value) || Object.values(value).some(holdsSecret));
}

/** True when something inside is not known yet. */
export function holdsUnknown(value: Json | undefined): boolean {
  if (value === undefined) return false;
  if (isList(value)) return value.some(holdsUnknown);
  return isObject(value) ? Object.values(value).some(holdsUnknown) : isUnknown(value);
}

/** Wraps the named top-level properties as secrets, where they are present. */
export function concealKeys(value: JsonObject, keys: ReadonlySet<string>): JsonObject {
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      keys.has(key) && inner !== null ? makeSecret(reveal(inner)) : inner,
    ]),
  );
}

/** Top-level keys whose value holds a secret. */
export function secretKeys(...values: readonly JsonObject[]): Set<string> {
  return new Set(values.flatMap((value) => Object.keys(value).filter((key) => holdsSecret(value[key] ?? null))));
}

export function equalJson(left: Json | undefined, right: Json | undefined): boolean {
  if (left === right) return true;
  if (isList(left) && isList(right)) {
    return left.length === right.length && left.every((item, index) => equalJson(item, right[index]));
  }
  if (!isObject(left) || !isObject(right)) return false;
  const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...keys].every((key) => equalJson(left[key], right[key]));
}

/** JSON merge patch (RFC 7386): objects merge, null removes, all else replaces. */
export function mergePatch(target: Json | undefined, patch: Json): Json {
  if (!isObject(patch)) return patch;
  const merged: Record<string, Json> = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = mergePatch(merged[key], value);
  }
  return merged;
}

/** The string at `key`, or undefined when it is absent, not a string or not known yet. */
export function textAt(value: JsonObject, key: string): string | undefined {
  const found = value[key];
  return typeof found === "string" && found !== "" && !isUnknown(found) ? found : undefined;
}

/** All leaves at a dotted path; lists on the way are walked through. */
export function valuesAt(value: Json | undefined, path: string): readonly Json[] {
  if (value === undefined || value === null) return [];
  if (isList(value)) return value.flatMap((item) => valuesAt(item, path));
  if (path === "") return [value];
  if (!isObject(value)) return [];
  const [head = "", ...rest] = path.split(".");
  return valuesAt(value[head], rest.join("."));
}

/** A scalar as text; lists and objects as JSON. */
export function scalarText(value: Json | undefined): string {
  return typeof value === "string" ? value : JSON.stringify(value ?? null);
}

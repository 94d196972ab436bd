// Offline validation: what the API server would refuse, without one.
import { kindNamed, kinds, schemaNamed } from "../kinds.ts";
import { apiVersion } from "../schema/kind.ts";
import { filled } from "./defaults.ts";
import { nearest } from "./names.ts";
import { brokenRules, duplicates, unknownFields } from "./rules.ts";
import { type Problem, shapeProblems } from "./shape.ts";

/**
 * What the API server would refuse about an object of one of our kinds, defaults filled first; empty when it would take it.
 * With `old`, the stored object, rules about changes are checked too. Unknown fields count, as with `kubectl`'s strict
 * validation. Nothing that needs a cluster is checked: references, rights, component properties.
 */
export function validateObject(object: unknown, old?: unknown): readonly Problem[] {
  if (!isRecord(object)) return [problem("", "must be an object with apiVersion, kind, metadata and spec")];
  const named = typeof object["kind"] === "string" ? object["kind"] : "";
  const kind = kindNamed(named);
  const schema = schemaNamed(named);
  if (kind === undefined || schema === undefined) {
    const known = kinds.map(({ type }) => type.kind);
    return [
      problem(
        "kind",
        `${named === "" ? "is required" : `${named} is not a kind of this group`}; known are ${known.join(", ")}${didYouMean(named, known)}`,
      ),
    ];
  }
  const head = [...versionProblems(object), ...nameProblems(object["metadata"])];
  const body = filled(withoutHead(object), schema);
  const shape = shapeProblems(kind.schema, body);
  const rest = shape.some(({ blocking }) => blocking)
    ? []
    : brokenRules(schema, body, old === undefined ? undefined : filled(withoutHead(old), schema), "");
  return [...head, ...unknownFields(schema, body, ""), ...shape, ...duplicates(schema, body, ""), ...rest];
}

function versionProblems(object: Readonly<Record<string, unknown>>): readonly Problem[] {
  return object["apiVersion"] === apiVersion ? [] : [problem("apiVersion", `must be ${apiVersion}`)];
}

/** RFC 1123 subdomain, at most 253 characters: what the server asks of names of custom objects. */
const objectName = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/u;

function nameProblems(metadata: unknown): readonly Problem[] {
  if (!isRecord(metadata)) return [problem("metadata", "is required")];
  const { name, generateName } = metadata;
  if (name === undefined && typeof generateName === "string" && generateName !== "") return [];
  if (typeof name !== "string" || name === "") return [problem("metadata.name", "is required")];
  if (name.length > 253 || !objectName.test(name)) {
    return [problem("metadata.name", "must be lower case letters, digits, hyphens and dots, at most 253 characters")];
  }
  return [];
}

function withoutHead(object: unknown): unknown {
  if (!isRecord(object)) return object;
  return Object.fromEntries(
    Object.entries(object).filter(([key]) => !["apiVersion", "kind", "metadata"].includes(key)),
  );
}

function didYouMean(name: string, known: readonly string[]): string {
  const guess = nearest(name, known);
  return guess === undefined ? "" : `; did you mean ${guess}?`;
}

function problem(path: string, message: string): Problem {
  return { path, message, blocking: true };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

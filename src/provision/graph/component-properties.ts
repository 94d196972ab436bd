// Checks the properties of a component against its own schema, and sorts them into known, late and linked ones.
import type { TSchema } from "typebox";
import { Value as Schema } from "typebox/value";
import type { ComponentDefinition } from "../components/component.ts";
import { isSecret, nodesOf } from "./draft.ts";
import { parseTemplate } from "./expression.ts";
import type { Json, Value } from "./graph.ts";
import { printable, suggestion } from "./names.ts";
import type { SpecProblem } from "./problem.ts";
import { type LookupReference, resolveRaw } from "./resolve.ts";
import type { ComponentSpec } from "./spec.ts";

/** Properties ready for a translation; `complete` is false while inputs are not known, then nothing can be built. */
export interface SortedProperties {
  readonly known: Readonly<Record<string, Json>>;
  readonly late: Readonly<Record<string, Value | undefined>>;
  /** Property to the name of the linked component. */
  readonly links: Readonly<Record<string, string>>;
  readonly complete: boolean;
  readonly problems: readonly SpecProblem[];
}

/** Sorts and checks. References were checked before; `lookup` gives undefined for inputs that are not read yet. */
export function sortProperties(
  component: ComponentSpec,
  definition: ComponentDefinition,
  path: string,
  lookup: LookupReference,
  typeOf: (name: string) => string | undefined,
): SortedProperties {
  const known: [string, Json][] = [];
  const late: [string, Value][] = [];
  const links: [string, string][] = [];
  const open = new Set<string>();
  const problems: SpecProblem[] = [];

  for (const [key, raw] of Object.entries(component.properties ?? {})) {
    if (raw === undefined) continue;
    const at = `${path}.properties.${key}`;
    const linkedType = definition.links[key];
    if (linkedType !== undefined) {
      const target = linkTarget(raw);
      if (target !== undefined && typeOf(target) === linkedType) links.push([key, target]);
      else {
        open.add(key);
        problems.push({
          reason: "InvalidReference",
          path: at,
          message: `must be \`\${NAME.id}\` of a ${linkedType} of this Blueprint; what is made elsewhere is given by id in another property${definition.late.length > 0 ? ` (${definition.late.join(", ")})` : ""}`,
        });
      }
      continue;
    }
    const value = resolveRaw(raw, lookup);
    const isLate = definition.late.includes(key);
    if (value === undefined) open.add(key);
    else if (isLate) late.push([key, value]);
    if (value === undefined) continue;
    const plain = plainOf(value);
    if (plain === undefined && isLate) continue;
    if (plain !== undefined) known.push([key, coerce(definition, key, raw, plain)]);
    else {
      open.add(key);
      problems.push({ reason: "InvalidReference", path: at, message: whyNotKnown(value) });
    }
  }

  const candidate = Object.fromEntries(known);
  const filled: unknown = Schema.Default(definition.schema, structuredClone(candidate));
  problems.push(...schemaProblems(definition, filled, `${path}.properties`, open));
  return {
    known: Object.fromEntries(
      Object.entries(isRecord(filled) ? filled : {}).map(([key, value]) => [key, toJson(value)]),
    ),
    late: Object.fromEntries(late),
    links: Object.fromEntries(links),
    complete: open.size === 0,
    problems,
  };
}

/** The component a `${NAME.id}` names. */
function linkTarget(raw: unknown): string | undefined {
  const template = typeof raw === "string" ? parseTemplate(raw) : undefined;
  const [only] = template?.kind === "ok" && template.parts.length === 1 ? template.parts : [];
  if (only?.kind !== "reference" || only.reference.path.length !== 1 || only.reference.path[0] !== "id")
    return undefined;
  return only.reference.name;
}

function plainOf(value: Value): Json | undefined {
  return value.kind === "literal" && !value.secret ? value.value : undefined;
}

function whyNotKnown(value: Value): string {
  if (isSecret(value))
    return "can't come from a Secret, because it is visible in the cloud; use a plain value or a ConfigMap";
  const [node] = nodesOf(value);
  return `must be known before building, but comes from \`${node ?? "another resource"}\`; write the value here or give it by an input`;
}

/** ConfigMaps hold text only: text from a reference becomes a number or boolean where the schema wants one. */
function coerce(definition: ComponentDefinition, key: string, raw: unknown, value: Json): Json {
  const schema: TSchema | undefined = definition.schema.properties[key];
  if (schema === undefined || typeof value !== "string" || raw === value) return value;
  return toJson(Schema.Convert(schema, value));
}

function schemaProblems(
  definition: ComponentDefinition,
  value: unknown,
  path: string,
  open: ReadonlySet<string>,
): readonly SpecProblem[] {
  const problems = new Map<string, SpecProblem>();
  const known = Object.keys(definition.schema.properties);
  for (const error of Schema.Errors(definition.schema, value)) {
    const at = path + pathOf(error.instancePath);
    if (error.keyword === "additionalProperties") {
      for (const name of error.params.additionalProperties) {
        const names = error.instancePath === "" ? known : [];
        problems.set(`${at}.${name}`, {
          reason: "UnknownProperty",
          path: `${at}.${name}`,
          message: `${definition.type} has no property \`${printable(name)}\`${suggestion(name, names)}`,
        });
      }
    } else if (error.keyword === "required") {
      for (const name of error.params.requiredProperties) {
        if (error.instancePath === "" && open.has(name)) continue;
        problems.set(`${at}.${name}`, {
          reason: "MissingProperty",
          path: `${at}.${name}`,
          message: `${definition.type} needs \`${name}\`${describe(definition, name)}`,
        });
      }
    } else if (error.keyword !== "boolean" && !problems.has(at)) {
      problems.set(at, { reason: "InvalidProperty", path: at, message: `${error.message}${allowed(error)}` });
    }
  }
  return [...problems.values()];
}

function allowed(error: { readonly keyword: string; readonly params: object }): string {
  if (error.keyword === "enum" && "allowedValues" in error.params && Array.isArray(error.params.allowedValues)) {
    return `: ${error.params.allowedValues.join(", ")}`;
  }
  if (error.keyword === "const" && "allowedValue" in error.params) return `: ${String(error.params.allowedValue)}`;
  return "";
}

function describe(definition: ComponentDefinition, name: string): string {
  const schema: TSchema | undefined = definition.schema.properties[name];
  return schema !== undefined && "description" in schema ? `: ${String(schema.description)}` : "";
}

function pathOf(pointer: string): string {
  return pointer
    .split("/")
    .slice(1)
    .map((segment) =>
      /^\d+$/.test(segment) ? `[${segment}]` : `.${segment.replaceAll("~1", "/").replaceAll("~0", "~")}`,
    )
    .join("");
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What a schema gave back as JSON: it was made from JSON, so everything in it is. */
function toJson(value: unknown): Json {
  if (value === null || typeof value === "boolean" || typeof value === "number" || typeof value === "string")
    return value;
  if (Array.isArray(value)) return value.map(toJson);
  if (isRecord(value)) return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, toJson(entry)]));
  return null;
}

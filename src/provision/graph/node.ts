// Finishing a node: marker tags, options, and its properties checked against the SDK's declarations.
import { BLUEPRINT_TAG, markerLabels, markerTags } from "../components/naming.ts";
import type { ResourceShape } from "./catalog.ts";
import type { TranslateContext } from "./context.ts";
import { literal, mapValue } from "./draft.ts";
import type { NodeOptions, ResourceNode, Value } from "./graph.ts";
import { printable, suggestion } from "./names.ts";
import type { SpecProblem } from "./problem.ts";
import type { BuildOptions, BuildSpec } from "./spec.ts";

/** A node before its markers. `stem` is the logical name under the oldest alias: what the marker tag says for life. */
export interface NodeDraft extends Omit<ResourceNode, "properties"> {
  readonly stem: string;
  readonly properties: Readonly<Record<string, Value>>;
}

/** Adds marker tags or labels where the type can carry them, and its region to every AWS resource of the Blueprint's own cloud. */
export function finishNode({ stem, ...draft }: NodeDraft, spec: BuildSpec, context: TranslateContext): ResourceNode {
  const shape = shapeOf(draft.type, context);
  if (shape === undefined) return draft;
  const node = inRegion(draft, shape, spec);
  const field = ["tags", "labels"].find((name) => shape.maps.has(name));
  if (field === undefined) return node;
  const google = node.type.startsWith("gcp:");
  const marks = google ? markerLabels(context.identity, stem) : markerTags(context.identity, stem);
  const entries = entriesOf(node.properties[field]);
  if (entries === undefined) return node;
  const marked = Object.fromEntries(Object.entries(marks).map(([key, value]) => [key, literal(value)]));
  return { ...node, properties: { ...node.properties, [field]: mapValue({ ...entries, ...marked }) } };
}

/**
 * A changed region must replace. Where the region stands only in the provider, the provider's DiffConfig decides and may let a
 * resource stay where it was; as a property of the resource (AWS provider 7 and newer) it always forces the replacement.
 */
function inRegion(node: ResourceNode, shape: ResourceShape, spec: BuildSpec): ResourceNode {
  const own = spec.provider === "aws" && node.type.startsWith("aws:");
  // What is adopted is where it is: its inputs must be those the cloud tells.
  if (!own || node.options.importId !== undefined || !shape.inputs.has("region") || "region" in node.properties)
    return node;
  return { ...node, properties: { ...node.properties, region: literal(spec.region) } };
}

/** Name tag of an AWS resource, which its console shows first. */
export function awsNameTag(name: string): Readonly<Record<string, Value>> {
  return { Name: literal(name) };
}

/** Problems of a node's property names: unknown ones with the nearest known, and required ones that are missing. */
export function checkShape(
  type: string,
  properties: readonly string[],
  path: string,
  context: TranslateContext,
): readonly SpecProblem[] {
  const shape = shapeOf(type, context);
  if (shape === undefined) return [];
  const problems: SpecProblem[] = [];
  for (const name of properties) {
    if (shape.inputs.has(name)) continue;
    problems.push({
      reason: "UnknownProperty",
      path: `${path}.${name}`,
      message: `${type} has no property \`${printable(name)}\`${suggestion(name, [...shape.inputs])}`,
    });
  }
  for (const name of shape.required) {
    if (properties.includes(name)) continue;
    problems.push({ reason: "MissingProperty", path: `${path}.${name}`, message: `${type} needs \`${name}\`` });
  }
  return problems;
}

/** Pulumi options from the options of a spec. `importId` is what is adopted, if anything. */
export function nodeOptions(
  options: BuildOptions | undefined,
  spec: BuildSpec,
  own: Pick<NodeOptions, "dependsOn" | "ignoreChanges" | "aliases"> & { readonly importId?: string | undefined },
): NodeOptions {
  const policy =
    options?.deletionPolicy ?? (own.importId === undefined ? (spec.deletionPolicy ?? "Destroy") : "Retain");
  const timeouts = Object.entries(options?.timeouts ?? {}).filter(
    (entry): entry is [string, string] => typeof entry[1] === "string",
  );
  return {
    dependsOn: own.dependsOn,
    ignoreChanges: own.ignoreChanges,
    aliases: own.aliases,
    protect: options?.protect ?? false,
    retain: policy === "Retain",
    ...(own.importId === undefined ? {} : { importId: own.importId }),
    ...(options?.deleteBeforeReplace === undefined ? {} : { deleteBeforeReplace: options.deleteBeforeReplace }),
    ...(timeouts.length === 0 ? {} : { timeouts: Object.fromEntries(timeouts) }),
  };
}

function shapeOf(type: string, { catalog }: TranslateContext): ResourceShape | undefined {
  const found = catalog.lookup(type);
  return found.kind === "known" ? found.shape : undefined;
}

/** Entries of a map value; undefined where it is not a map yet, which leaves the resource without markers. */
function entriesOf(value: Value | undefined): Readonly<Record<string, Value>> | undefined {
  if (value === undefined) return {};
  if (value.kind === "map") return value.entries;
  if (value.kind !== "literal" || value.value === null || typeof value.value !== "object") return undefined;
  if (Array.isArray(value.value) || BLUEPRINT_TAG in value.value) return undefined;
  return Object.fromEntries(Object.entries(value.value).map(([key, entry]) => [key, { ...value, value: entry }]));
}

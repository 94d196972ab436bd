// One component of a spec to its nodes: translation, overrides, options.
import type { LinkedComponent, PartDraft } from "../components/component.ts";
import { isCloudName } from "../components/naming.ts";
import { COMPONENTS } from "../components/registry.ts";
import { accessValue } from "./access.ts";
import { sortProperties } from "./component-properties.ts";
import type { TranslateContext } from "./context.ts";
import { type Draft, embed, mapValue, valueOf } from "./draft.ts";
import type { ComponentNode, ResourceNode, Value } from "./graph.ts";
import { printable, suggestion } from "./names.ts";
import { awsNameTag, checkShape, finishNode, nodeOptions } from "./node.ts";
import type { SpecProblem } from "./problem.ts";
import { type LookupReference, resolveRaw } from "./resolve.ts";
import type { BuildSpec, ComponentSpec } from "./spec.ts";

/** What one component became. Without `built` the problems say why, or inputs are not read yet. */
export interface ComponentOutcome {
  readonly built?: {
    readonly component: ComponentNode;
    readonly nodes: readonly ResourceNode[];
    readonly linked: LinkedComponent;
  };
  readonly problems: readonly SpecProblem[];
}

/** What building a component sees of the rest of the Blueprint. */
export interface Surroundings {
  readonly spec: BuildSpec;
  readonly context: TranslateContext;
  readonly lookup: LookupReference;
  readonly linked: ReadonlyMap<string, LinkedComponent>;
  readonly typeOf: (name: string) => string | undefined;
  /** Nodes of a member built before. */
  readonly nodesOf: (name: string) => readonly string[];
  /** Name of the shared Azure resource group; asking for it makes it exist. */
  readonly group: () => Draft;
}

/** Builds. */
export function buildComponent(component: ComponentSpec, path: string, around: Surroundings): ComponentOutcome {
  const definition = COMPONENTS.get(component.type);
  if (definition === undefined) return { problems: [] }; // Reported by checkNames.
  const { spec, context } = around;
  const sorted = sortProperties(component, definition, path, around.lookup, around.typeOf);
  if (sorted.problems.length > 0 || !sorted.complete) return { problems: sorted.problems };

  const linked = Object.fromEntries(
    Object.entries(sorted.links).map(([property, name]) => [property, around.linked.get(name)]),
  );
  // A linked component that could not be built has its own problems.
  if (Object.values(linked).includes(undefined)) return { problems: [] };
  const stem = component.options?.aliases?.[0] ?? component.name;
  const built = definition.build(sorted.known, {
    component: component.name,
    provider: spec.provider,
    region: spec.region,
    identity: context.identity,
    stem,
    late: sorted.late,
    linked,
    ref: (part, ...refPath) => embed({ kind: "output", node: `${component.name}-${part}`, path: refPath }),
    get group() {
      return around.group();
    },
  });
  if (built.kind === "refused") {
    const at = `${path}.properties.${built.property}`;
    return { problems: [{ reason: "InvalidProperty", path: at, message: built.message }] };
  }

  const parts = built.parts.map(({ part }) => part);
  const problems = [
    ...unknownParts(component.overrides?.[spec.provider] ?? {}, parts, `${path}.overrides.${spec.provider}`),
    ...unknownParts(component.options?.import ?? {}, parts, `${path}.options.import`),
  ];
  const nodes: ResourceNode[] = [];
  for (const draft of built.parts) {
    const node = partNode(component, draft, path, stem, around);
    problems.push(...node.problems);
    if (node.node !== undefined) nodes.push(node.node);
  }
  const outputs = Object.fromEntries(Object.entries(built.outputs).map(([name, output]) => [name, valueOf(output)]));
  const { name, type, options } = component;
  return {
    built: {
      component: { name, type, aliases: options?.aliases ?? [], outputs },
      nodes,
      linked: { name, properties: sorted.known, outputs },
    },
    problems,
  };
}

function partNode(
  component: ComponentSpec,
  draft: PartDraft,
  path: string,
  stem: string,
  { spec, context, lookup, nodesOf }: Surroundings,
): { readonly node?: ResourceNode; readonly problems: readonly SpecProblem[] } {
  const { part, type } = draft;
  const name = `${component.name}-${part}`;
  const base = valueOf(draft.properties);
  const at = `${path}.overrides.${spec.provider}.${part}`;
  const raw = component.overrides?.[spec.provider]?.[part];
  const wanted = raw === undefined ? undefined : resolveRaw(raw, lookup);
  if (raw !== undefined && wanted === undefined) return { problems: [] }; // Inputs not read yet, or reported.
  const properties = entriesOf(wanted === undefined ? base : merge(base, wanted));
  if (properties === undefined) {
    return { problems: [{ reason: "InvalidProperty", path: at, message: "must be an object of properties" }] };
  }
  const names = Object.keys(properties);
  const importId = component.options?.import?.[part];
  const tagged =
    spec.provider === "aws" && context.catalog.lookup(type).kind === "known" && !("tags" in properties)
      ? { ...properties, ...nameTagFor(type, `${context.identity.name}-${stem}-${part}`, context) }
      : properties;
  return {
    problems: checkShape(type, names, at, context),
    node: finishNode(
      {
        name,
        stem: `${stem}-${part}`,
        owner: component.name,
        part,
        type,
        properties: tagged,
        options: nodeOptions(component.options, spec, {
          dependsOn: [
            ...(draft.after ?? []).map((other) => `${component.name}-${other}`),
            ...(component.options?.dependsOn ?? []).flatMap(nodesOf),
          ],
          ignoreChanges: [
            ...ignoredOf(component.options?.ignoreChanges ?? [], part, names),
            ...(importId === undefined ? [] : namesOf(properties, context, stem)),
          ],
          // Children follow their component's aliases in the engine.
          aliases: [],
          importId,
        }),
      },
      spec,
      context,
    ),
  };
}

/** Properties that give it a name of our own: what is adopted keeps the one it has. */
function namesOf(properties: Readonly<Record<string, Value>>, context: TranslateContext, stem: string) {
  return Object.entries(properties).flatMap(([name, value]) => {
    const text = value.kind === "literal" && typeof value.value === "string" ? value.value : "";
    return isCloudName(context.identity, stem, text) ? [name] : [];
  });
}

function nameTagFor(type: string, name: string, { catalog }: TranslateContext): Readonly<Record<string, Value>> {
  const found = catalog.lookup(type);
  return found.kind === "known" && found.shape.maps.has("tags") ? { tags: mapValue(awsNameTag(name)) } : {};
}

/** `tags` is meant for every part that has it, `instance.tags` for one part. */
function ignoredOf(paths: readonly string[], part: string, names: readonly string[]): readonly string[] {
  return paths.flatMap((path) => {
    if (path.startsWith(`${part}.`)) return [path.slice(part.length + 1)];
    const first = path.split(/[.[]/)[0] ?? path;
    return names.includes(first) || first === "tags" || first === "labels" ? [path] : [];
  });
}

function unknownParts(given: Readonly<Record<string, unknown>>, parts: readonly string[], path: string) {
  return Object.keys(given)
    .filter((part) => !parts.includes(part))
    .map((part): SpecProblem => ({
      reason: "UnknownProperty",
      path: `${path}.${part}`,
      message: `the component has no resource \`${printable(part)}\`${suggestion(part, parts)}`,
    }));
}

/** Overrides win; maps merge, everything else is replaced, null removes. */
function merge(base: Value, wanted: Value): Value {
  const left = entriesOf(base);
  const right = entriesOf(wanted);
  if (left === undefined || right === undefined) return wanted;
  const merged = new Map(Object.entries(left));
  for (const [key, value] of Object.entries(right)) {
    const before = merged.get(key);
    if (value.kind === "literal" && value.value === null) merged.delete(key);
    else merged.set(key, before === undefined ? value : merge(before, value));
  }
  return mapValue(Object.fromEntries(merged));
}

function entriesOf(value: Value): Readonly<Record<string, Value>> | undefined {
  if (value.kind === "map") return value.entries;
  if (value.kind !== "literal" || value.value === null) return undefined;
  if (typeof value.value !== "object" || Array.isArray(value.value)) return undefined;
  return Object.fromEntries(
    Object.keys(value.value).flatMap((key) => {
      const entry = accessValue(value, [key]);
      return entry === undefined ? [] : [[key, entry]];
    }),
  );
}

// A Blueprint's spec to its resource graph, or to everything that is wrong with it. Pure but for reading type declarations.
import type { LinkedComponent } from "../components/component.ts";
import { cloudName, RFC1035 } from "../components/naming.ts";
import { accessValue } from "./access.ts";
import { buildComponent, type Surroundings } from "./build-component.ts";
import { parseToken } from "./catalog.ts";
import { TRANSLATOR_VERSION, type TranslateContext } from "./context.ts";
import { embed, literal } from "./draft.ts";
import type { ComponentNode, PackageUse, ResourceGraph, ResourceNode, Value } from "./graph.ts";
import { printable } from "./names.ts";
import { checkShape, finishNode, nodeOptions } from "./node.ts";
import type { SpecProblem } from "./problem.ts";
import { type LookupReference, resolveRaw } from "./resolve.ts";
import { checkNames } from "./spec-names.ts";
import type { BuildSpec, RawResourceSpec, ResolvedInputs } from "./spec.ts";
import { wire } from "./wiring.ts";

/** What a spec translates to. */
export type Translation =
  | { readonly kind: "ok"; readonly graph: ResourceGraph }
  | { readonly kind: "refused"; readonly problems: readonly SpecProblem[] };

/** Logical name of the Azure resource group that a Blueprint's components share; the dot keeps it apart from members. */
const SHARED_GROUP = "shared.group";

/** Translates. The same spec, inputs and context always give the same graph. */
export function translate(spec: BuildSpec, inputs: ResolvedInputs, context: TranslateContext): Translation {
  const missing = (spec.inputs ?? [])
    .map(({ name }, index) => ({ name, index }))
    .filter(({ name }) => !Object.hasOwn(inputs, name))
    .map(({ name, index }): SpecProblem => ({
      reason: "InputMissing",
      path: `inputs[${index}]`,
      message: `the input \`${printable(name)}\` has no value; check what it refers to`,
    }));
  const { graph, problems } = analyse(spec, inputs, context);
  const all = [...problems, ...missing];
  return all.length > 0 ? { kind: "refused", problems: all } : { kind: "ok", graph };
}

/** All that can be said of a spec without its inputs: for admission and the command line. */
export function checkSpec(spec: BuildSpec, context: TranslateContext): readonly SpecProblem[] {
  return analyse(spec, undefined, context).problems;
}

function analyse(spec: BuildSpec, inputs: ResolvedInputs | undefined, context: TranslateContext) {
  const problems: SpecProblem[] = [...checkNames(spec, context)];
  if (problems.some(({ reason }) => reason === "TooManyComponents" || reason === "DuplicateName")) {
    return { graph: emptyGraph(spec), problems };
  }
  const wiring = wire(spec, context);
  problems.push(...wiring.problems);
  const broken = new Set(wiring.problems.map(({ path }) => path.split(".")[0]));

  const nodes: ResourceNode[] = [];
  const components: ComponentNode[] = [];
  const linked = new Map<string, LinkedComponent>();
  const members = new Map(wiring.order.map((member) => [member.spec.name, member]));
  const built = new Map<string, readonly string[]>();

  const lookup: LookupReference = ({ name, path }) => {
    if (name === "inputs") {
      const [input, ...rest] = path;
      const known = inputs !== undefined && Object.hasOwn(inputs, String(input)) ? inputs[String(input)] : undefined;
      return known === undefined
        ? undefined
        : accessValue(literal(known.value, known.secret ? "secret" : "plain"), rest);
    }
    const component = linked.get(name);
    if (component !== undefined) {
      const output = component.outputs[String(path[0])];
      return output === undefined ? undefined : accessValue(output, path.slice(1));
    }
    if (members.get(name)?.kind !== "resource" || !built.has(name)) return undefined;
    return { kind: "output", node: name, path: path.length === 1 && path[0] === "id" ? [] : path };
  };
  const around: Surroundings = {
    spec,
    context,
    lookup,
    linked,
    typeOf: (name) => members.get(name)?.spec.type,
    nodesOf: (name) => built.get(name) ?? [],
    group: () => {
      if (nodes[0]?.name !== SHARED_GROUP) nodes.unshift(sharedGroup(spec, context));
      return embed({ kind: "output", node: SHARED_GROUP, path: ["name"] });
    },
  };

  for (const member of wiring.order) {
    // What refers wrongly was reported once; building it would report the consequences.
    if (broken.has(member.path)) continue;
    if (member.kind === "resource") {
      const outcome = buildResource(member.spec, member.path, around);
      problems.push(...outcome.problems);
      if (outcome.node !== undefined) nodes.push(outcome.node);
      built.set(member.spec.name, [member.spec.name]);
      continue;
    }
    const outcome = buildComponent(member.spec, member.path, around);
    problems.push(...outcome.problems);
    if (outcome.built === undefined) continue;
    nodes.push(...outcome.built.nodes);
    components.push(outcome.built.component);
    linked.set(member.spec.name, outcome.built.linked);
    built.set(
      member.spec.name,
      outcome.built.nodes.map(({ name }) => name),
    );
  }
  problems.push(...duplicateNodes(nodes));

  const outputs: [string, Value][] = [];
  for (const [name, raw] of Object.entries(spec.outputs ?? {})) {
    const value = resolveRaw(raw, lookup);
    if (value !== undefined) outputs.push([name, value]);
  }
  const graph: ResourceGraph = {
    ...emptyGraph(spec),
    packages: packagesOf(nodes, spec, context),
    components,
    nodes,
    outputs: Object.fromEntries(outputs),
  };
  return { graph, problems };
}

function buildResource(resource: RawResourceSpec, path: string, around: Surroundings) {
  const { spec, context } = around;
  const { name, type, options } = resource;
  const problems = checkShape(type, Object.keys(resource.properties ?? {}), `${path}.properties`, context);
  const entries: [string, Value][] = [];
  for (const [key, raw] of Object.entries(resource.properties ?? {})) {
    const value = resolveRaw(raw, around.lookup);
    if (value === undefined) return { problems };
    entries.push([key, value]);
  }
  const node = finishNode(
    {
      name,
      stem: options?.aliases?.[0] ?? name,
      owner: name,
      part: "",
      type,
      properties: Object.fromEntries(entries),
      options: nodeOptions(options, spec, {
        dependsOn: (options?.dependsOn ?? []).flatMap(around.nodesOf),
        ignoreChanges: [
          ...(options?.ignoreChanges ?? []),
          ...(options?.import === undefined ? [] : unnamed(type, resource.properties ?? {}, context)),
        ],
        aliases: options?.aliases ?? [],
        importId: options?.import,
      }),
    },
    spec,
    context,
  );
  return { node, problems };
}

/** Names that the spec leaves open: the provider would make one up, but what is adopted keeps its own. */
function unnamed(type: string, properties: object, { catalog }: TranslateContext): readonly string[] {
  const found = catalog.lookup(type);
  if (found.kind !== "known") return [];
  return ["name", "bucket"].filter((field) => found.shape.inputs.has(field) && !(field in properties));
}

function sharedGroup(spec: BuildSpec, context: TranslateContext): ResourceNode {
  const name = cloudName(context.identity, "", "", RFC1035);
  return finishNode(
    {
      name: SHARED_GROUP,
      stem: SHARED_GROUP,
      owner: SHARED_GROUP,
      part: "",
      type: "azure-native:resources:ResourceGroup",
      properties: { resourceGroupName: literal(name), location: literal(spec.region) },
      options: nodeOptions(undefined, spec, { dependsOn: [], ignoreChanges: [], aliases: [] }),
    },
    spec,
    context,
  );
}

/** A raw resource can be called like a part of a component: `net-vpc`. */
function duplicateNodes(nodes: readonly ResourceNode[]): readonly SpecProblem[] {
  const seen = new Map<string, ResourceNode>();
  return nodes.flatMap((node): readonly SpecProblem[] => {
    const first = seen.get(node.name);
    seen.set(node.name, node);
    if (first === undefined) return [];
    const message = `\`${first.owner}\` and \`${node.owner}\` both make a resource \`${node.name}\`; rename one of them`;
    return [{ reason: "DuplicateName", path: "components", message }];
  });
}

function packagesOf(nodes: readonly ResourceNode[], spec: BuildSpec, context: TranslateContext): readonly PackageUse[] {
  const names = new Set(nodes.flatMap(({ type }) => parseToken(type)?.packageName ?? []));
  const own = spec.provider === "azure" ? "azure-native" : spec.provider;
  return [...names].toSorted().map((name) => ({
    name,
    version: context.catalog.version(name) ?? "",
    provider: name === own ? `${name}-${spec.region}` : name,
    config: {
      ...(name === own ? { [own === "azure-native" ? "location" : "region"]: spec.region } : {}),
      ...context.providerConfig?.[name],
    },
  }));
}

function emptyGraph(spec: BuildSpec): ResourceGraph {
  const { provider, region } = spec;
  return {
    translatorVersion: TRANSLATOR_VERSION,
    provider,
    region,
    packages: [],
    components: [],
    nodes: [],
    outputs: {},
  };
}

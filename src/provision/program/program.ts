// The inline Pulumi program: registers a resource graph in order and gives its outputs.
import * as pulumi from "@pulumi/pulumi";
import { parseToken } from "../graph/catalog.ts";
import type { ComponentNode, Json, PackageUse, ResourceGraph, ResourceNode, Value } from "../graph/graph.ts";
import type { OutputValue } from "../worker/job.ts";
import { nameOfUrn } from "../plan/events.ts";
import { type ResourceMaker, UntypedResource } from "./classes.ts";
import { asJson, inputOf, outputFrom } from "./value.ts";

/** A program and what it resolved. `collect` is for after the engine has ended; unknown outputs are left out. */
export interface Program {
  readonly run: () => Promise<Record<string, unknown>>;
  readonly collect: () => Promise<{
    readonly outputs: Readonly<Record<string, OutputValue>>;
    readonly componentOutputs: Readonly<Record<string, Readonly<Record<string, OutputValue>>>>;
  }>;
}

/** Secret provider inputs by package; only where the environment does not reach the provider. */
export type ProviderSecrets = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** A program for `graph`. Runs once. */
export function createProgram(
  graph: ResourceGraph,
  makers: ReadonlyMap<string, ResourceMaker>,
  secrets: ProviderSecrets,
): Program {
  const outputs = new Map<string, Captured>();
  const componentOutputs = new Map<string, Map<string, Captured>>();

  const run = () => {
    const providers = new Map(graph.packages.map((use) => [use.name, provider(use, secrets[use.name] ?? {})]));
    const parents = new Map(graph.components.map((component) => [component.name, new Component(component)] as const));
    const resources = new Map<string, pulumi.CustomResource>();
    const read = outputsRead(graph);
    for (const node of graph.nodes) {
      resources.set(node.name, register(node, { providers, parents, resources, makers, read }));
    }
    for (const component of graph.components) {
      const captured = captureAll(component.outputs, resources);
      componentOutputs.set(component.name, captured);
      parents.get(component.name)?.publish(inputsOf(captured));
    }
    for (const [name, value] of captureAll(graph.outputs, resources)) outputs.set(name, value);
    return Promise.resolve(inputsOf(outputs));
  };
  return {
    run,
    collect: async () => {
      const components: [string, Readonly<Record<string, OutputValue>>][] = [];
      for (const [name, captured] of componentOutputs) components.push([name, await resolved(captured)]);
      return { outputs: await resolved(outputs), componentOutputs: Object.fromEntries(components) };
    },
  };
}

/** A program that only registers providers, for refresh and destroy with credentials newer than the state's. */
export function createProviderProgram(packages: readonly PackageUse[], secrets: ProviderSecrets): () => Promise<void> {
  return () => {
    for (const use of packages) provider(use, secrets[use.name] ?? {});
    return Promise.resolve();
  };
}

/** A resource that exists in the cloud: a cut-off create with its state as the engine recorded it, or one that nobody made here. */
export interface FoundResource {
  readonly id: string;
  readonly resource: {
    readonly type: string;
    readonly urn: string;
    readonly inputs?: Readonly<Record<string, unknown>>;
    readonly parent?: string;
    readonly provider?: string;
  };
  /** How it is adopted and kept. Default: as Pulumi does. */
  readonly options?: Pick<pulumi.CustomResourceOptions, "protect" | "retainOnDelete"> & {
    readonly ignoreChanges: readonly string[];
  };
}

/** A program that imports found resources under the URNs they were recorded with, and nothing else: for targeted updates. */
export function createAdoptionProgram(
  packages: readonly PackageUse[],
  secrets: ProviderSecrets,
  found: readonly FoundResource[],
): () => Promise<void> {
  return () => {
    const providers = new Map(packages.map((use) => [use.provider, provider(use, secrets[use.name] ?? {})]));
    const parents = new Map<string, pulumi.ComponentResource>();
    const adopted = found.map(({ id, resource, options }) => {
      const parent = resource.parent === undefined ? undefined : parentOf(resource.parent, parents);
      const explicit = providers.get(providerName(resource.provider ?? ""));
      return new UntypedResource(
        resource.type,
        nameOfUrn(resource.urn),
        { ...resource.inputs },
        {
          import: id,
          ...(options === undefined ? {} : { ...options, ignoreChanges: [...options.ignoreChanges] }),
          ...(parent === undefined ? {} : { parent }),
          ...(explicit === undefined ? {} : { provider: explicit }),
        },
      );
    });
    return Promise.resolve(adopted).then(() => undefined);
  };
}

/** The component of a parent URN; the stack itself needs none. */
function parentOf(urn: string, parents: Map<string, pulumi.ComponentResource>): pulumi.ComponentResource | undefined {
  const type = urn.split("::")[2] ?? "";
  if (!type.startsWith("dharma:component:")) return undefined;
  const known = parents.get(urn);
  if (known !== undefined) return known;
  const name = nameOfUrn(urn);
  const parent = new Component({ name, type: type.slice("dharma:component:".length), aliases: [], outputs: {} });
  parents.set(urn, parent);
  return parent;
}

/** Logical name in a provider reference, `URN::ID`. */
function providerName(reference: string): string {
  return reference.split("::").at(-2) ?? "";
}

/** An explicit provider; a name of its own per region, so that moving replaces what it made. */
export function provider(use: PackageUse, secrets: Readonly<Record<string, string>>): pulumi.ProviderResource {
  const inputs: pulumi.Inputs = { ...use.config };
  for (const [key, value] of Object.entries(secrets)) inputs[key] = pulumi.secret(value);
  return new ExplicitProvider(use.name, use.provider, inputs, use.version === "" ? {} : { version: use.version });
}

class ExplicitProvider extends pulumi.ProviderResource {}

class Component extends pulumi.ComponentResource {
  constructor({ name, type, aliases }: ComponentNode) {
    super(`dharma:component:${type}`, name, {}, { aliases: aliases.map((alias) => ({ name: alias })) });
  }

  publish(outputs: pulumi.Inputs): void {
    this.registerOutputs(outputs);
  }
}

interface Registered {
  readonly providers: ReadonlyMap<string, pulumi.ProviderResource>;
  readonly parents: ReadonlyMap<string, pulumi.ComponentResource>;
  readonly resources: ReadonlyMap<string, pulumi.CustomResource>;
  readonly makers: ReadonlyMap<string, ResourceMaker>;
  /** By node: outputs that others read. */
  readonly read: ReadonlyMap<string, readonly string[]>;
}

function register(
  node: ResourceNode,
  { providers, parents, resources, makers, read }: Registered,
): pulumi.CustomResource {
  const { name, type, options } = node;
  const make = makers.get(type);
  if (make === undefined) throw new pulumi.RunError(`no class was loaded for ${type}`);
  const parent = node.part === "" ? undefined : parents.get(node.owner);
  const explicit = providers.get(parseToken(type)?.packageName ?? "");
  const inputs = Object.fromEntries(
    Object.entries(node.properties).map(([key, value]) => [key, inputOf(value, resources)]),
  );
  const settings: pulumi.CustomResourceOptions = {
    protect: options.protect,
    retainOnDelete: options.retain,
    ignoreChanges: [...options.ignoreChanges],
    aliases: options.aliases.map((alias) => ({ name: alias })),
    dependsOn: options.dependsOn.flatMap((needed) => resources.get(needed) ?? []),
    ...(parent === undefined ? {} : { parent }),
    ...(explicit === undefined ? {} : { provider: explicit }),
    ...(options.importId === undefined ? {} : { import: options.importId }),
    ...(options.deleteBeforeReplace === undefined ? {} : { deleteBeforeReplace: options.deleteBeforeReplace }),
    ...(options.timeouts === undefined ? {} : { customTimeouts: options.timeouts }),
  };
  return make(name, inputs, settings, read.get(name) ?? []);
}

function outputsRead(graph: ResourceGraph): ReadonlyMap<string, readonly string[]> {
  const read = new Map<string, string[]>();
  const visit = (value: Value): void => {
    if (value.kind === "output") {
      const [first] = value.path;
      if (typeof first === "string") read.set(value.node, [...(read.get(value.node) ?? []), first]);
    } else if (value.kind === "concat") value.parts.forEach(visit);
    else if (value.kind === "list") value.items.forEach(visit);
    else if (value.kind === "map") Object.values(value.entries).forEach(visit);
  };
  for (const node of graph.nodes) Object.values(node.properties).forEach(visit);
  for (const component of graph.components) Object.values(component.outputs).forEach(visit);
  Object.values(graph.outputs).forEach(visit);
  return read;
}

/** An output and the value the engine resolved it to, once it did. */
interface Captured {
  readonly output: pulumi.Output<unknown>;
  readonly values: Json[];
}

function captureAll(
  values: Readonly<Record<string, Value>>,
  resources: ReadonlyMap<string, pulumi.CustomResource>,
): Map<string, Captured> {
  return new Map(
    Object.entries(values).map(([name, value]) => {
      const seen: Json[] = [];
      // `apply` is skipped while the value is unknown, so previews leave `seen` empty.
      const output = outputFrom(inputOf(value, resources)).apply((resolvedValue) => {
        seen.push(asJson(resolvedValue));
        return resolvedValue;
      });
      return [name, { output, values: seen }];
    }),
  );
}

function inputsOf(captured: ReadonlyMap<string, Captured>): Record<string, unknown> {
  return Object.fromEntries([...captured].map(([name, { output }]) => [name, output]));
}

async function resolved(captured: ReadonlyMap<string, Captured>): Promise<Readonly<Record<string, OutputValue>>> {
  const known: [string, OutputValue][] = [];
  for (const [name, { output, values }] of captured) {
    const [value] = values;
    if (value !== undefined) known.push([name, { value, secret: await pulumi.isSecret(output) }]);
  }
  return Object.fromEntries(known);
}

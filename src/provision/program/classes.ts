// Resource classes by type token, each loaded from its own sub-path: a whole SDK is hundreds of megabytes.
import * as pulumi from "@pulumi/pulumi";
import type { TypeCatalog } from "../graph/catalog.ts";
import { parseToken } from "../graph/catalog.ts";

/** What registers one resource. `outputs` names the outputs others read, which types without an SDK must declare. */
export type ResourceMaker = (
  name: string,
  properties: pulumi.Inputs,
  options: pulumi.CustomResourceOptions,
  outputs: readonly string[],
) => pulumi.CustomResource;

type ResourceClass = new (
  name: string,
  properties: pulumi.Inputs,
  options: pulumi.CustomResourceOptions,
) => pulumi.CustomResource;

/** Loads the makers of `types`. Rejects when an SDK module has not the class its type token names. */
export async function loadMakers(
  types: ReadonlySet<string>,
  catalog: TypeCatalog,
): Promise<ReadonlyMap<string, ResourceMaker>> {
  const makers = new Map<string, ResourceMaker>();
  for (const type of types) makers.set(type, await loadMaker(type, catalog));
  return makers;
}

async function loadMaker(type: string, catalog: TypeCatalog): Promise<ResourceMaker> {
  const found = catalog.lookup(type);
  const token = parseToken(type);
  if (found.kind === "unknown" || token === undefined) throw new TypeError(`no resource type ${type} is installed`);
  if (found.kind === "unchecked") {
    return (name, properties, options, outputs) => {
      const declared = Object.fromEntries(outputs.map((output) => [output, undefined]));
      return new UntypedResource(type, name, { ...declared, ...properties }, options);
    };
  }
  const module: unknown = await import(`@pulumi/${token.packageName}/${found.module}.js`);
  const resourceClass = exportOf(module, found.className);
  if (!isResourceClass(resourceClass)) {
    throw new TypeError(`@pulumi/${token.packageName}/${found.module} has no class ${found.className}`);
  }
  return (name, properties, options) => new resourceClass(name, properties, options);
}

/** A resource of a type without an SDK, or of which only the token matters. */
export class UntypedResource extends pulumi.CustomResource {}

function exportOf(module: unknown, name: string): unknown {
  return typeof module === "object" && module !== null ? Reflect.get(module, name) : undefined;
}

function isResourceClass(value: unknown): value is ResourceClass {
  return typeof value === "function" && value.prototype instanceof pulumi.CustomResource;
}

// Keeps the URNs inside a state pointing at resources that are there (backend/journal.go, apitype/core.go of Pulumi v3.250.0).
import type { Deployment, ResourceState } from "./deployment.ts";

const rootStackType = "pulumi:pulumi:Stack";

/**
 * Drops references to resources a refresh removed; a child of a removed parent moves up. Resources must stand after
 * what they depend on. Differs from Pulumi's rebuildDependencies in one point: a dangling `replaceWith` is dropped,
 * where theirs appends empty names by a slip of an index.
 */
export function rebuildDependencies(resources: readonly ResourceState[]): readonly ResourceState[] {
  const known = new Set<string>();
  const kept = resources.map((resource) => {
    const next = withKnownReferences(resource, known);
    known.add(resource.urn);
    return next;
  });
  const parents = new Map<string, string>();
  return kept.map((resource) => {
    const parent = resource.parent ?? "";
    parents.set(resource.urn, parent);
    if (parent === "" || known.has(parent)) return resource;
    const grandparent = parents.get(parent) ?? "";
    const { parent: _, ...orphan } = resource;
    return grandparent === "" ? orphan : { ...orphan, parent: grandparent };
  });
}

function withKnownReferences(resource: ResourceState, known: ReadonlySet<string>): ResourceState {
  const isKnown = (urn: string): boolean => known.has(urn);
  const { dependencies, propertyDependencies, replaceWith, deletedWith, ...rest } = resource;
  const deps = dependencies?.filter(isKnown) ?? [];
  const propertyDeps = Object.entries(propertyDependencies ?? {}).flatMap(([key, urns]) => {
    const left = (urns ?? []).filter(isKnown);
    return left.length > 0 ? [[key, left] as const] : [];
  });
  const replacers = replaceWith?.filter(isKnown) ?? [];
  return {
    ...rest,
    ...(deps.length > 0 ? { dependencies: deps } : {}),
    ...(propertyDeps.length > 0 ? { propertyDependencies: Object.fromEntries(propertyDeps) } : {}),
    ...(replacers.length > 0 ? { replaceWith: replacers } : {}),
    ...(deletedWith && isKnown(deletedWith) ? { deletedWith } : {}),
  };
}

/**
 * Rewrites references that go through an alias to the resource's present URN and drops the aliases
 * (DeploymentV3.NormalizeURNReferences). Where two resources claim one alias the first keeps it.
 */
export function normalizeUrns(deployment: Deployment): Deployment {
  const resources = deployment.resources ?? [];
  const present = aliasTable(resources);
  if (present.size === 0 && resources.every((resource) => resource.aliases === undefined)) return deployment;
  const fix = (urn: string): string => present.get(urn) ?? urn;
  return {
    ...deployment,
    resources: resources.map((resource) => {
      const { aliases: _, ...rest } = resource;
      return {
        ...rest,
        urn: fix(resource.urn),
        ...(resource.parent ? { parent: fix(resource.parent) } : {}),
        ...(resource.provider ? { provider: fixProvider(resource.provider, fix) } : {}),
        ...(resource.dependencies ? { dependencies: resource.dependencies.map(fix) } : {}),
        ...(resource.propertyDependencies
          ? {
              propertyDependencies: Object.fromEntries(
                Object.entries(resource.propertyDependencies).map(([key, urns]) => [key, (urns ?? []).map(fix)]),
              ),
            }
          : {}),
        ...(resource.deletedWith ? { deletedWith: fix(resource.deletedWith) } : {}),
        ...(resource.viewOf ? { viewOf: fix(resource.viewOf) } : {}),
      };
    }),
  };
}

function aliasTable(resources: readonly ResourceState[]): ReadonlyMap<string, string> {
  const present = new Map<string, string>();
  for (const resource of resources) {
    for (const alias of resource.aliases ?? []) {
      if (!present.has(alias)) present.set(alias, resource.urn);
    }
    const parent = present.get(resource.parent ?? "");
    if (parent !== undefined && qualifiedType(parent) !== rootStackType) {
      present.set(resource.urn, movedUnder(resource.urn, parent));
    }
  }
  return present;
}

/** A provider reference is `URN::ID`. */
function fixProvider(reference: string, fix: (urn: string) => string): string {
  const at = reference.lastIndexOf("::");
  return at < 0 ? reference : `${fix(reference.slice(0, at))}${reference.slice(at)}`;
}

/** `urn:pulumi:STACK::PROJECT::QUALIFIED$TYPE::NAME`; a name may hold `::` itself. */
function urnParts(urn: string): { stack: string; project: string; type: string; name: string } {
  const [stack = "", project = "", type = "", ...name] = urn.slice("urn:pulumi:".length).split("::");
  return { stack, project, type, name: name.join("::") };
}

function qualifiedType(urn: string): string {
  return urnParts(urn).type;
}

function movedUnder(urn: string, parent: string): string {
  const { stack, project, type, name } = urnParts(urn);
  const own = type.slice(type.lastIndexOf("$") + 1);
  return `urn:pulumi:${stack}::${project}::${qualifiedType(parent)}$${own}::${name}`;
}

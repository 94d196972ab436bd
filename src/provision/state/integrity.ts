// Whether a state is well formed, by Pulumi's own rules (pulumi/pkg v3.250.0, resource/stack/snapshot/integrity.go).
import { createHash } from "node:crypto";
import { isObject } from "./deployment.ts";
import type { Deployment, ResourceState, VersionedDeployment } from "./deployment.ts";
import { StateError } from "./errors.ts";
import { isResource } from "./journal.ts";

/** The first thing wrong with a state, or undefined. */
export function integrityProblem(deployment: Deployment): string | undefined {
  const { manifest } = deployment;
  const version = typeof manifest?.["version"] === "string" ? manifest["version"] : "";
  const magic = version === "" ? "" : createHash("sha256").update(version).digest("hex");
  if ((manifest?.["magic"] ?? "") !== magic) return "magic cookie mismatch: the file was changed by hand or is damaged";
  const seen = new Map<string, ResourceState[]>();
  const providers = new Set<string>();
  for (const [index, resource] of (deployment.resources ?? []).entries()) {
    const problem = resourceProblem(resource, index, seen, providers);
    if (problem !== undefined) return problem;
    seen.set(resource.urn, [...(seen.get(resource.urn) ?? []), resource]);
  }
  for (const [urn, states] of seen) {
    const living = states.filter((state) => state.delete !== true).length;
    if (living > 1) return `duplicate resource ${urn} (not marked for deletion)`;
  }
  return undefined;
}

function resourceProblem(
  resource: ResourceState,
  index: number,
  seen: ReadonlyMap<string, unknown>,
  providers: Set<string>,
): string | undefined {
  const { urn } = resource;
  if (urn === "") return `resource at index ${index} misses its urn`;
  if (resource.type === "") return `resource ${urn} misses its type`;
  if (resource.custom !== true && resource.id) return `resource ${urn} is no custom resource but has an id`;
  if (resource.type.startsWith("pulumi:providers:")) providers.add(`${urn}::${resource.id ?? ""}`);
  if (resource.provider && resource.pendingReplacement !== true && !providers.has(resource.provider)) {
    return `resource ${urn} refers to unknown provider ${resource.provider}`;
  }
  const wanted: readonly (readonly [string, string | undefined])[] = [
    ["parent", resource.parent],
    ...(resource.dependencies ?? []).map((urn_) => ["dependency", urn_] as const),
    ...Object.values(resource.propertyDependencies ?? {}).flatMap((urns) =>
      (urns ?? []).map((urn_) => ["property dependency", urn_] as const),
    ),
    ["deletedWith", resource.deletedWith],
  ];
  for (const [what, reference] of wanted) {
    if (reference && !seen.has(reference))
      return `resource ${urn} refers to ${what} ${reference}, which isn't before it`;
  }
  return undefined;
}

/**
 * Takes what `pulumi stack import` sends. Rejects "invalid" with the reason: wrong shape, unknown schema version, broken
 * integrity, or a secrets provider whose secrets this service could not open.
 */
export function parseImport(body: unknown): VersionedDeployment {
  if (!isObject(body)) throw refused("the body is not a deployment");
  const version = body["version"] ?? 3;
  if (version !== 3 && version !== 4) {
    throw refused(
      `schema version ${JSON.stringify(version)} is not 3 or 4; export it with a Pulumi CLI of 2023 or later`,
    );
  }
  const { deployment, features } = body;
  if (deployment !== undefined && deployment !== null && !isDeployment(deployment)) {
    throw refused("deployment.resources is not a list of resources with urn and type");
  }
  const inner: Deployment = isDeployment(deployment) ? deployment : {};
  const provider = inner.secrets_providers?.type;
  if (provider !== undefined && provider !== "" && provider !== "service") {
    throw refused(
      `its secrets are kept by the provider "${provider}", which this service can't open; ` +
        "export with `pulumi stack export --show-secrets`, or run `pulumi stack change-secrets-provider default` first",
    );
  }
  const problem = (inner.resources ?? []).length > 0 ? integrityProblem(inner) : undefined;
  if (problem !== undefined) throw refused(`${problem}; repair it with \`pulumi state repair\` and import again`);
  return {
    version,
    ...(Array.isArray(features) ? { features: features.filter((feature) => typeof feature === "string") } : {}),
    deployment: inner,
  };
}

/** True for an object whose lists of resources and pending operations have the right shape. */
export function isDeployment(value: unknown): value is Deployment {
  if (!isObject(value)) return false;
  const resources = value["resources"] ?? [];
  const pending = value["pending_operations"] ?? [];
  const provider = value["secrets_providers"] ?? undefined;
  return (
    Array.isArray(resources) &&
    resources.every(isResource) &&
    Array.isArray(pending) &&
    pending.every((operation: unknown) => isObject(operation) && isResource(operation["resource"])) &&
    (provider === undefined || (isObject(provider) && typeof provider["type"] === "string"))
  );
}

function refused(why: string): StateError {
  return new StateError("invalid", `this state can't be imported: ${why}`);
}

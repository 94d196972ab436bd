// What the cloud refuses before it does anything: regions, parents, references, rules of the type.
import type { Clock } from "../../kube/clock.ts";
import { CloudError, generalRefusal } from "./errors.ts";
import { type Identity, normalRegion, regionsOf } from "./identity.ts";
import { type References, requireReferences, resolve } from "./references.ts";
import { awsRules } from "./rules/aws.ts";
import { azureRules } from "./rules/azure.ts";
import { gcpRules } from "./rules/gcp.ts";
import type { RuleContext } from "./rules/rule.ts";
import type { CloudResource, CloudStore } from "./store.ts";
import type { PackageTables, TypeTable } from "./tables/tables.ts";
import { type JsonObject, textAt } from "./values.ts";

export interface CloudParts {
  readonly store: CloudStore;
  readonly references: References;
  readonly clock: Clock;
}

/** A caller's request about one type. Inputs are without secret wrappers. */
export interface Request {
  readonly tables: PackageTables;
  readonly table: TypeTable;
  readonly identity: Identity;
  readonly urn?: string;
}

const rules = { ...awsRules, ...azureRules, ...gcpRules };

/** Services whose resources live in no region, and types whose names are unique in a whole account or the world. */
const globalModules = /^(aws:(iam|cloudfront|route53|s3)\/|azure-native:|gcp:)/;

/** The region a resource with these inputs would be in. Throws for a region that does not exist. */
export function regionFor(request: Request, store: CloudStore, inputs: JsonObject): string {
  const { identity, table } = request;
  const pkg = table.package;
  const zone = textAt(inputs, "zone") ?? (table.shape.inputs["zone"] === undefined ? undefined : identity.zone);
  const fromZone =
    pkg === "gcp" && zone !== undefined
      ? zone
          .split("/")
          .at(-1)
          ?.replace(/-[a-z]$/, "")
      : undefined;
  const given =
    textAt(inputs, "region")?.split("/").at(-1) ?? (pkg === "aws" ? undefined : textAt(inputs, "location")) ?? fromZone;
  const group = pkg === "azure-native" ? groupOf(request, store, inputs)?.region : undefined;
  const region = given ?? group ?? identity.region ?? "";
  const isMultiRegion = pkg === "gcp" && given !== undefined && given === textAt(inputs, "location");
  if (region !== "" && !isMultiRegion && !regionsOf[pkg].has(normalRegion(pkg, region))) {
    const code =
      pkg === "aws" ? "InvalidParameterValue" : pkg === "gcp" ? "invalid" : "LocationNotAvailableForResourceType";
    throw new CloudError(
      "invalid",
      code,
      `The provided location '${region}' is not available for resource type '${table.token}'.`,
    );
  }
  return region;
}

function groupOf(request: Request, store: CloudStore, inputs: JsonObject): CloudResource | undefined {
  const name = textAt(inputs, "resourceGroupName");
  if (name === undefined) return undefined;
  const id = `/subscriptions/${request.identity.account}/resourceGroups/${name}`;
  return resolve(store, { account: request.identity.account, scope: "" }, "azure-native:resources:ResourceGroup", id);
}

/** The scope of a resource's name: its region, or "" where names hold for the whole account. */
export function scopeFor(table: TypeTable, region: string): string {
  return globalModules.test(table.token) ? "" : region;
}

function contextOf(parts: CloudParts, request: Request, region: string): RuleContext {
  const place = { account: request.identity.account, scope: region };
  return {
    identity: request.identity,
    region,
    ofType: (type) => parts.store.ofType(place, type),
    ofEverybody: (type) =>
      parts.store
        .all()
        .filter((one) => one.type === type)
        .toArray(),
    resolve: (type, value) => resolve(parts.store, place, type, value),
  };
}

/** Refuses what the cloud would refuse, for a creation or an update of `self`. */
export function admit(
  parts: CloudParts,
  request: Request,
  region: string,
  inputs: JsonObject,
  self: CloudResource | undefined,
): RuleContext {
  const { identity, table } = request;
  const project = textAt(inputs, "project");
  if (table.package === "gcp" && project !== undefined && project !== identity.account)
    throw generalRefusal("gcp", "denied", `projects/${project}`);
  const group = textAt(inputs, "resourceGroupName");
  if (
    group !== undefined &&
    table.token !== "azure-native:resources:ResourceGroup" &&
    groupOf(request, parts.store, inputs) === undefined
  ) {
    throw new CloudError("notFound", "ResourceGroupNotFound", `Resource group '${group}' could not be found.`);
  }
  const context = contextOf(parts, request, region);
  requireReferences(parts.references, parts.store, { account: identity.account, scope: region }, table.token, inputs);
  rules[table.token]?.verify(context, inputs, self);
  return context;
}

/** Azure: a child needs the nearest type above it in its id. */
export function requireParent(parts: CloudParts, request: Request, id: string): void {
  if (request.table.package !== "azure-native") return;
  const above = [...request.tables.types.values()]
    .filter((one) => request.table.idForm.startsWith(`${one.idForm}/`) && !one.token.endsWith(":ResourceGroup"))
    .toSorted((left, right) => right.idForm.length - left.idForm.length)[0];
  if (above === undefined) return;
  const parentId = id.split("/").slice(0, above.idForm.split("/").length).join("/");
  if (resolve(parts.store, { account: request.identity.account, scope: "" }, above.token, parentId) === undefined) {
    throw new CloudError(
      "notFound",
      "ParentResourceNotFound",
      `Failed to perform 'write' on resource '${id}' because the parent resource '${parentId}' could not be found.`,
    );
  }
}

// What the cloud does when asked: create, read, update, delete, with all its rules. No protocol, no faults.
import { admit, type CloudParts, regionFor, type Request, requireParent, scopeFor } from "./admission.ts";
import { CloudError, generalRefusal } from "./errors.ts";
import { fillTemplate } from "./ids.ts";
import { linkOf, outputsOf, templateLookup } from "./outputs/outputs.ts";
import { userOf } from "./references.ts";
import type { CloudResource } from "./store.ts";
import type { TypeTable } from "./tables/tables.ts";
import { type Json, type JsonObject, textAt } from "./values.ts";

/** Makes the resource and returns it. Throws CloudError when the cloud refuses. */
export function createResource(parts: CloudParts, request: Request, given: JsonObject): CloudResource {
  const { store } = parts;
  const { table, identity } = request;
  const region = regionFor(request, store, given);
  const serial = store.nextSerial();
  const seed = `${store.id} ${table.token} ${serial}`;
  const inputs = withPrefixedNames(table, given, seed);
  const context = admit(parts, request, region, inputs, undefined);
  const partial = { table, identity, context, region, inputs, seed };
  const arn = linkOf({ ...partial, id: "", serial, createdAt: 0 }) ?? "";
  const lookup = templateLookup(partial, { arn });
  const id = fillTemplate(table.idForm, lookup, seed)
    .replaceAll("//", "/")
    .replace(/^https:\//, "https://");
  requireParent(parts, request, id);
  const scope = scopeFor(table, region);
  const twin = store.find({ package: table.package, account: identity.account, scope, type: table.token, id });
  if (twin !== undefined) throw alreadyExists(table, id);
  const now = parts.clock.now();
  const properties = outputsOf({ ...partial, id, serial, createdAt: now });
  const resource: CloudResource = {
    serial,
    package: table.package,
    type: table.token,
    id,
    account: identity.account,
    scope,
    region,
    ...(request.urn === undefined ? {} : { urn: request.urn }),
    inputs,
    properties,
    written: properties,
    createdAt: now,
    updatedAt: now,
  };
  store.put(resource);
  return resource;
}

/** `namePrefix` and the like: the name Terraform's providers draw from it (26 digits of time and counter). */
function withPrefixedNames(table: TypeTable, inputs: JsonObject, seed: string): JsonObject {
  const named: Record<string, Json> = { ...inputs };
  for (const [property, prefix] of Object.entries(inputs)) {
    const target = property === "namePrefix" ? "name" : property.replace(/Prefix$/, "");
    const takesPrefix =
      property.endsWith("Prefix") &&
      table.shape.inputs[target] === "s" &&
      ["name", "bucket", "identifier", "clusterIdentifier"].includes(target);
    if (takesPrefix && typeof prefix === "string" && inputs[target] === undefined)
      named[target] = prefix + fillTemplate("{26 hex}", () => undefined, seed);
  }
  return named;
}

function alreadyExists(table: TypeTable, id: string): CloudError {
  if (table.package === "azure-native")
    return new CloudError("exists", "ResourceExists", `cannot create already existing resource '${id}'`);
  if (table.package === "gcp") return new CloudError("exists", "alreadyExists", `The resource '${id}' already exists`);
  return new CloudError(
    "exists",
    table.token.startsWith("aws:iam/") ? "EntityAlreadyExists" : "ResourceAlreadyExistsException",
    `${id} already exists`,
  );
}

/** The resource, or undefined when it does not exist. Throws CloudError of kind "denied" where the cloud says so rather than "not found". */
export function readResource(
  parts: CloudParts,
  request: Request,
  id: string,
  known: JsonObject,
): CloudResource | undefined {
  const { table, identity } = request;
  const region = textAt(known, "region")?.split("/").at(-1) ?? identity.region ?? "";
  const bare = id.split("@")[0] ?? id;
  const subscription = /^\/subscriptions\/([^/]+)\//.exec(id)?.[1];
  if (
    table.package === "azure-native" &&
    subscription !== undefined &&
    subscription.toLowerCase() !== identity.account
  ) {
    throw generalRefusal("azure-native", "denied", id);
  }
  const project = /^projects\/([^/]+)\//.exec(id)?.[1];
  if (table.package === "gcp" && project !== undefined && project !== identity.account)
    throw generalRefusal("gcp", "denied", id);
  const candidates = table.package === "aws" && !id.startsWith("arn:") && !id.startsWith("https:") ? [id, bare] : [id];
  for (const name of candidates) {
    const found = parts.store.find({
      package: table.package,
      account: identity.account,
      scope: scopeFor(table, region),
      type: table.token,
      id: name,
    });
    if (found !== undefined) return found;
  }
  const isWorldwide = /^(aws:s3\/bucket:Bucket|gcp:storage\/bucket:Bucket)$/.test(table.token);
  if (isWorldwide && parts.store.all().some((one) => one.type === table.token && one.id === id)) {
    throw table.package === "aws"
      ? new CloudError("denied", "Forbidden", "Forbidden")
      : generalRefusal("gcp", "denied", id);
  }
  return undefined;
}

/** Changes the resource to `inputs` in place. Throws CloudError, "notFound" included. */
export function updateResource(parts: CloudParts, request: Request, id: string, inputs: JsonObject): CloudResource {
  const old = readResource(parts, request, id, inputs);
  if (old === undefined) throw notFound(request.table, id);
  const context = admit(parts, request, old.region, inputs, old);
  const seed = `${parts.store.id} ${old.type} ${old.serial}`;
  const { table, identity } = request;
  const made = outputsOf({
    table,
    identity,
    context,
    region: old.region,
    inputs,
    seed,
    id: old.id,
    serial: old.serial,
    createdAt: old.createdAt,
  });
  const kept = Object.fromEntries(
    Object.entries(old.properties).filter(
      ([name]) => table.shape.outputs[name] !== undefined && made[name] === undefined,
    ),
  );
  const properties = { ...kept, ...made };
  const urn = request.urn ?? old.urn;
  const next: CloudResource = {
    ...old,
    ...(urn === undefined ? {} : { urn }),
    inputs,
    properties,
    written: properties,
    updatedAt: parts.clock.now(),
  };
  parts.store.put(next);
  return next;
}

export function notFound(table: TypeTable, id: string): CloudError {
  if (table.package === "azure-native")
    return new CloudError("notFound", "ResourceNotFound", `The Resource '${id}' was not found.`);
  if (table.package === "gcp") return new CloudError("notFound", "notFound", `The resource '${id}' was not found`);
  return new CloudError("notFound", "ResourceNotFoundException", `${id} does not exist`);
}

/** Deletes the resource and, on Azure, all below it. Deleting what is gone succeeds. Throws CloudError while something uses it. */
export function deleteResource(parts: CloudParts, request: Request, id: string, known: JsonObject): void {
  const found = readResource(parts, request, id, known);
  if (found === undefined) return;
  const below =
    found.package === "azure-native"
      ? parts.store
          .all()
          .filter(
            (one) => one.account === found.account && one.id.toLowerCase().startsWith(`${found.id.toLowerCase()}/`),
          )
          .toArray()
      : [];
  const leaving = new Set([found, ...below]);
  for (const one of leaving) {
    const use = userOf(parts.references, parts.store, one, leaving);
    if (use !== undefined) throw inUse(one, use.user, use.code);
  }
  for (const one of leaving) parts.store.remove(one);
}

function inUse(target: CloudResource, user: CloudResource, code: string): CloudError {
  if (target.package === "aws") {
    const noun = target.type.split(":").at(-1)?.toLowerCase() ?? "resource";
    return new CloudError(
      "inUse",
      code,
      `The ${noun} '${target.id}' has dependencies and cannot be deleted (used by ${user.id}).`,
    );
  }
  if (target.package === "gcp")
    return new CloudError("inUse", code, `The resource '${target.id}' is already being used by '${user.id}'`);
  return new CloudError("inUse", code, `Resource ${target.id} cannot be deleted because it is in use by ${user.id}.`);
}

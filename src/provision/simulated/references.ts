// How resources point at one another: what a value names, what has to exist, what may not go while it is used.
import { readFileSync } from "node:fs";
import path from "node:path";
import { CloudError } from "./errors.ts";
import type { CloudResource, CloudStore } from "./store.ts";
import { readCsv } from "./tables/csv.ts";
import { scalarText, isUnknown, textAt, valuesAt, type JsonObject } from "./values.ts";

/** One row of facts/references.csv: `from` at `path` names a `to`. */
export interface Reference {
  readonly from: string;
  readonly path: string;
  readonly to: string;
  /** Code and message when there is no such `to`; `{value}` stands for what was given. */
  readonly code: string;
  readonly message: string;
  /** Code with which deleting a `to` in use is refused; "" where the cloud allows it. */
  readonly blockCode: string;
}

export interface References {
  readonly from: ReadonlyMap<string, readonly Reference[]>;
  readonly to: ReadonlyMap<string, readonly Reference[]>;
}

export function loadReferences(): References {
  const text = readFileSync(path.join(import.meta.dirname, "tables/facts/references.csv"), "utf8");
  const rows = readCsv(text).map((row) => ({
    from: row["from"] ?? "",
    path: row["path"] ?? "",
    to: row["to"] ?? "",
    code: row["code"] ?? "",
    message: row["message"] ?? "",
    blockCode: row["blockCode"] ?? "",
  }));
  return { from: Map.groupBy(rows, (row) => row.from), to: Map.groupBy(rows, (row) => row.to) };
}

/** Whose resources are looked at. */
export interface Place {
  readonly account: string;
  readonly scope: string;
}

/** Parts that are made with another resource and are no resources of their own: a VPC's default security group and main route table. */
const parts: Readonly<Record<string, { readonly owner: string; readonly property: string }>> = {
  "aws:ec2/securityGroup:SecurityGroup": { owner: "aws:ec2/vpc:Vpc", property: "defaultSecurityGroupId" },
  "aws:ec2/routeTable:RouteTable": { owner: "aws:ec2/vpc:Vpc", property: "mainRouteTableId" },
};

/** The resource of `type` that `value` names: its id, ARN, self link, or its name; for a part, the resource it is part of. */
export function resolve(store: CloudStore, place: Place, type: string, value: string): CloudResource | undefined {
  if (value === "") return undefined;
  const candidates = store.ofType(place, type);
  const isAzure = type.startsWith("azure-native:");
  const wanted = isAzure ? value.toLowerCase() : value;
  const found = candidates.find((one) => (isAzure ? one.id.toLowerCase() === wanted : isNamed(one, value)));
  if (found !== undefined) return found;
  const part = parts[type];
  if (part !== undefined) return store.ofType(place, part.owner).find((one) => one.properties[part.property] === value);
  if (type !== "azure-native:network:Subnet") return undefined;
  const [owner = "", name = ""] = wanted.split("/subnets/");
  return store
    .ofType(place, "azure-native:network:VirtualNetwork")
    .find(
      (one) =>
        one.id.toLowerCase() === owner &&
        valuesAt(one.properties, "subnets.name").some((known) => scalarText(known).toLowerCase() === name),
    );
}

function isNamed(one: CloudResource, value: string): boolean {
  const { properties } = one;
  if (one.id === value || properties["arn"] === value || properties["selfLink"] === value) return true;
  const name =
    textAt(properties, "name") ?? textAt(properties, "identifier") ?? textAt(properties, "clusterIdentifier");
  if (name !== undefined && name === value) return true;
  if (one.package !== "gcp") return properties["url"] === value || properties["keyId"] === value;
  return (
    one.id.includes("/") && (value.endsWith(`/${one.id}`) || (!value.includes("/") && one.id.endsWith(`/${value}`)))
  );
}

/** Throws when an input names something that does not exist. Values not known yet are passed over. */
export function requireReferences(
  references: References,
  store: CloudStore,
  place: Place,
  type: string,
  inputs: JsonObject,
): void {
  for (const reference of references.from.get(type) ?? []) {
    for (const value of valuesAt(inputs, reference.path)) {
      if (typeof value !== "string" || value === "" || isUnknown(value) || isElsewhere(reference, value)) continue;
      if (resolve(store, place, reference.to, value) === undefined) {
        throw new CloudError("notFound", reference.code, reference.message.replace("{value}", value));
      }
    }
  }
}

/** `default` of Google Cloud, `local` routes and virtual private gateways of AWS exist without being made. */
function isElsewhere(reference: Reference, value: string): boolean {
  if (reference.to === "gcp:compute/network:Network" || reference.to === "gcp:compute/subnetwork:Subnetwork")
    return /(^|\/)default$/.test(value);
  return reference.path.endsWith("gatewayId") && (value === "local" || value.startsWith("vgw-"));
}

/** The resource, other than `except`, whose use of `target` forbids deleting it. */
export function userOf(
  references: References,
  store: CloudStore,
  target: CloudResource,
  except: ReadonlySet<CloudResource>,
): { readonly user: CloudResource; readonly code: string } | undefined {
  const place = { account: target.account, scope: target.scope };
  for (const reference of references.to.get(target.type) ?? []) {
    if (reference.blockCode === "") continue;
    for (const user of store.ofType(target.scope === "" ? { account: target.account } : place, reference.from)) {
      if (except.has(user)) continue;
      const uses = valuesAt(user.properties, reference.path).some(
        (value) => typeof value === "string" && resolve(store, place, target.type, value) === target,
      );
      if (uses) return { user, code: reference.blockCode };
    }
  }
  return undefined;
}

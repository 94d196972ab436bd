// What a resource shows after it was made: every declared output gets a value of its type, the important ones a true one.
import { uuidOf } from "../identity.ts";
import { fillTemplate, type Lookup } from "../ids.ts";
import type { TypeTable } from "../tables/tables.ts";
import { isObject, type Json, type JsonObject, textAt } from "../values.ts";
import type { OutputRequest } from "./request.ts";
import { awsOutputs } from "./aws.ts";
import { azureOutputs } from "./azure.ts";
import { gcpOutputs } from "./gcp.ts";

/** The full state: inputs as given and all outputs. */
export function outputsOf(request: OutputRequest): JsonObject {
  const { table, inputs } = request;
  const plain: Record<string, Json> = {};
  for (const [name, type] of Object.entries(table.shape.outputs))
    plain[name] = defaultOf(type, `${request.seed} ${name}`);
  const common =
    table.package === "aws" ? awsCommon(request) : table.package === "gcp" ? gcpCommon(request) : azureCommon(request);
  const known = (values: JsonObject) =>
    Object.entries(values).filter(
      ([name, value]) =>
        value !== null && (table.shape.outputs[name] !== undefined || table.shape.inputs[name] !== undefined),
    );
  for (const [name, value] of known(common)) plain[name] = value;
  const given = Object.fromEntries(Object.entries(inputs).filter(([name]) => !name.startsWith("__")));
  const special = { ...awsOutputs, ...azureOutputs, ...gcpOutputs }[table.token]?.(request) ?? {};
  const made = { ...plain, ...given };
  for (const [name, value] of known(special)) made[name] = value;
  return made;
}

/** The inputs and outputs of a preview: what the cloud computes is not known yet. */
export function unknownOutputs(table: TypeTable): readonly string[] {
  return [...Object.keys(table.shape.outputs), ...table.computedInputs];
}

/** Finds template names in inputs (last path segment of references), then the caller. */
export function templateLookup(
  request: Omit<OutputRequest, "id" | "createdAt" | "serial">,
  extra: Readonly<Record<string, string>>,
): Lookup {
  const { identity, inputs, region } = request;
  const whole = new Set([
    "scope",
    "keyRing",
    "bucket",
    "arn",
    "policyArn",
    "path",
    "network",
    "service",
    "role",
    "member",
    "managedZone",
    "relativeRecordSetName",
  ]);
  return (name) => {
    if (extra[name] !== undefined) return extra[name];
    if (name === "subscriptionId" || name === "account") return identity.account;
    if (name === "topicName" && inputs[name] === undefined) return textAt(inputs, "topic")?.split(":").at(-1);
    if (name === "clusterName" && inputs["clusterName"] === undefined)
      return textAt(inputs, "cluster")?.split("/").at(-1);
    if (name === "path") return textAt(inputs, "path") ?? "/";
    if (name === "destination")
      return (
        textAt(inputs, "destinationCidrBlock") ??
        textAt(inputs, "destinationIpv6CidrBlock") ??
        textAt(inputs, "destinationPrefixListId")
      );
    if (name === "email") return `${textAt(inputs, "accountId") ?? ""}@${identity.account}.iam.gserviceaccount.com`;
    if (name === "app|net|gwy")
      return { network: "net", gateway: "gwy" }[textAt(inputs, "loadBalancerType") ?? ""] ?? "app";
    if (name === "regional|global") return inputs["scope"] === "CLOUDFRONT" ? "global" : "regional";
    if (name === "lbName") return textAt(inputs, "loadBalancerArn")?.split("/").at(-2);
    if (name === "lb 16 hex") return textAt(inputs, "loadBalancerArn")?.split("/").at(-1);
    if (name === "secretId" && inputs["secretId"] === undefined) return textAt(inputs, "secret")?.split("/").at(-1);
    if (name === "version" || name === "revision") return "1";
    if (name === "host") return textAt(inputs, "host") ?? "";
    const value = inputs[name];
    const text = typeof value === "number" || typeof value === "boolean" ? String(value) : textAt(inputs, name);
    if (text !== undefined) return whole.has(name) || identity.package !== "gcp" ? text : text.split("/").at(-1);
    if (name === "project") return identity.account;
    if (name === "region" || name === "location") return region === "" ? undefined : region;
    if (name === "zone") return identity.zone;
    return undefined;
  };
}

/** The ARN or self link of a resource; undefined for types without one. */
export function linkOf(request: OutputRequest): string | undefined {
  if (request.table.linkForm === "") return undefined;
  return fillTemplate(request.table.linkForm, templateLookup(request, { id: request.id }), request.seed);
}

function defaultOf(type: string, seed: string): Json {
  if (type.startsWith("[]")) return [];
  if (type === "n") return 0;
  if (type === "b") return false;
  return type === "s" ? uuidOf(seed) : {};
}

function textMap(value: Json | undefined): Readonly<Record<string, Json>> {
  return isObject(value) ? value : {};
}

function awsCommon(request: OutputRequest): JsonObject {
  const { identity, inputs, region } = request;
  return {
    arn: linkOf(request) ?? null,
    region,
    ownerId: identity.account,
    accountId: identity.account,
    tagsAll: { ...identity.defaultTags, ...textMap(inputs["tags"]) },
    status: "ACTIVE",
    createDate: new Date(request.createdAt).toISOString(),
    createdAt: new Date(request.createdAt).toISOString(),
  };
}

function gcpCommon(request: OutputRequest): JsonObject {
  const { identity, inputs, region } = request;
  const labels = { ...identity.defaultTags, ...textMap(inputs["labels"]) };
  return {
    selfLink: linkOf(request) ?? null,
    project: textAt(inputs, "project") ?? identity.account,
    region: region === "" ? null : region,
    zone: textAt(inputs, "zone") ?? identity.zone ?? null,
    creationTimestamp: new Date(request.createdAt).toISOString(),
    createTime: new Date(request.createdAt).toISOString(),
    pulumiLabels: { ...labels, "goog-pulumi-provisioned": "true" },
    effectiveLabels: { ...labels, "goog-pulumi-provisioned": "true" },
    state: "READY",
  };
}

function azureCommon(request: OutputRequest): JsonObject {
  const segments = request.id.split("/");
  const providers = segments.indexOf("providers");
  const names = providers < 0 ? [] : segments.slice(providers + 2).filter((_, index) => index % 2 === 0);
  return {
    name: segments.at(-1) ?? "",
    type: providers < 0 ? "Microsoft.Resources/resourceGroups" : [segments[providers + 1] ?? "", ...names].join("/"),
    location: request.region === "" ? null : request.region,
    provisioningState: "Succeeded",
    etag: `W/"${uuidOf(`${request.seed} etag`)}"`,
    creationTime: new Date(request.createdAt).toISOString(),
    timeCreated: new Date(request.createdAt).toISOString(),
    primaryLocation: request.region,
    statusOfPrimary: "available",
    tenantId: request.identity.tenant,
    systemData: { createdAt: new Date(request.createdAt).toISOString(), createdBy: request.identity.principal },
  };
}

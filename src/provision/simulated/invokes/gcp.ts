// Functions of gcp. Shapes of results: @pulumi/gcp type definitions.
import { CloudError } from "../errors.ts";
import { numberBelow } from "../ids.ts";
import { resolve } from "../references.ts";
import { type JsonObject, textAt } from "../values.ts";
import type { CloudFunction } from "./invoke.ts";

const clientConfig: CloudFunction = ({ identity }) => ({
  id: `projects/${identity.account}/regions/${identity.region ?? ""}/zones/${identity.zone ?? ""}`,
  project: identity.account,
  region: identity.region ?? "",
  zone: identity.zone ?? "",
  accessToken: "simulated",
  defaultLabels: identity.defaultTags,
});

const image: CloudFunction = ({ identity }, args: JsonObject) => {
  const project = textAt(args, "project") ?? identity.account;
  const family = textAt(args, "family");
  const name = textAt(args, "name") ?? (family === undefined ? undefined : `${family}-v20260101`);
  if (name === undefined) throw new CloudError("invalid", "invalid", "one of name, family or filter must be set");
  const id = `projects/${project}/global/images/${name}`;
  return {
    id,
    name,
    family: family ?? "",
    project,
    selfLink: `https://www.googleapis.com/compute/v1/${id}`,
    imageId: String(numberBelow(4_000_000_000, id)),
    diskSizeGb: 10,
    status: "READY",
    archiveSizeBytes: 0,
    description: "",
    labels: {},
    licenses: [],
  };
};

const zones: CloudFunction = ({ identity }, args) => {
  const region = textAt(args, "region") ?? identity.region ?? "us-central1";
  return {
    id: `projects/${identity.account}/regions/${region}`,
    region,
    names: ["a", "b", "c"].map((letter) => `${region}-${letter}`),
  };
};

const project: CloudFunction = ({ identity }, args) => {
  const projectId = textAt(args, "projectId") ?? identity.account;
  return {
    id: `projects/${projectId}`,
    projectId,
    name: projectId,
    number: String(numberBelow(4_000_000_000, projectId)),
    labels: {},
  };
};

const getter =
  (type: string): CloudFunction =>
  ({ parts, identity }, args) => {
    const name = textAt(args, "name") ?? textAt(args, "selfLink") ?? "";
    const found = resolve(parts.store, { account: identity.account, scope: "" }, type, name);
    if (found === undefined) throw new CloudError("notFound", "notFound", `The resource '${name}' was not found`);
    return { ...found.properties, id: found.id };
  };

export const gcpFunctions: Readonly<Record<string, CloudFunction>> = {
  "gcp:organizations/getClientConfig:getClientConfig": clientConfig,
  "gcp:organizations/getProject:getProject": project,
  "gcp:compute/getImage:getImage": image,
  "gcp:compute/getZones:getZones": zones,
  "gcp:compute/getNetwork:getNetwork": getter("gcp:compute/network:Network"),
  "gcp:compute/getSubnetwork:getSubnetwork": getter("gcp:compute/subnetwork:Subnetwork"),
  "gcp:compute/getInstance:getInstance": getter("gcp:compute/instance:Instance"),
  "gcp:compute/getAddress:getAddress": getter("gcp:compute/address:Address"),
  "gcp:storage/getBucket:getBucket": getter("gcp:storage/bucket:Bucket"),
};

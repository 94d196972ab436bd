// Functions of aws. Shapes of results: @pulumi/aws type definitions.
import { CloudError } from "../errors.ts";
import { characters } from "../ids.ts";
import { linkless } from "./arn.ts";
import { resolve } from "../references.ts";
import type { CloudResource } from "../store.ts";
import { isList, isObject, type Json, type JsonObject, scalarText, textAt, valuesAt } from "../values.ts";
import type { CloudFunction, InvokeContext } from "./invoke.ts";

const regionOf = (context: InvokeContext, args: JsonObject) =>
  textAt(args, "region") ?? context.identity.region ?? "us-east-1";

function resourcesOf(context: InvokeContext, args: JsonObject, type: string): readonly CloudResource[] {
  const found = context.parts.store.ofType({ account: context.identity.account, scope: regionOf(context, args) }, type);
  return found.filter((one) => hasTags(one, args["tags"]) && hasFilters(one, args["filters"]));
}

function hasTags(one: CloudResource, wanted: Json | undefined): boolean {
  const tags = isObject(one.properties["tagsAll"]) ? one.properties["tagsAll"] : {};
  return !isObject(wanted) || Object.entries(wanted).every(([key, value]) => tags[key] === value);
}

/** EC2 filters: `vpc-id`, `tag:NAME`, `cidr-block` and the like by the property's name in camel case. */
function hasFilters(one: CloudResource, filters: Json | undefined): boolean {
  if (!isList(filters)) return true;
  return filters.filter(isObject).every((filter) => {
    const name = textAt(filter, "name") ?? "";
    const values = valuesAt(filter, "values").map(scalarText);
    const tag = name.startsWith("tag:")
      ? valuesAt(one.properties["tagsAll"], "").flatMap((tags) => (isObject(tags) ? [tags[name.slice(4)]] : []))
      : undefined;
    const property = name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
    const actual = tag ?? valuesAt(one.properties, property === "cidr" ? "cidrBlock" : property);
    return actual.some((value) => values.includes(scalarText(value)));
  });
}

const listIds =
  (type: string): CloudFunction =>
  (context, args) => {
    const ids = resourcesOf(context, args, type).map((one) => one.id);
    return { id: regionOf(context, args), region: regionOf(context, args), ids };
  };

const single =
  (type: string, code: string): CloudFunction =>
  (context, args) => {
    const asked = textAt(args, "id") ?? textAt(args, "bucket") ?? textAt(args, "name");
    const place = { account: context.identity.account, scope: regionOf(context, args) };
    const byName = asked === undefined ? undefined : resolve(context.parts.store, place, type, asked);
    const found = byName ?? (asked === undefined ? resourcesOf(context, args, type)[0] : undefined);
    if (found === undefined)
      throw new CloudError("notFound", code, `no matching ${type} found${asked === undefined ? "" : `: ${asked}`}`);
    return { ...found.properties, id: found.id };
  };

const callerIdentity: CloudFunction = ({ identity }) => ({
  accountId: identity.account,
  arn: identity.principal,
  userId: `AIDA${characters("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 17, identity.principal)}`,
  id: identity.account,
});

const region: CloudFunction = (context, args) => {
  const name = regionOf(context, args);
  return { id: name, name, region: name, description: name, endpoint: `ec2.${name}.amazonaws.com` };
};

const zones: CloudFunction = (context, args) => {
  const name = regionOf(context, args);
  const names = ["a", "b", "c"].map((letter) => name + letter);
  return {
    id: name,
    region: name,
    names,
    zoneIds: names.map((_, index) => `${name.replaceAll("-", "")}-az${index + 1}`),
    groupNames: [name],
    state: "available",
  };
};

/** The same image for the same question, as if nothing new had been published. */
const ami: CloudFunction = (context, args) => {
  const question = JSON.stringify([
    regionOf(context, args),
    args["owners"] ?? [],
    args["filters"] ?? [],
    args["nameRegex"] ?? "",
  ]);
  const id = `ami-${characters("0123456789abcdef", 17, question)}`;
  const name = valuesAt(args, "filters")
    .filter(isObject)
    .find((filter) => filter["name"] === "name");
  const architecture = question.includes("arm64") ? "arm64" : "x86_64";
  return {
    ...args,
    id,
    imageId: id,
    name: scalarText(valuesAt(name, "values")[0] ?? "simulated-image").replaceAll("*", "20260101"),
    architecture,
    rootDeviceName: "/dev/xvda",
    state: "available",
    region: regionOf(context, args),
    arn: `arn:aws:ec2:${regionOf(context, args)}::image/${id}`,
    ownerId: "137112412989",
    tags: {},
  };
};

const parameter: CloudFunction = (context, args) => {
  const name = textAt(args, "name") ?? "";
  if (!name.startsWith("/aws/service/"))
    throw new CloudError("notFound", "ParameterNotFound", `Parameter ${name} not found.`);
  const value = `ami-${characters("0123456789abcdef", 17, `${regionOf(context, args)} ${name}`)}`;
  return {
    id: name,
    name,
    type: "String",
    value,
    insecureValue: value,
    version: 1,
    region: regionOf(context, args),
    arn: `arn:aws:ssm:${regionOf(context, args)}::parameter${name}`,
  };
};

const taggedResources: CloudFunction = (context, args) => {
  const filters = valuesAt(args, "tagFilters").filter(isObject);
  const found = context.parts.store
    .all()
    .filter(
      (one) =>
        one.package === "aws" &&
        one.account === context.identity.account &&
        (one.scope === "" || one.scope === regionOf(context, args)),
    )
    .filter((one) => filters.every((filter) => hasTag(one, filter)))
    .toArray();
  const mappings = found.map((one) => ({
    resourceArn: linkless(one),
    tags: one.properties["tagsAll"] ?? {},
    complianceDetails: [],
  }));
  return { id: regionOf(context, args), region: regionOf(context, args), resourceTagMappingLists: mappings };
};

function hasTag(one: CloudResource, filter: JsonObject): boolean {
  const tags = one.properties["tagsAll"];
  const value = isObject(tags) ? tags[textAt(filter, "key") ?? ""] : undefined;
  const wanted = valuesAt(filter, "values");
  return value !== undefined && (wanted.length === 0 || wanted.includes(value));
}

/** IAM policy grammar: statements with upper-case keys, one value as a string, several as a list. */
const policyDocument: CloudFunction = (_, args) => {
  const several = (values: readonly Json[]) =>
    values.length === 1
      ? (values[0] ?? null)
      : values.map(scalarText).toSorted((left, right) => (left < right ? -1 : 1));
  const statements = valuesAt(args, "statements")
    .filter(isObject)
    .map((statement) => {
      const principals = Object.fromEntries(
        valuesAt(statement, "principals")
          .filter(isObject)
          .map((one) => [textAt(one, "type") ?? "AWS", several(valuesAt(one, "identifiers"))]),
      );
      const parts: [string, Json | undefined][] = [
        ["Sid", textAt(statement, "sid")],
        ["Effect", textAt(statement, "effect") ?? "Allow"],
        ["Principal", Object.keys(principals).length === 0 ? undefined : principals],
        ["Action", valuesAt(statement, "actions").length === 0 ? undefined : several(valuesAt(statement, "actions"))],
        [
          "Resource",
          valuesAt(statement, "resources").length === 0 ? undefined : several(valuesAt(statement, "resources")),
        ],
      ];
      return Object.fromEntries(parts.filter((part): part is [string, Json] => part[1] !== undefined));
    });
  const json = JSON.stringify({ Version: "2012-10-17", Statement: statements }, null, 2);
  return { id: String(json.length), json, minifiedJson: JSON.stringify(JSON.parse(json)) };
};

export const awsFunctions: Readonly<Record<string, CloudFunction>> = {
  "aws:index/getCallerIdentity:getCallerIdentity": callerIdentity,
  "aws:index/getRegion:getRegion": region,
  "aws:index/getPartition:getPartition": (context, args) => ({
    id: "aws",
    partition: "aws",
    dnsSuffix: "amazonaws.com",
    reverseDnsPrefix: "com.amazonaws",
    region: regionOf(context, args),
  }),
  "aws:index/getAvailabilityZones:getAvailabilityZones": zones,
  "aws:ec2/getAmi:getAmi": ami,
  "aws:ssm/getParameter:getParameter": parameter,
  "aws:ec2/getVpc:getVpc": single("aws:ec2/vpc:Vpc", "InvalidVpcID.NotFound"),
  "aws:ec2/getVpcs:getVpcs": listIds("aws:ec2/vpc:Vpc"),
  "aws:ec2/getSubnet:getSubnet": single("aws:ec2/subnet:Subnet", "InvalidSubnetID.NotFound"),
  "aws:ec2/getSubnets:getSubnets": listIds("aws:ec2/subnet:Subnet"),
  "aws:ec2/getSecurityGroup:getSecurityGroup": single("aws:ec2/securityGroup:SecurityGroup", "InvalidGroup.NotFound"),
  "aws:ec2/getSecurityGroups:getSecurityGroups": listIds("aws:ec2/securityGroup:SecurityGroup"),
  "aws:ec2/getInstance:getInstance": single("aws:ec2/instance:Instance", "InvalidInstanceID.NotFound"),
  "aws:ec2/getInstances:getInstances": listIds("aws:ec2/instance:Instance"),
  "aws:s3/getBucket:getBucket": single("aws:s3/bucket:Bucket", "NoSuchBucket"),
  "aws:iam/getRole:getRole": single("aws:iam/role:Role", "NoSuchEntity"),
  "aws:iam/getPolicyDocument:getPolicyDocument": policyDocument,
  "aws:resourcegroupstaggingapi/getResources:getResources": taggedResources,
};

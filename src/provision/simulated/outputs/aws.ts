// Outputs of aws types that other resources or people use. Forms: AWS service documentation.
import { addressAt, parseBlock } from "../cidr.ts";
import { characters, numberBelow } from "../ids.ts";
import { type JsonObject, textAt } from "../values.ts";
import type { OutputRequest, TypeOutputs } from "./request.ts";

const hex = "0123456789abcdef";
const made = (prefix: string, request: OutputRequest, name: string) =>
  `${prefix}-${characters(hex, 17, `${request.seed} ${name}`)}`;

function publicAddress(request: OutputRequest, name: string): string {
  const seed = `${request.seed} ${name}`;
  return `203.0.${numberBelow(256, seed)}.${1 + numberBelow(254, `${seed} host`)}`;
}

function dns(address: string, kind: "public" | "private", region: string): string {
  const dashed = address.replaceAll(".", "-");
  return kind === "public"
    ? `ec2-${dashed}.${region}.compute.amazonaws.com`
    : `ip-${dashed}.${region}.compute.internal`;
}

function zoneOf(request: OutputRequest): string {
  return `${request.region}${["a", "b", "c"][request.serial % 3] ?? "a"}`;
}

const vpc: TypeOutputs = (request) => ({
  defaultNetworkAclId: made("acl", request, "acl"),
  defaultRouteTableId: made("rtb", request, "main"),
  mainRouteTableId: made("rtb", request, "main"),
  defaultSecurityGroupId: made("sg", request, "default"),
  dhcpOptionsId: made("dopt", request, "dhcp"),
  enableDnsSupport: request.inputs["enableDnsSupport"] ?? true,
  enableDnsHostnames: request.inputs["enableDnsHostnames"] ?? false,
  instanceTenancy: request.inputs["instanceTenancy"] ?? "default",
});

const subnet: TypeOutputs = (request) => {
  const zone = textAt(request.inputs, "availabilityZone") ?? zoneOf(request);
  return {
    availabilityZone: zone,
    availabilityZoneId: `${request.region.replaceAll("-", "").slice(0, 4)}-az${zone.charCodeAt(zone.length - 1) - 96}`,
  };
};

const instance: TypeOutputs = (request) => {
  const network =
    request.context.resolve("aws:ec2/subnet:Subnet", textAt(request.inputs, "subnetId") ?? "")?.properties ?? {};
  const block = parseBlock(textAt(network, "cidrBlock") ?? "172.31.0.0/20") ?? {
    first: 2_887_712_768,
    size: 4096,
    prefix: 20,
  };
  const privateIp = textAt(request.inputs, "privateIp") ?? addressAt(block, 4 + (request.serial % (block.size - 5)));
  const isPublic =
    request.inputs["associatePublicIpAddress"] ??
    network["mapPublicIpOnLaunch"] ??
    request.inputs["subnetId"] === undefined;
  const publicIp = isPublic === true || isPublic === "true" ? publicAddress(request, "public") : "";
  return {
    privateIp,
    privateDns: dns(privateIp, "private", request.region),
    publicIp,
    publicDns: publicIp === "" ? "" : dns(publicIp, "public", request.region),
    availabilityZone:
      textAt(request.inputs, "availabilityZone") ?? textAt(network, "availabilityZone") ?? zoneOf(request),
    subnetId: textAt(request.inputs, "subnetId") ?? made("subnet", request, "default"),
    primaryNetworkInterfaceId: made("eni", request, "primary"),
    instanceState: "running",
    tenancy: request.inputs["tenancy"] ?? "default",
    passwordData: "",
    outpostArn: "",
    spotInstanceRequestId: "",
    instanceLifecycle: "",
  };
};

const eip: TypeOutputs = (request) => {
  const publicIp = publicAddress(request, "public");
  return {
    publicIp,
    publicDns: dns(publicIp, "public", request.region),
    allocationId: request.id,
    domain: request.inputs["domain"] ?? "vpc",
    associationId: "",
    privateIp: "",
    privateDns: "",
  };
};

const natGateway: TypeOutputs = (request) => {
  const address = request.context.resolve("aws:ec2/eip:Eip", textAt(request.inputs, "allocationId") ?? "")?.properties[
    "publicIp"
  ];
  return {
    publicIp: address ?? "",
    networkInterfaceId: made("eni", request, "nat"),
    associationId: made("eipassoc", request, "nat"),
    connectivityType: request.inputs["connectivityType"] ?? "public",
  };
};

/** Hosted zone ids: AWS General Reference, Amazon S3 endpoints. */
const bucketZones: Readonly<Record<string, string>> = {
  "us-east-1": "Z3AQBSTGFYJSTF",
  "us-west-2": "Z3BJ6K6RIION7M",
  "eu-west-1": "Z1BKCTXD74EZPE",
  "eu-central-1": "Z21DNDUVLTQW6Q",
};

const bucket: TypeOutputs = (request) => ({
  bucket: request.id,
  bucketDomainName: `${request.id}.s3.amazonaws.com`,
  bucketRegionalDomainName: `${request.id}.s3.${request.region}.amazonaws.com`,
  bucketRegion: request.region,
  hostedZoneId:
    bucketZones[request.region] ?? `Z${characters("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", 13, request.region)}`,
  websiteDomain: "",
  websiteEndpoint: "",
});

const queue: TypeOutputs = (request) => ({
  url: request.id,
  visibilityTimeoutSeconds: request.inputs["visibilityTimeoutSeconds"] ?? 30,
  messageRetentionSeconds: request.inputs["messageRetentionSeconds"] ?? 345_600,
});

const named =
  (property: string, value: (request: OutputRequest) => string): TypeOutputs =>
  (request) => ({ [property]: value(request) });

const database: TypeOutputs = (request) => {
  const name = textAt(request.inputs, "identifier") ?? request.id;
  const port =
    typeof request.inputs["port"] === "number"
      ? request.inputs["port"]
      : request.inputs["engine"] === "mysql"
        ? 3306
        : 5432;
  const address = `${name}.${characters(hex, 12, request.identity.account)}.${request.region}.rds.amazonaws.com`;
  return {
    address,
    endpoint: `${address}:${port}`,
    port,
    status: "available",
    engineVersionActual: request.inputs["engineVersion"] ?? "",
    resourceId: `db-${characters("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", 26, request.seed)}`,
  };
};

const roleOutputs: TypeOutputs = (request) => ({
  uniqueId: `AROA${characters("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 17, request.seed)}`,
  path: request.inputs["path"] ?? "/",
  maxSessionDuration: request.inputs["maxSessionDuration"] ?? 3600,
});

const cluster: TypeOutputs = (request): JsonObject => ({
  endpoint: `https://${characters("ABCDEF0123456789", 32, request.seed)}.gr7.${request.region}.eks.amazonaws.com`,
  certificateAuthority: { data: Buffer.from(`simulated ${request.seed}`).toString("base64") },
  status: "ACTIVE",
  version: request.inputs["version"] ?? "1.33",
});

export const awsOutputs: Readonly<Record<string, TypeOutputs>> = {
  "aws:ec2/vpc:Vpc": vpc,
  "aws:ec2/subnet:Subnet": subnet,
  "aws:ec2/instance:Instance": instance,
  "aws:ec2/eip:Eip": eip,
  "aws:ec2/natGateway:NatGateway": natGateway,
  "aws:s3/bucket:Bucket": bucket,
  "aws:sqs/queue:Queue": queue,
  "aws:rds/instance:Instance": database,
  "aws:iam/role:Role": roleOutputs,
  "aws:eks/cluster:Cluster": cluster,
  "aws:rds/cluster:Cluster": named(
    "endpoint",
    (request) =>
      `${request.id}.cluster-${characters(hex, 12, request.identity.account)}.${request.region}.rds.amazonaws.com`,
  ),
  "aws:lb/loadBalancer:LoadBalancer": named(
    "dnsName",
    (request) =>
      `${textAt(request.inputs, "name") ?? "lb"}-${numberBelow(1_000_000_000, request.seed)}.${request.region}.elb.amazonaws.com`,
  ),
  "aws:ecr/repository:Repository": named(
    "repositoryUrl",
    (request) => `${request.identity.account}.dkr.ecr.${request.region}.amazonaws.com/${request.id}`,
  ),
  "aws:kms/key:Key": named("keyId", (request) => request.id),
  "aws:cloudfront/distribution:Distribution": named(
    "domainName",
    (request) => `d${characters(hex, 13, request.seed)}.cloudfront.net`,
  ),
  "aws:route53/zone:Zone": (request) => ({
    zoneId: request.id,
    nameServers: [1, 2, 3, 4].map((n) => `ns-${numberBelow(2048, `${request.seed} ${n}`)}.awsdns-0${n}.com`),
  }),
  "aws:elasticache/replicationGroup:ReplicationGroup": named(
    "primaryEndpointAddress",
    (request) =>
      `${request.id}.${characters(hex, 6, request.identity.account)}.ng.0001.${request.region}.cache.amazonaws.com`,
  ),
};

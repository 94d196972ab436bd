// Prices of AWS resources. AWS lists VPCs, subnets, routes, security groups, bucket settings and launch templates as free.
import {
  type Charge,
  free,
  hourly,
  monthly,
  numberAt,
  type Pricer,
  textAt,
  unknown,
  usage,
  valueAt,
} from "./charge.ts";
import { HOURS } from "./charge.ts";
import { vmPrice } from "./tables.ts";

export const awsPricers: Readonly<Record<string, Pricer>> = {
  "aws:ec2/vpc:Vpc": free,
  "aws:ec2/subnet:Subnet": free,
  "aws:ec2/internetGateway:InternetGateway": free,
  "aws:ec2/routeTable:RouteTable": free,
  "aws:ec2/route:Route": free,
  "aws:ec2/routeTableAssociation:RouteTableAssociation": free,
  "aws:ec2/mainRouteTableAssociation:MainRouteTableAssociation": free,
  "aws:ec2/securityGroup:SecurityGroup": free,
  "aws:ec2/securityGroupRule:SecurityGroupRule": free,
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": free,
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": free,
  "aws:ec2/keyPair:KeyPair": free,
  "aws:ec2/launchTemplate:LaunchTemplate": free,
  "aws:ec2/networkInterface:NetworkInterface": free,
  "aws:ec2/volumeAttachment:VolumeAttachment": free,
  "aws:iam/role:Role": free,
  "aws:iam/policy:Policy": free,
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment": free,
  "aws:iam/instanceProfile:InstanceProfile": free,
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": free,
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": free,
  "aws:s3/bucketVersioning:BucketVersioning": free,
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": free,
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls": free,
  "aws:s3/bucketPolicy:BucketPolicy": free,
  "aws:s3/bucket:Bucket": bucket,
  "aws:s3/bucketV2:BucketV2": bucket,
  "aws:ec2/instance:Instance": instance,
  "aws:ebs/volume:Volume": ({ properties }) => volume(properties, "size", "type", "gp2"),
  "aws:ec2/eip:Eip": () => [hourly("public IPv4 address", "0.005")],
  "aws:ec2/natGateway:NatGateway": () => [
    hourly("NAT gateway", "0.045"),
    usage("data through the NAT gateway", "0.045", "GB"),
  ],
  "aws:sqs/queue:Queue": () => [usage("requests", "0.40", "1M requests")],
  "aws:sns/topic:Topic": () => [usage("requests over 1M", "0.50", "1M requests")],
  "aws:cloudwatch/logGroup:LogGroup": () => [
    usage("data ingested", "0.50", "GB"),
    usage("data kept", "0.03", "GB-month"),
  ],
  "aws:kms/key:Key": () => [monthly("key", "1.00", 1), usage("requests", "0.03", "10k requests")],
  "aws:secretsmanager/secret:Secret": () => [monthly("secret", "0.40", 1), usage("requests", "0.05", "10k requests")],
};

function bucket(): readonly Charge[] {
  return [
    usage("storage", "0.023", "GB-month"),
    usage("PUT, COPY, POST, LIST", "0.005", "1k requests"),
    usage("GET and others", "0.0004", "1k requests"),
  ];
}

function instance(subject: Parameters<Pricer>[0]): readonly Charge[] {
  const { properties, region, tables } = subject;
  const type = textAt(properties, "instanceType") ?? textAt(templateOf(subject), "instanceType");
  return [
    machine(type, properties, region, tables),
    ...disks(subject),
    ...(properties["associatePublicIpAddress"] === true ? [hourly("public IPv4 address", "0.005")] : []),
  ];
}

function machine(
  type: string | undefined,
  properties: Readonly<Record<string, unknown>>,
  region: string,
  tables: Parameters<Pricer>[0]["tables"],
): Charge {
  if (type === undefined) return unknown("the instance type is not known before applying");
  const tenancy = textAt(properties, "tenancy") ?? "default";
  if (tenancy !== "default") return unknown(`tenancy ${tenancy} is not in the price table`);
  if (properties["instanceMarketOptions"] !== undefined) return unknown("spot prices are not in the price table");
  const found = vmPrice(tables.aws, type, region);
  if (found === undefined) return unknown(`${type} is not in the price table`);
  const { source, date } = tables.aws;
  return {
    kind: "fixed",
    item: `${type}, ${HOURS} h`,
    monthly: found.price * BigInt(HOURS),
    provenance: { source, date },
    basis: found.basis,
  };
}

function disks(subject: Parameters<Pricer>[0]): readonly Charge[] {
  const { properties } = subject;
  const root = properties["rootBlockDevice"];
  const more = listOf(properties["ebsBlockDevices"]);
  if (root !== undefined) return [root, ...more].flatMap((disk) => volume(disk, "volumeSize", "volumeType", "gp2"));
  const mapped = listOf(valueAt(templateOf(subject), "blockDeviceMappings"));
  if (mapped.length === 0) return [unknown("the size of the root disk is the image's: give rootBlockDevice")];
  return mapped.flatMap((mapping) => volume(valueAt(mapping, "ebs"), "volumeSize", "volumeType", "gp2"));
}

/**
 * The launch template an instance is made from. The link is an id that is known only after applying, so it is found by
 * name: NAME-template belongs to NAME-instance, and an only template to every instance.
 */
function templateOf({ name, properties, peers }: Parameters<Pricer>[0]): unknown {
  if (properties["launchTemplate"] === undefined) return undefined;
  const templates = peers("aws:ec2/launchTemplate:LaunchTemplate");
  const own = templates.get(name.replace(/-[^-]+$/, "-template"));
  if (own !== undefined) return own;
  return templates.size === 1 ? templates.values().next().value : undefined;
}

const VOLUMES: Readonly<Record<string, string>> = {
  gp3: "0.08",
  gp2: "0.10",
  io1: "0.125",
  io2: "0.125",
  st1: "0.045",
  sc1: "0.015",
  standard: "0.05",
};

function volume(disk: unknown, sizeName: string, typeName: string, standard: string): readonly Charge[] {
  const size = numberAt(disk, sizeName);
  const type = textAt(disk, typeName) ?? standard;
  const price = VOLUMES[type];
  if (size === undefined) return [unknown("the size of a disk is not known")];
  if (price === undefined) return [unknown(`disk type ${type} is not in the price table`)];
  const iops = numberAt(disk, "iops");
  const throughput = numberAt(disk, "throughput");
  if (type === "gp3" && ((iops ?? 0) > 3000 || (throughput ?? 0) > 125)) {
    return [unknown("gp3 beyond 3,000 IOPS or 125 MiB/s is not in the price table")];
  }
  const provisioned = type.startsWith("io")
    ? [
        iops === undefined
          ? unknown(`the IOPS of an ${type} disk are not known`)
          : monthly("provisioned IOPS", "0.065", iops),
      ]
    : [];
  return [monthly(`${type} disk, ${size} GB`, price, size), ...provisioned];
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

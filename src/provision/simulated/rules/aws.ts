// What AWS refuses beyond the tables.
import { isInside, overlap, parseBlock } from "../cidr.ts";
import { CloudError } from "../errors.ts";
import { isUnknown, textAt, valuesAt, type Json } from "../values.ts";
import { bucket, policy, queue, role } from "./aws-services.ts";
import { invalid, type TypeRule } from "./rule.ts";

const vpc: TypeRule = {
  source: "VPC user guide, VPC CIDR blocks",
  verify: (_, inputs) => {
    const cidr = textAt(inputs, "cidrBlock");
    if (cidr === undefined) {
      if (inputs["ipv4IpamPoolId"] === undefined)
        invalid("MissingParameter", "Either 'cidrBlock' or 'ipv4IpamPoolId' should be provided.");
      return;
    }
    const block = parseBlock(cidr);
    if (block === undefined)
      return invalid(
        "InvalidParameterValue",
        `Value (${cidr}) for parameter cidrBlock is invalid. This is not a valid CIDR block.`,
      );
    if (block.prefix < 16 || block.prefix > 28) invalid("InvalidVpc.Range", `The CIDR '${cidr}' is invalid.`);
  },
};

const subnet: TypeRule = {
  source: "VPC user guide, Subnet CIDR blocks; EC2 API error codes",
  verify: (context, inputs, self) => {
    const zone = textAt(inputs, "availabilityZone");
    if (zone !== undefined && !(zone.startsWith(context.region) && /^[a-f]$/.test(zone.slice(context.region.length)))) {
      invalid(
        "InvalidParameterValue",
        `Value (${zone}) for parameter availabilityZone is invalid. Subnets can currently only be created in the following availability zones: ${["a", "b", "c"].map((letter) => context.region + letter).join(", ")}.`,
      );
    }
    const cidr = textAt(inputs, "cidrBlock");
    if (cidr === undefined) return;
    const block = parseBlock(cidr);
    if (block === undefined)
      return invalid(
        "InvalidParameterValue",
        `Value (${cidr}) for parameter cidrBlock is invalid. This is not a valid CIDR block.`,
      );
    const vpcId = textAt(inputs, "vpcId") ?? "";
    const outer = parseBlock(textAt(context.resolve("aws:ec2/vpc:Vpc", vpcId)?.properties ?? {}, "cidrBlock") ?? "");
    if (block.prefix > 28 || (outer !== undefined && !isInside(block, outer)))
      invalid("InvalidSubnet.Range", `The CIDR '${cidr}' is invalid.`);
    for (const other of context.ofType("aws:ec2/subnet:Subnet")) {
      if (other.id === self?.id || textAt(other.properties, "vpcId") !== vpcId) continue;
      const taken = parseBlock(textAt(other.properties, "cidrBlock") ?? "");
      if (taken !== undefined && overlap(block, taken))
        invalid("InvalidSubnet.Conflict", `The CIDR '${cidr}' conflicts with another subnet`);
    }
  },
};

const internetGateway: TypeRule = {
  source: "EC2 API error codes",
  verify: (context, inputs, self) => {
    const vpcId = textAt(inputs, "vpcId");
    const other = context
      .ofType("aws:ec2/internetGateway:InternetGateway")
      .find((one) => one.id !== self?.id && textAt(one.properties, "vpcId") === vpcId);
    if (vpcId !== undefined && other !== undefined)
      invalid("InvalidParameterValue", `Network ${vpcId} already has an internet gateway attached`);
  },
};

const route: TypeRule = {
  source: "EC2 API error codes",
  verify: (context, inputs, self) => {
    const targets = [
      "carrierGatewayId",
      "coreNetworkArn",
      "egressOnlyGatewayId",
      "gatewayId",
      "localGatewayId",
      "natGatewayId",
      "networkInterfaceId",
      "transitGatewayId",
      "vpcEndpointId",
      "vpcPeeringConnectionId",
    ];
    if (targets.every((name) => inputs[name] === undefined || inputs[name] === null))
      invalid("InvalidParameterCombination", `one of ${targets.join(", ")} must be specified`);
    const destination = textAt(inputs, "destinationCidrBlock");
    if (destination !== undefined && parseBlock(destination) === undefined)
      invalid(
        "InvalidParameterValue",
        `Value (${destination}) for parameter destinationCidrBlock is invalid. This is not a valid CIDR block.`,
      );
    const twin = context
      .ofType("aws:ec2/route:Route")
      .find(
        (one) =>
          one.id !== self?.id &&
          one.properties["routeTableId"] === inputs["routeTableId"] &&
          destination !== undefined &&
          textAt(one.properties, "destinationCidrBlock") === destination,
      );
    if (twin !== undefined)
      throw new CloudError("exists", "RouteAlreadyExists", `The route identified by ${destination} already exists.`);
  },
};

const association: TypeRule = {
  source: "EC2 API error codes",
  verify: (context, inputs, self) => {
    if (inputs["subnetId"] === undefined && inputs["gatewayId"] === undefined)
      invalid("MissingParameter", "one of gatewayId, subnetId must be specified");
    const subnetId = textAt(inputs, "subnetId");
    const twin = context
      .ofType("aws:ec2/routeTableAssociation:RouteTableAssociation")
      .find((one) => one.id !== self?.id && textAt(one.properties, "subnetId") === subnetId);
    if (subnetId !== undefined && twin !== undefined)
      throw new CloudError(
        "exists",
        "Resource.AlreadyAssociated",
        "the specified association for route table conflicts with an existing association",
      );
  },
};

const securityGroup: TypeRule = {
  source: "EC2 API error codes",
  verify: (context, inputs, self) => {
    const name = textAt(inputs, "name");
    if (name?.startsWith("sg-") === true)
      invalid("InvalidParameterValue", `invalid value for name (cannot begin with sg-)`);
    const twin = context
      .ofType("aws:ec2/securityGroup:SecurityGroup")
      .find(
        (one) => one.id !== self?.id && one.properties["name"] === name && one.properties["vpcId"] === inputs["vpcId"],
      );
    if (name !== undefined && twin !== undefined)
      throw new CloudError(
        "exists",
        "InvalidGroup.Duplicate",
        `The security group '${name}' already exists for VPC '${textAt(inputs, "vpcId") ?? ""}'`,
      );
    for (const cidr of [...valuesAt(inputs, "ingress.cidrBlocks"), ...valuesAt(inputs, "egress.cidrBlocks")])
      checkCidr(cidr);
    for (const rule of [...valuesAt(inputs, "ingress"), ...valuesAt(inputs, "egress")]) checkPorts(rule);
  },
};

function checkCidr(cidr: Json): void {
  if (typeof cidr === "string" && !isUnknown(cidr) && parseBlock(cidr) === undefined)
    invalid("InvalidParameterValue", `CIDR block ${cidr} is malformed`);
}

function checkPorts(rule: Json): void {
  const from = Number(valuesAt(rule, "fromPort")[0] ?? 0);
  const to = Number(valuesAt(rule, "toPort")[0] ?? 0);
  if (from > to) invalid("InvalidParameterValue", `Invalid TCP/UDP port range (${from}:${to})`);
}

const instance: TypeRule = {
  source: "RunInstances reference",
  verify: (context, inputs) => {
    if (
      inputs["launchTemplate"] === undefined &&
      (inputs["ami"] === undefined || inputs["instanceType"] === undefined)
    ) {
      invalid("MissingParameter", '"instanceType" and "ami" are required unless "launchTemplate" is given');
    }
    const ami = textAt(inputs, "ami");
    if (ami !== undefined && !/^ami-([0-9a-f]{8}|[0-9a-f]{17})$/.test(ami))
      invalid("InvalidAMIID.Malformed", `Invalid id: "${ami}" (expecting "ami-...")`);
    const type = textAt(inputs, "instanceType");
    if (
      type !== undefined &&
      !/^[a-z][a-z0-9-]*\.(nano|micro|small|medium|large|xlarge|\d+xlarge|metal(-\d+xl)?)$/.test(type)
    )
      invalid("InvalidParameterValue", `Invalid value '${type}' for InstanceType.`);
    const subnetZone = textAt(
      context.resolve("aws:ec2/subnet:Subnet", textAt(inputs, "subnetId") ?? "")?.properties ?? {},
      "availabilityZone",
    );
    const zone = textAt(inputs, "availabilityZone");
    if (zone !== undefined && subnetZone !== undefined && zone !== subnetZone)
      invalid("InvalidParameterValue", `The availability zone '${zone}' does not match the subnet's '${subnetZone}'`);
  },
};

const natGateway: TypeRule = {
  source: "CreateNatGateway reference",
  verify: (context, inputs) => {
    const isPrivate = inputs["connectivityType"] === "private";
    if (!isPrivate && inputs["availabilityMode"] !== "regional" && inputs["allocationId"] === undefined)
      invalid(
        "MissingParameter",
        "The request must include the AllocationId parameter. Add the required parameter and retry the request.",
      );
    const vpcId = textAt(
      context.resolve("aws:ec2/subnet:Subnet", textAt(inputs, "subnetId") ?? "")?.properties ?? {},
      "vpcId",
    );
    const hasGateway = context
      .ofType("aws:ec2/internetGateway:InternetGateway")
      .some((one) => textAt(one.properties, "vpcId") === vpcId);
    if (!isPrivate && vpcId !== undefined && !hasGateway)
      invalid("Gateway.NotAttached", `Network ${vpcId} has no Internet gateway attached`);
  },
};

export const awsRules: Readonly<Record<string, TypeRule>> = {
  "aws:ec2/vpc:Vpc": vpc,
  "aws:ec2/subnet:Subnet": subnet,
  "aws:ec2/internetGateway:InternetGateway": internetGateway,
  "aws:ec2/route:Route": route,
  "aws:ec2/routeTableAssociation:RouteTableAssociation": association,
  "aws:ec2/securityGroup:SecurityGroup": securityGroup,
  "aws:ec2/instance:Instance": instance,
  "aws:ec2/natGateway:NatGateway": natGateway,
  "aws:s3/bucket:Bucket": bucket,
  "aws:s3/bucketPolicy:BucketPolicy": policy,
  "aws:sqs/queue:Queue": queue,
  "aws:iam/role:Role": role,
  "aws:iam/policy:Policy": policy,
  "aws:iam/rolePolicy:RolePolicy": policy,
};

// Network: an isolated IPv4 network with one subnet for each zone.
import { type Static, Type } from "typebox";
import { embed, literal } from "../graph/draft.ts";
import { type Cidr, formatCidr, parseCidr, splitCidr } from "./cidr.ts";
import { type BuildContext, type BuiltComponent, defineComponent, type PartDraft } from "./component.ts";
import { cloudName, RFC1035 } from "./naming.ts";
import { awsRoutes } from "./network-aws.ts";
import { zoneName } from "./zones.ts";

const schema = Type.Object(
  {
    cidr: Type.String({ description: "IPv4 range, from /8 to /25; it is cut into 8 equal parts, one a zone." }),
    zones: Type.Integer({ minimum: 1, maximum: 6, default: 3, description: "Availability zones with a subnet." }),
    internet: Type.Enum(["Private", "Outbound", "Public"], {
      default: "Private",
      description:
        "Private: no route out. Outbound: out through a NAT gateway. Public: machines with a public address can be reached.",
    }),
  },
  { additionalProperties: false },
);
type Properties = Static<typeof schema>;

/** Always 8 parts, so that adding a zone or a way out moves no subnet; the last is for the NAT gateway. */
const SPLIT_BITS = 3;

/** Outputs: `id` of the network, `subnetIds` one a zone, `cidr`. */
export const network = defineComponent({
  type: "Network",
  schema,
  late: [],
  links: {},
  outputs: ["id", "subnetIds", "cidr"],
  build: { aws: ranged(onAws), azure: ranged(onAzure), gcp: ranged(onGcp) },
});

function ranged(build: (properties: Properties, ranges: readonly string[], context: BuildContext) => BuiltComponent) {
  return (properties: Properties, context: BuildContext): BuiltComponent => {
    const cidr: Cidr | undefined = parseCidr(properties.cidr);
    if (cidr === undefined || cidr.bits < 8 || cidr.bits > 25) {
      return {
        kind: "refused",
        property: "cidr",
        message: "must be an IPv4 network from /8 to /25 with no host bits set, such as `10.20.0.0/16`",
      };
    }
    return build(properties, splitCidr(cidr, SPLIT_BITS).map(formatCidr), context);
  };
}

function onAws(
  { cidr, zones, internet }: Properties,
  ranges: readonly string[],
  context: BuildContext,
): BuiltComponent {
  const { ref, region } = context;
  const subnets = ranges.slice(0, zones).map((range, index): PartDraft => ({
    part: `subnet-${index + 1}`,
    type: "aws:ec2/subnet:Subnet",
    properties: {
      vpcId: ref("vpc"),
      cidrBlock: range,
      availabilityZone: zoneName("aws", region, index),
      mapPublicIpOnLaunch: false,
    },
  }));
  const vpc: PartDraft = {
    part: "vpc",
    type: "aws:ec2/vpc:Vpc",
    properties: { cidrBlock: cidr, enableDnsSupport: true, enableDnsHostnames: true },
  };
  return {
    kind: "ok",
    parts: [vpc, ...subnets, ...(internet === "Private" ? [] : awsRoutes(internet, ranges, subnets, context))],
    outputs: { id: ref("vpc"), subnetIds: subnets.map(({ part }) => ref(part)), cidr },
  };
}

function onAzure(
  { cidr, zones, internet }: Properties,
  ranges: readonly string[],
  context: BuildContext,
): BuiltComponent {
  const { ref, region, group, identity, stem } = context;
  const named = (part: string) => cloudName(identity, stem, part, RFC1035);
  const egress: readonly PartDraft[] =
    internet !== "Outbound"
      ? []
      : [
          {
            part: "egress-address",
            type: "azure-native:network:PublicIPAddress",
            properties: {
              resourceGroupName: group,
              publicIpAddressName: named("egress-address"),
              location: region,
              publicIPAllocationMethod: "Static",
              sku: { name: "Standard" },
            },
          },
          {
            part: "egress",
            type: "azure-native:network:NatGateway",
            properties: {
              resourceGroupName: group,
              natGatewayName: named("egress"),
              location: region,
              sku: { name: "Standard" },
              publicIpAddresses: [{ id: ref("egress-address") }],
            },
          },
        ];
  const subnets = ranges.slice(0, zones).map((range, index): PartDraft => ({
    part: `subnet-${index + 1}`,
    type: "azure-native:network:Subnet",
    properties: {
      resourceGroupName: group,
      virtualNetworkName: ref("vnet", "name"),
      subnetName: `zone-${index + 1}`,
      addressPrefix: range,
      networkSecurityGroup: { id: ref("security") },
      natGateway: internet === "Outbound" ? { id: ref("egress") } : undefined,
      defaultOutboundAccess: internet === "Public",
    },
    // Azure refuses two changes of one virtual network at a time.
    ...(index > 0 ? { after: [`subnet-${index}`] } : {}),
  }));
  return {
    kind: "ok",
    parts: [
      {
        part: "security",
        type: "azure-native:network:NetworkSecurityGroup",
        properties: { resourceGroupName: group, networkSecurityGroupName: named("security"), location: region },
      },
      {
        part: "vnet",
        type: "azure-native:network:VirtualNetwork",
        properties: {
          resourceGroupName: group,
          virtualNetworkName: named("vnet"),
          location: region,
          addressSpace: { addressPrefixes: [cidr] },
        },
      },
      ...egress,
      ...subnets,
    ],
    outputs: { id: ref("vnet"), subnetIds: subnets.map(({ part }) => ref(part)), cidr },
  };
}

function onGcp(
  { cidr, zones, internet }: Properties,
  ranges: readonly string[],
  context: BuildContext,
): BuiltComponent {
  const { ref, region, identity, stem } = context;
  const named = (part: string) => cloudName(identity, stem, part, RFC1035);
  // Subnetworks are regional on Google Cloud; one for each zone keeps subnetIds the same length on every cloud.
  const subnets = ranges.slice(0, zones).map((range, index): PartDraft => ({
    part: `subnet-${index + 1}`,
    type: "gcp:compute/subnetwork:Subnetwork",
    properties: {
      name: named(`subnet-${index + 1}`),
      network: ref("network"),
      region,
      ipCidrRange: range,
      privateIpGoogleAccess: true,
    },
  }));
  const egress: readonly PartDraft[] =
    internet !== "Outbound"
      ? []
      : [
          {
            part: "router",
            type: "gcp:compute/router:Router",
            properties: { name: named("router"), region, network: ref("network") },
          },
          {
            part: "egress",
            type: "gcp:compute/routerNat:RouterNat",
            properties: {
              name: named("egress"),
              router: ref("router", "name"),
              region,
              natIpAllocateOption: "AUTO_ONLY",
              sourceSubnetworkIpRangesToNat: "ALL_SUBNETWORKS_ALL_IP_RANGES",
            },
          },
        ];
  return {
    kind: "ok",
    parts: [
      {
        part: "network",
        type: "gcp:compute/network:Network",
        properties: {
          name: named("network"),
          autoCreateSubnetworks: false,
          routingMode: "REGIONAL",
          deleteDefaultRoutesOnCreate: internet === "Private",
        },
      },
      ...subnets,
      ...egress,
    ],
    outputs: { id: ref("network"), subnetIds: subnets.map(({ part }) => ref(part)), cidr: embed(literal(cidr)) },
  };
}

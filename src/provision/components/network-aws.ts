// The ways out of a Network on AWS: an internet gateway, and a NAT gateway in a subnet of its own.
import type { Draft } from "../graph/draft.ts";
import type { BuildContext, PartDraft } from "./component.ts";
import { zoneName } from "./zones.ts";

/** The part of the network's range that the NAT gateway's subnet takes. */
const EGRESS = 7;

/** Route tables and what they lead to, joined to every subnet. */
export function awsRoutes(
  internet: "Outbound" | "Public",
  ranges: readonly string[],
  subnets: readonly PartDraft[],
  { ref, region }: BuildContext,
): readonly PartDraft[] {
  const table = (part: string, target: Record<string, Draft>): PartDraft => ({
    part,
    type: "aws:ec2/routeTable:RouteTable",
    properties: { vpcId: ref("vpc"), routes: [{ cidrBlock: "0.0.0.0/0", ...target }] },
  });
  const join = (part: string, subnet: string, routes: string): PartDraft => ({
    part,
    type: "aws:ec2/routeTableAssociation:RouteTableAssociation",
    properties: { subnetId: ref(subnet), routeTableId: ref(routes) },
  });
  const joined = subnets.map(({ part }) => join(`route-${part}`, part, "routes"));
  const gateway: PartDraft = {
    part: "gateway",
    type: "aws:ec2/internetGateway:InternetGateway",
    properties: { vpcId: ref("vpc") },
  };
  if (internet === "Public") return [gateway, table("routes", { gatewayId: ref("gateway") }), ...joined];
  return [
    gateway,
    {
      part: "egress-subnet",
      type: "aws:ec2/subnet:Subnet",
      properties: {
        vpcId: ref("vpc"),
        cidrBlock: ranges[EGRESS] ?? "",
        availabilityZone: zoneName("aws", region, 0),
        mapPublicIpOnLaunch: false,
      },
    },
    table("egress-routes", { gatewayId: ref("gateway") }),
    join("egress-route", "egress-subnet", "egress-routes"),
    { part: "egress-address", type: "aws:ec2/eip:Eip", properties: { domain: "vpc" }, after: ["gateway"] },
    {
      part: "egress",
      type: "aws:ec2/natGateway:NatGateway",
      properties: { subnetId: ref("egress-subnet"), allocationId: ref("egress-address") },
      after: ["egress-route"],
    },
    table("routes", { natGatewayId: ref("egress") }),
    ...joined,
  ];
}

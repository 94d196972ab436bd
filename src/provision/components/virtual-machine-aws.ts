// VirtualMachine on AWS: launch template (image and disk), security group, instance, and an Elastic IP where asked.
import { type Draft, embed, literal } from "../graph/draft.ts";
import type { Value } from "../graph/graph.ts";
import { concatenate } from "../graph/resolve.ts";
import type { BuildContext, BuiltComponent, PartDraft } from "./component.ts";
import { awsImage } from "./images.ts";
import { cloudName, RFC1035 } from "./naming.ts";
import type { MachinePlan, MachineProperties } from "./machine.ts";

const BOUNDARY = "==dharma==";

// IMDSv2 only, one hop: what runs on the machine can't be made to fetch its role's keys.
const guardedMetadata = { httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 1 };

/** Translates; the network comes from the linked Network or from the subnet alone. */
export function machineOnAws(properties: MachineProperties, plan: MachinePlan, context: BuildContext): BuiltComponent {
  const { ref, identity, stem, linked } = context;
  const network = linked["network"]?.outputs["id"];
  const { parameter, rootDevice } = awsImage(properties.image, properties.architecture);
  const closed: PartDraft = {
    part: "security",
    type: "aws:ec2/securityGroup:SecurityGroup",
    properties: {
      name: cloudName(identity, stem, "security", RFC1035),
      description: `Ports of ${context.component}`,
      vpcId: network === undefined ? undefined : embed(network),
      ingress: properties.ingress.map(({ port, protocol, from }) => ({
        fromPort: port,
        toPort: port,
        protocol,
        cidrBlocks: [...from],
        description: `${protocol} ${port}`,
      })),
      egress: [{ fromPort: 0, toPort: 0, protocol: "-1", cidrBlocks: ["0.0.0.0/0"], description: "everything out" }],
    },
  };
  // The template resolves the image when a machine is made: a new image release then changes no plan.
  const template: PartDraft = {
    part: "template",
    type: "aws:ec2/launchTemplate:LaunchTemplate",
    properties: {
      // A machine keeps the image and disk it was made with: another one is another template, which replaces the machine.
      name: cloudName(identity, stem, `template-${properties.image}-${plan.diskGib}`, RFC1035),
      imageId: `resolve:ssm:${parameter}`,
      blockDeviceMappings: [
        {
          deviceName: rootDevice,
          ebs: { volumeSize: plan.diskGib, volumeType: "gp3", encrypted: "true", deleteOnTermination: "true" },
        },
      ],
      metadataOptions: guardedMetadata,
    },
  };
  const instance: PartDraft = {
    part: "instance",
    type: "aws:ec2/instance:Instance",
    properties: {
      instanceType: plan.size.name,
      launchTemplate: { id: ref("template"), version: "$Latest" },
      subnetId: embed(plan.subnet),
      // Without the Network the group would land in the default VPC and be refused with the subnet.
      vpcSecurityGroupIds: network === undefined ? undefined : [ref("security")],
      userData: userData(context),
      metadataOptions: guardedMetadata,
    },
  };
  const address: PartDraft = {
    part: "address",
    type: "aws:ec2/eip:Eip",
    properties: { domain: "vpc", instance: ref("instance") },
  };
  const publicly = properties.publicAddress;
  return {
    kind: "ok",
    parts: [...(network === undefined ? [] : [closed]), template, instance, ...(publicly ? [address] : [])],
    outputs: {
      id: ref("instance"),
      address: publicly ? ref("address", "publicIp") : ref("instance", "privateIp"),
      privateAddress: ref("instance", "privateIp"),
    },
  };
}

/** cloud-init user data: the key, the script, or both as MIME parts. */
function userData({ late }: BuildContext): Draft | undefined {
  const key = late["sshPublicKey"];
  const script = late["startupScript"];
  const config =
    key === undefined ? undefined : [literal("#cloud-config\nssh_authorized_keys:\n  - "), key, literal("\n")];
  if (config === undefined) return script === undefined ? undefined : embed(script);
  if (script === undefined) return embed(concatenate(config));
  return embed(
    concatenate([
      literal(`MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="${BOUNDARY}"\n\n`),
      ...mimePart("text/cloud-config", config),
      ...mimePart("text/x-shellscript", [script]),
      literal(`--${BOUNDARY}--\n`),
    ]),
  );
}

function mimePart(type: string, body: readonly Value[]): readonly Value[] {
  return [literal(`--${BOUNDARY}\nContent-Type: ${type}; charset="utf-8"\n\n`), ...body, literal("\n")];
}

// VirtualMachine on Azure: security group, network interface, machine, and a public address where asked.
import { type Draft, embed } from "../graph/draft.ts";
import type { BuildContext, BuiltComponent, PartDraft } from "./component.ts";
import { azureImage } from "./images.ts";
import { keyNobodyHolds } from "./login.ts";
import { cloudName, RFC1035 } from "./naming.ts";
import { lateDraft, type MachinePlan, type MachineProperties } from "./machine.ts";
import { zoneName } from "./zones.ts";

const USER = "dharma";

/** Translates. */
export function machineOnAzure(
  properties: MachineProperties,
  plan: MachinePlan,
  context: BuildContext,
): BuiltComponent {
  const { ref, region, group, identity, stem } = context;
  const named = (part: string) => cloudName(identity, stem, part, RFC1035);
  const zones = [zoneName("azure", region, properties.zone - 1)];
  const at = { resourceGroupName: group, location: region };
  const address: PartDraft = {
    part: "address",
    type: "azure-native:network:PublicIPAddress",
    properties: {
      ...at,
      publicIpAddressName: named("address"),
      publicIPAllocationMethod: "Static",
      sku: { name: "Standard" },
      zones,
    },
  };
  const security: PartDraft = {
    part: "security",
    type: "azure-native:network:NetworkSecurityGroup",
    properties: {
      ...at,
      networkSecurityGroupName: named("security"),
      securityRules: properties.ingress.map(({ port, protocol, from }, index) => ({
        name: `${protocol}-${port}`,
        priority: 100 + index,
        direction: "Inbound",
        access: "Allow",
        protocol: protocol === "tcp" ? "Tcp" : "Udp",
        sourceAddressPrefixes: [...from],
        sourcePortRange: "*",
        destinationAddressPrefix: "*",
        destinationPortRange: String(port),
      })),
    },
  };
  const nic: PartDraft = {
    part: "nic",
    type: "azure-native:network:NetworkInterface",
    properties: {
      ...at,
      networkInterfaceName: named("nic"),
      networkSecurityGroup: { id: ref("security") },
      ipConfigurations: [
        {
          name: "primary",
          primary: true,
          privateIPAllocationMethod: "Dynamic",
          subnet: { id: embed(plan.subnet) },
          publicIPAddress: properties.publicAddress ? { id: ref("address") } : undefined,
        },
      ],
    },
  };
  const instance: PartDraft = {
    part: "instance",
    type: "azure-native:compute:VirtualMachine",
    properties: {
      ...at,
      vmName: named("instance"),
      zones,
      hardwareProfile: { vmSize: plan.size.name },
      networkProfile: { networkInterfaces: [{ id: ref("nic"), primary: true }] },
      osProfile: osProfile(context),
      securityProfile: {
        securityType: "TrustedLaunch",
        uefiSettings: { secureBootEnabled: true, vTpmEnabled: true },
      },
      storageProfile: {
        imageReference: { ...azureImage(properties.image, properties.architecture) },
        osDisk: {
          name: named("disk"),
          createOption: "FromImage",
          deleteOption: "Delete",
          caching: "ReadWrite",
          diskSizeGB: plan.diskGib,
          managedDisk: { storageAccountType: "StandardSSD_LRS" },
        },
      },
    },
  };
  const privateAddress = ref("nic", "ipConfigurations", 0, "privateIPAddress");
  return {
    kind: "ok",
    parts: [...(properties.publicAddress ? [address] : []), security, nic, instance],
    outputs: {
      id: ref("instance"),
      address: properties.publicAddress ? ref("address", "ipAddress") : privateAddress,
      privateAddress,
    },
  };
}

function osProfile(context: BuildContext): Draft {
  const { identity, stem } = context;
  const key = lateDraft(context, "sshPublicKey") ?? keyNobodyHolds(`${identity.uid}\n${stem}`);
  return {
    computerName: cloudName(identity, stem, "", RFC1035),
    adminUsername: USER,
    customData: scriptInBase64(context),
    linuxConfiguration: {
      disablePasswordAuthentication: true,
      ssh: { publicKeys: [{ path: `/home/${USER}/.ssh/authorized_keys`, keyData: key }] },
    },
  };
}

/** Azure takes custom data in base64, so the script must be known before building. */
function scriptInBase64({ late }: BuildContext): Draft | undefined {
  const script = late["startupScript"];
  if (script?.kind !== "literal" || typeof script.value !== "string") return undefined;
  return embed({ ...script, value: Buffer.from(script.value).toString("base64") });
}

// VirtualMachine on Google Cloud: instance, a firewall rule for each opened port, and a fixed address where asked.
import { type Draft, embed } from "../graph/draft.ts";
import type { BuildContext, BuiltComponent, PartDraft } from "./component.ts";
import { gcpImage } from "./images.ts";
import { cloudName, RFC1035 } from "./naming.ts";
import { lateDraft, type MachinePlan, type MachineProperties } from "./machine.ts";
import { zoneName } from "./zones.ts";

/** Translates. Firewall rules need the linked Network; with a bare `subnet` ports are opened elsewhere. */
export function machineOnGcp(properties: MachineProperties, plan: MachinePlan, context: BuildContext): BuiltComponent {
  const { ref, region, identity, stem, linked } = context;
  const network = linked["network"]?.outputs["id"];
  const name = cloudName(identity, stem, "instance", RFC1035);
  const rules =
    network === undefined
      ? []
      : properties.ingress.map(({ port, protocol, from }): PartDraft => ({
          part: `allow-${protocol}-${port}`,
          type: "gcp:compute/firewall:Firewall",
          properties: {
            name: cloudName(identity, stem, `allow-${protocol}-${port}`, RFC1035),
            network: embed(network),
            direction: "INGRESS",
            allows: [{ protocol, ports: [String(port)] }],
            sourceRanges: [...from],
            targetTags: [name],
          },
        }));
  const address: PartDraft = {
    part: "address",
    type: "gcp:compute/address:Address",
    properties: { name: cloudName(identity, stem, "address", RFC1035), region, addressType: "EXTERNAL" },
  };
  const instance: PartDraft = {
    part: "instance",
    type: "gcp:compute/instance:Instance",
    properties: {
      name,
      zone: zoneName("gcp", region, properties.zone - 1),
      machineType: plan.size.name,
      allowStoppingForUpdate: true,
      bootDisk: {
        autoDelete: true,
        initializeParams: {
          image: gcpImage(properties.image, properties.architecture),
          size: plan.diskGib,
          type: "pd-balanced",
        },
      },
      networkInterfaces: [
        {
          subnetwork: embed(plan.subnet),
          accessConfigs: properties.publicAddress ? [{ natIp: ref("address", "address") }] : undefined,
        },
      ],
      shieldedInstanceConfig: { enableSecureBoot: true, enableVtpm: true, enableIntegrityMonitoring: true },
      metadata: metadata(context),
      metadataStartupScript: lateDraft(context, "startupScript"),
      tags: [name],
    },
  };
  const privateAddress = ref("instance", "networkInterfaces", 0, "networkIp");
  return {
    kind: "ok",
    parts: [...(properties.publicAddress ? [address] : []), instance, ...rules],
    outputs: {
      id: ref("instance"),
      address: properties.publicAddress ? ref("address", "address") : privateAddress,
      privateAddress,
    },
  };
}

function metadata(context: BuildContext): Draft {
  const key = context.late["sshPublicKey"];
  const closed = { "block-project-ssh-keys": "true" };
  if (key === undefined) return { ...closed, "enable-oslogin": "TRUE" };
  return {
    ...closed,
    "ssh-keys": embed({ kind: "concat", parts: [{ kind: "literal", value: "dharma:", secret: false }, key] }),
  };
}

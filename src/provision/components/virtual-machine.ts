// VirtualMachine: one Linux machine in a Network, closed to everything that `ingress` does not open.
import type { Value } from "../graph/graph.ts";
import { type BuildContext, type BuiltComponent, defineComponent } from "./component.ts";
import { SMALLEST_DISK_GIB } from "./images.ts";
import { type MachinePlan, type MachineProperties, machineSchema } from "./machine.ts";
import { gibibytes, machineSize } from "./sizing.ts";
import { machineOnAws } from "./virtual-machine-aws.ts";
import { machineOnAzure } from "./virtual-machine-azure.ts";
import { machineOnGcp } from "./virtual-machine-gcp.ts";

/** Outputs: `id`, `address` (public where it has one, else private), `privateAddress`. */
export const virtualMachine = defineComponent({
  type: "VirtualMachine",
  schema: machineSchema,
  late: ["subnet", "startupScript", "sshPublicKey"],
  links: { network: "Network" },
  outputs: ["id", "address", "privateAddress"],
  build: {
    aws: planned(machineOnAws),
    azure: planned(machineOnAzure),
    gcp: planned(machineOnGcp),
  },
});

function planned(build: (properties: MachineProperties, plan: MachinePlan, context: BuildContext) => BuiltComponent) {
  return (properties: MachineProperties, context: BuildContext): BuiltComponent => {
    const memoryGiB = gibibytes(properties.memory) ?? 0;
    const size = machineSize(context.provider, {
      cpu: properties.cpu,
      memoryGiB,
      architecture: properties.architecture,
    });
    if (size === undefined) {
      return refuse(
        "cpu",
        `no ${properties.architecture} size of ${context.provider} is known with ${properties.cpu} processors and ${properties.memory}; ask for less, or name one by \`overrides\` on the instance`,
      );
    }
    const diskGib = Math.ceil(gibibytes(properties.diskSize) ?? 0);
    const smallest = SMALLEST_DISK_GIB[context.provider];
    if (diskGib < smallest) {
      return refuse("diskSize", `must be at least ${smallest}Gi on ${context.provider}: the image needs it`);
    }
    const subnet = subnetOf(properties, context);
    if (typeof subnet === "string") return refuse(context.linked["network"] === undefined ? "network" : "zone", subnet);
    return build(properties, { size, diskGib, subnet }, context);
  };
}

/** The subnet's id, or why there is none. */
function subnetOf({ zone }: MachineProperties, { linked, late }: BuildContext): Value | string {
  const network = linked["network"];
  if (network === undefined) {
    return late["subnet"] ?? "give `network` (`${NAME.id}` of a Network) or `subnet` (an id)";
  }
  if (late["subnet"] !== undefined) return late["subnet"];
  const subnets = network.outputs["subnetIds"];
  if (subnets?.kind === "list") {
    return (
      subnets.items[zone - 1] ?? `the Network \`${network.name}\` has ${subnets.items.length} zones; give one of them`
    );
  }
  return `the Network \`${network.name}\` has no subnets`;
}

function refuse(property: string, message: string): BuiltComponent {
  return { kind: "refused", property, message };
}

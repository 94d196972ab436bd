// What is asked of a machine: the schema of VirtualMachine and what its three translations share.
import { type Static, Type } from "typebox";
import { embed, type Embedded } from "../graph/draft.ts";
import type { Value } from "../graph/graph.ts";
import type { BuildContext } from "./component.ts";
import { IMAGES } from "./images.ts";
import type { MachineSize } from "./sizing.ts";

/** Schema of VirtualMachine. */
export const machineSchema = Type.Object(
  {
    cpu: Type.Integer({ minimum: 1, maximum: 64, description: "Processors, at least." }),
    memory: Type.String({
      pattern: "^\\d+(\\.\\d+)?(Mi|Gi|M|G)$",
      description: "Memory, at least; a quantity such as 4Gi.",
    }),
    architecture: Type.Enum(["amd64", "arm64"], { default: "amd64" }),
    image: Type.Enum([...IMAGES], {
      description: "Operating system, in its latest patch release when the machine is made.",
    }),
    network: Type.Optional(Type.String({ description: "`${NAME.id}` of a Network; this or `subnet`." })),
    subnet: Type.Optional(Type.String({ description: "Id of a subnet made elsewhere; this or `network`." })),
    zone: Type.Integer({ minimum: 1, maximum: 6, default: 1, description: "Number of the Network's zone." }),
    diskSize: Type.String({ pattern: "^\\d+(Gi|G|Ti|T)$", default: "30Gi", description: "Root disk." }),
    publicAddress: Type.Boolean({ default: false, description: "Give it a fixed public IPv4 address." }),
    ingress: Type.Array(
      Type.Object(
        {
          port: Type.Integer({ minimum: 1, maximum: 65_535 }),
          protocol: Type.Enum(["tcp", "udp"], { default: "tcp" }),
          from: Type.Array(Type.String({ description: "IPv4 range." }), { minItems: 1, maxItems: 32 }),
        },
        { additionalProperties: false },
      ),
      { default: [], maxItems: 32, description: "Ports others may reach." },
    ),
    sshPublicKey: Type.Optional(
      Type.String({ pattern: "^(ssh|ecdsa)-", description: "Who may log in; without it nobody." }),
    ),
    startupScript: Type.Optional(Type.String({ description: "Run as root when the machine first starts." })),
  },
  { additionalProperties: false },
);
/** Properties of a VirtualMachine, checked and with defaults. */
export type MachineProperties = Static<typeof machineSchema>;

/** What the translations share. */
export interface MachinePlan {
  readonly size: MachineSize;
  readonly diskGib: number;
  readonly subnet: Value;
}

/** A late property as a draft, or undefined where it is not given. */
export function lateDraft(context: BuildContext, property: string): Embedded | undefined {
  const value = context.late[property];
  return value === undefined ? undefined : embed(value);
}

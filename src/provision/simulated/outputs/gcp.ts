// Outputs of gcp types that other resources or people use. Forms: Google Cloud API references.
import { addressAt, parseBlock } from "../cidr.ts";
import { numberBelow } from "../ids.ts";
import { textAt, type JsonObject } from "../values.ts";
import { completeEach, type OutputRequest, type TypeOutputs } from "./request.ts";

function external(request: OutputRequest, name: string): string {
  return `192.0.${numberBelow(256, `${request.seed} ${name}`)}.${1 + numberBelow(254, `${request.seed} ${name} host`)}`;
}

const number = (request: OutputRequest) =>
  `${1 + numberBelow(4_000_000_000, request.seed)}${numberBelow(1_000_000_000, `${request.seed} low`)}`;

const network: TypeOutputs = (request) => ({
  gatewayIpv4: "",
  networkId: number(request),
  numericId: number(request),
  autoCreateSubnetworks: request.inputs["autoCreateSubnetworks"] ?? true,
  routingMode: request.inputs["routingMode"] ?? "REGIONAL",
  mtu: request.inputs["mtu"] ?? 1460,
});

const subnetwork: TypeOutputs = (request) => {
  const block = parseBlock(textAt(request.inputs, "ipCidrRange") ?? "");
  return {
    gatewayAddress: block === undefined ? "" : addressAt(block, 1),
    subnetworkId: numberBelow(1_000_000_000, request.seed),
    purpose: request.inputs["purpose"] ?? "PRIVATE",
    stackType: request.inputs["stackType"] ?? "IPV4_ONLY",
    privateIpGoogleAccess: request.inputs["privateIpGoogleAccess"] ?? false,
  };
};

const instance: TypeOutputs = (request): JsonObject => ({
  networkInterfaces: completeEach(request.inputs["networkInterfaces"], (one, index) => ({
    name: `nic${index}`,
    networkIp: privateAddress(request, textAt(one, "subnetwork")),
    stackType: "IPV4_ONLY",
    accessConfigs: completeEach(one["accessConfigs"], (_, at) => ({
      natIp: external(request, `nat ${index} ${at}`),
      networkTier: "PREMIUM",
    })),
  })),
  instanceId: number(request),
  currentStatus: "RUNNING",
  cpuPlatform: "Intel Broadwell",
  metadataFingerprint: "",
  tagsFingerprint: "",
  labelFingerprint: "",
});

function privateAddress(request: OutputRequest, subnet: string | undefined): string {
  const properties = request.context.resolve("gcp:compute/subnetwork:Subnetwork", subnet ?? "")?.properties ?? {};
  const block = parseBlock(textAt(properties, "ipCidrRange") ?? "10.128.0.0/20") ?? {
    first: 176_160_768,
    size: 4096,
    prefix: 20,
  };
  return addressAt(block, 2 + (request.serial % Math.max(1, block.size - 4)));
}

const bucket: TypeOutputs = (request) => ({
  url: `gs://${request.id}`,
  storageClass: request.inputs["storageClass"] ?? "STANDARD",
  location: (textAt(request.inputs, "location") ?? "US").toUpperCase(),
  publicAccessPrevention: request.inputs["publicAccessPrevention"] ?? "inherited",
});

export const gcpOutputs: Readonly<Record<string, TypeOutputs>> = {
  "gcp:compute/network:Network": network,
  "gcp:compute/subnetwork:Subnetwork": subnetwork,
  "gcp:compute/instance:Instance": instance,
  "gcp:compute/address:Address": (request) => ({
    address: textAt(request.inputs, "address") ?? external(request, "address"),
    addressType: request.inputs["addressType"] ?? "EXTERNAL",
    networkTier: request.inputs["networkTier"] ?? "PREMIUM",
  }),
  "gcp:compute/globalAddress:GlobalAddress": (request) => ({
    address: textAt(request.inputs, "address") ?? external(request, "address"),
  }),
  "gcp:compute/disk:Disk": (request) => ({
    size: request.inputs["size"] ?? 10,
    type: request.inputs["type"] ?? "pd-standard",
    diskId: number(request),
  }),
  "gcp:storage/bucket:Bucket": bucket,
  "gcp:serviceaccount/account:Account": (request) => ({
    email: request.id.split("/").at(-1) ?? "",
    member: `serviceAccount:${request.id.split("/").at(-1) ?? ""}`,
    uniqueId: number(request),
  }),
  "gcp:container/cluster:Cluster": (request) => ({
    endpoint: external(request, "endpoint"),
    masterVersion: request.inputs["minMasterVersion"] ?? "1.33.5-gke.1000000",
  }),
  "gcp:sql/databaseInstance:DatabaseInstance": (request) => ({
    connectionName: `${request.identity.account}:${request.region}:${request.id}`,
    firstIpAddress: external(request, "sql"),
    publicIpAddress: external(request, "sql"),
  }),
  "gcp:cloudrunv2/service:Service": (request) => ({
    uri: `https://${request.id.split("/").at(-1) ?? ""}-${numberBelow(1_000_000_000, request.identity.account)}.${request.region}.run.app`,
  }),
  "gcp:redis/instance:Instance": (request) => ({ host: external(request, "host"), port: 6379 }),
};

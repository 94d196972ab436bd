// Outputs of azure-native types that other resources or people use. Forms: Azure REST API specifications.
import { addressAt, parseBlock } from "../cidr.ts";
import { uuidOf } from "../identity.ts";
import { characters, numberBelow } from "../ids.ts";
import { textAt, valuesAt, type Json, type JsonObject } from "../values.ts";
import { completeEach, type OutputRequest, type TypeOutputs } from "./request.ts";

const network: TypeOutputs = (request) => ({
  subnets: completeEach(request.inputs["subnets"], (subnet) => ({
    id: `${request.id}/subnets/${textAt(subnet, "name") ?? ""}`,
    provisioningState: "Succeeded",
  })),
  resourceGuid: uuidOf(`${request.seed} guid`),
});

const publicAddress: TypeOutputs = (request) => ({
  ipAddress: `198.51.${numberBelow(256, request.seed)}.${1 + numberBelow(254, `${request.seed} host`)}`,
  publicIPAddressVersion: request.inputs["publicIPAddressVersion"] ?? "IPv4",
  idleTimeoutInMinutes: request.inputs["idleTimeoutInMinutes"] ?? 4,
});

const networkInterface: TypeOutputs = (request) => ({
  ipConfigurations: completeEach(request.inputs["ipConfigurations"], (configuration) => ({
    id: `${request.id}/ipConfigurations/${textAt(configuration, "name") ?? ""}`,
    privateIPAddress: privateAddress(request, valuesAt(configuration, "subnet.id")[0]),
    privateIPAllocationMethod: "Dynamic",
    provisioningState: "Succeeded",
  })),
  macAddress: characters("0123456789ABCDEF", 12, request.seed).replaceAll(/(..)(?=.)/g, "$1-"),
  primary: true,
});

function privateAddress(request: OutputRequest, subnetId: Json | undefined): string {
  const owner =
    request.context.resolve("azure-native:network:Subnet", typeof subnetId === "string" ? subnetId : "")?.properties ??
    {};
  const inline = valuesAt(owner, "subnets").filter((one) => valuesAt(one, "id")[0] === subnetId);
  const prefix =
    valuesAt(owner, "addressPrefix")[0] ??
    valuesAt(owner, "addressPrefixes")[0] ??
    inline.flatMap((one) => valuesAt(one, "addressPrefix"))[0];
  const block = parseBlock(typeof prefix === "string" ? prefix : "10.0.0.0/24") ?? {
    first: 167_772_160,
    size: 256,
    prefix: 24,
  };
  return addressAt(block, 4 + (request.serial % Math.max(1, block.size - 5)));
}

const storageAccount: TypeOutputs = (request): JsonObject => {
  const name = request.id.split("/").at(-1) ?? "";
  const endpoint = (service: string) => `https://${name}.${service}.core.windows.net/`;
  return {
    primaryEndpoints: {
      blob: endpoint("blob"),
      dfs: endpoint("dfs"),
      file: endpoint("file"),
      queue: endpoint("queue"),
      table: endpoint("table"),
      web: endpoint("z6.web"),
    },
    enableHttpsTrafficOnly: request.inputs["enableHttpsTrafficOnly"] ?? true,
    accessTier: request.inputs["accessTier"] ?? "Hot",
    minimumTlsVersion: request.inputs["minimumTlsVersion"] ?? "TLS1_2",
    allowBlobPublicAccess: request.inputs["allowBlobPublicAccess"] ?? false,
  };
};

const host =
  (property: string, domain: string): TypeOutputs =>
  (request) => ({ [property]: `${request.id.split("/").at(-1) ?? ""}.${domain}` });

export const azureOutputs: Readonly<Record<string, TypeOutputs>> = {
  "azure-native:network:VirtualNetwork": network,
  "azure-native:network:PublicIPAddress": publicAddress,
  "azure-native:network:NetworkInterface": networkInterface,
  "azure-native:compute:VirtualMachine": (request) => ({ vmId: uuidOf(`${request.seed} vm`) }),
  "azure-native:storage:StorageAccount": storageAccount,
  "azure-native:storage:BlobContainer": (request) => ({
    publicAccess: request.inputs["publicAccess"] ?? "None",
    leaseState: "Available",
    leaseStatus: "Unlocked",
    hasLegalHold: false,
    hasImmutabilityPolicy: false,
  }),
  "azure-native:dbforpostgresql:Server": host("fullyQualifiedDomainName", "postgres.database.azure.com"),
  "azure-native:dbformysql:Server": host("fullyQualifiedDomainName", "mysql.database.azure.com"),
  "azure-native:sql:Server": host("fullyQualifiedDomainName", "database.windows.net"),
  "azure-native:web:WebApp": host("defaultHostName", "azurewebsites.net"),
  "azure-native:redis:Redis": (request) => ({
    hostName: `${request.id.split("/").at(-1) ?? ""}.redis.cache.windows.net`,
    port: 6379,
    sslPort: 6380,
    accessKeys: {
      primaryKey: characters("abcdefghijklmnopqrstuvwxyz0123456789", 43, request.seed),
      secondaryKey: characters("abcdefghijklmnopqrstuvwxyz0123456789", 43, `${request.seed} 2`),
    },
  }),
  "azure-native:containerregistry:Registry": host("loginServer", "azurecr.io"),
  "azure-native:cosmosdb:DatabaseAccount": (request) => ({
    documentEndpoint: `https://${request.id.split("/").at(-1) ?? ""}.documents.azure.com:443/`,
  }),
  "azure-native:containerservice:ManagedCluster": host("fqdn", "hcp.azmk8s.io"),
  "azure-native:servicebus:Namespace": (request) => ({
    serviceBusEndpoint: `https://${request.id.split("/").at(-1) ?? ""}.servicebus.windows.net:443/`,
  }),
};

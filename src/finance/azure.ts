// Prices of Azure resources. Azure lists resource groups, virtual networks, subnets, security groups and interfaces as free.
import {
  type Charge,
  free,
  hourly,
  HOURS,
  infracost,
  monthly,
  numberAt,
  type Pricer,
  textAt,
  unknown,
  usage,
  valueAt,
} from "./charge.ts";
import { vmPrice } from "./tables.ts";

export const azurePricers: Readonly<Record<string, Pricer>> = {
  "azure-native:resources:ResourceGroup": free,
  "azure-native:network:VirtualNetwork": free,
  "azure-native:network:Subnet": free,
  "azure-native:network:NetworkSecurityGroup": free,
  "azure-native:network:SecurityRule": free,
  "azure-native:network:NetworkInterface": free,
  "azure-native:network:RouteTable": free,
  "azure-native:storage:BlobServiceProperties": free,
  "azure-native:storage:BlobContainer": free,
  "azure-native:storage:ManagementPolicy": free,
  "azure-native:storage:StorageAccount": () => [
    { kind: "usage", item: "storage by tier and redundancy" },
    usage("write operations", "0.0303", "10k operations"),
    usage("read operations", "0.0025", "10k operations"),
  ],
  "azure-native:network:PublicIPAddress": publicAddress,
  "azure-native:network:NatGateway": () => [
    hourly("NAT gateway", "0.045"),
    usage("data through the NAT gateway", "0.045", "GB"),
  ],
  "azure-native:compute:VirtualMachine": machine,
  "azure-native:compute:Disk": ({ properties }) =>
    disk(numberAt(properties, "diskSizeGB"), textAt(properties, "sku", "name")),
  "azure-native:servicebus:Namespace": serviceBus,
  "azure-native:servicebus:Queue": free,
  "azure-native:servicebus:Topic": free,
};

function publicAddress({ properties }: Parameters<Pricer>[0]): readonly Charge[] {
  const tier = textAt(properties, "sku", "tier") ?? "Regional";
  const isStatic = textAt(properties, "publicIPAllocationMethod") === "Static";
  if (!isStatic) return [unknown("dynamic addresses are not in the price table")];
  return [hourly(`static public IPv4 address, ${tier}`, tier === "Global" ? "0.01" : "0.005")];
}

function machine({ properties, region, tables }: Parameters<Pricer>[0]): readonly Charge[] {
  const storage = properties["storageProfile"];
  const os = valueAt(storage, "osDisk");
  const data = valueAt(storage, "dataDisks");
  return [
    compute(properties, region, tables),
    disk(numberAt(os, "diskSizeGB"), textAt(os, "managedDisk", "storageAccountType")),
    ...(Array.isArray(data) ? data : []).map((extra: unknown) =>
      disk(numberAt(extra, "diskSizeGB"), textAt(extra, "managedDisk", "storageAccountType")),
    ),
  ].flat();
}

function compute(
  properties: Readonly<Record<string, unknown>>,
  region: string,
  tables: Parameters<Pricer>[0]["tables"],
): Charge {
  const size = textAt(properties, "hardwareProfile", "vmSize");
  if (size === undefined) return unknown("the size is not known before applying");
  const publisher = textAt(properties, "storageProfile", "imageReference", "publisher") ?? "";
  if (
    valueAt(properties, "osProfile", "windowsConfiguration") !== undefined ||
    publisher.startsWith("MicrosoftWindows")
  ) {
    return unknown("prices of Windows machines are not in the table");
  }
  if ((textAt(properties, "priority") ?? "Regular") !== "Regular")
    return unknown("spot prices are not in the price table");
  const found = vmPrice(tables.azure, size, region);
  if (found === undefined) return unknown(`${size} in ${region} is not in the price table`);
  const { source, date } = tables.azure;
  return {
    kind: "fixed",
    item: `${size}, ${HOURS} h`,
    monthly: found.price * BigInt(HOURS),
    provenance: { source, date },
    basis: found.basis,
  };
}

// Managed disks are billed by the tier that a size falls into. Of the prices a month only these are in the golden estimates;
// E4 (32 GiB, 2.40) and E30 (1,024 GiB, 76.80) both give 0.075 a GiB, which is taken for the tiers between them.
const TIERS: readonly number[] = [4, 8, 16, 32, 64, 128, 256, 512, 1024];
const MONTHLY: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  StandardSSD_LRS: { 32: "2.40", 64: "4.80", 128: "9.60", 256: "19.20", 512: "38.40", 1024: "76.80" },
  Premium_LRS: { 32: "5.28", 128: "19.71" },
  Standard_LRS: { 32: "1.536", 64: "3.01", 128: "5.89", 512: "21.76" },
};

function disk(size: number | undefined, type: string | undefined): readonly Charge[] {
  if (size === undefined) return [unknown("the size of a disk is the image's: give diskSizeGB")];
  if (type === undefined) return [unknown("the type of a disk is not known")];
  const tier = TIERS.find((candidate) => candidate >= size);
  const price = tier === undefined ? undefined : MONTHLY[type]?.[tier];
  if (tier === undefined || price === undefined) {
    return [unknown(`a ${type} disk of ${size} GiB is not in the price table`)];
  }
  return [monthly(`${type} disk, tier of ${tier} GiB`, price, 1), usage("disk operations", "0.0005", "10k operations")];
}

/** Base charge of the Standard tier: 9.81 a month of 730 hours in the golden estimates. */
function serviceBus({ properties }: Parameters<Pricer>[0]): readonly Charge[] {
  const tier = textAt(properties, "sku", "name") ?? "Basic";
  if (tier === "Basic") return [usage("messaging operations", "0.05", "1M operations")];
  if (tier === "Standard") {
    return [
      monthly("Service Bus Standard", "9.81", 1, infracost),
      usage("messaging operations over 13M", "0.80", "1M operations"),
    ];
  }
  const units = numberAt(properties, "sku", "capacity") ?? 1;
  return [monthly("Service Bus Premium messaging units", "677.075", units)];
}

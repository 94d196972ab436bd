// Prices of Google Cloud resources. Google lists networks, subnetworks, firewalls and routers as free.
import {
  type Charge,
  free,
  hourly,
  HOURS,
  monthly,
  numberAt,
  type Pricer,
  textAt,
  unknown,
  usage,
  valueAt,
} from "./charge.ts";
import { type Provenance, vmPrice } from "./tables.ts";

export const gcpPricers: Readonly<Record<string, Pricer>> = {
  "gcp:compute/network:Network": free,
  "gcp:compute/subnetwork:Subnetwork": free,
  "gcp:compute/firewall:Firewall": free,
  "gcp:compute/router:Router": free,
  "gcp:compute/route:Route": free,
  "gcp:storage/bucketIAMMember:BucketIAMMember": free,
  "gcp:storage/bucketIAMBinding:BucketIAMBinding": free,
  "gcp:serviceaccount/account:Account": free,
  "gcp:storage/bucket:Bucket": bucket,
  "gcp:compute/address:Address": ({ properties }) =>
    (textAt(properties, "addressType") ?? "EXTERNAL") === "INTERNAL" ? [] : [hourly("external IPv4 address", "0.005")],
  "gcp:compute/routerNat:RouterNat": () => [
    usage("machines behind the NAT gateway (first 32)", "0.0014", "machine-hour"),
    usage("data through the NAT gateway", "0.045", "GB"),
  ],
  "gcp:compute/instance:Instance": instance,
  "gcp:compute/disk:Disk": ({ properties }) => [
    disk(numberAt(properties, "size"), textAt(properties, "type") ?? "pd-standard"),
  ],
  "gcp:pubsub/topic:Topic": () => [usage("message ingestion", "40", "TiB")],
  "gcp:pubsub/subscription:Subscription": () => [usage("message delivery", "40", "TiB")],
};

const STORAGE: Readonly<Record<string, string>> = { STANDARD: "0.026", COLDLINE: "0.0087" };

function bucket({ properties }: Parameters<Pricer>[0]): readonly Charge[] {
  const storageClass = textAt(properties, "storageClass") ?? "STANDARD";
  const price = STORAGE[storageClass];
  const item = `${storageClass.toLowerCase()} storage`;
  return [
    price === undefined ? { kind: "usage", item } : usage(item, price, "GiB-month"),
    usage("class A operations", "0.10", "10k operations"),
    usage("class B operations", "0.05", "10k operations"),
  ];
}

function instance({ properties, region, tables }: Parameters<Pricer>[0]): readonly Charge[] {
  const boot = valueAt(properties, "bootDisk", "initializeParams");
  const bootSize = numberAt(boot, "size");
  return [
    machine(properties, region, tables),
    boot !== undefined && bootSize === undefined
      ? unknown("the size of the boot disk is the image's: give initializeParams.size")
      : disk(bootSize, textAt(boot, "type") ?? "pd-standard"),
    ...listOf(properties["networkInterfaces"])
      .flatMap((nic) => listOf(valueAt(nic, "accessConfigs")))
      .filter((access) => valueAt(access, "natIp") === undefined)
      .map(() => hourly("ephemeral external IPv4 address", "0.005")),
  ];
}

function machine(
  properties: Readonly<Record<string, unknown>>,
  region: string,
  tables: Parameters<Pricer>[0]["tables"],
): Charge {
  const type = textAt(properties, "machineType");
  if (type === undefined) return unknown("the machine type is not known before applying");
  if (
    valueAt(properties, "scheduling", "preemptible") === true ||
    textAt(properties, "scheduling", "provisioningModel") === "SPOT"
  ) {
    return unknown("spot prices change by the minute: they are not in the price table");
  }
  if (listOf(properties["guestAccelerators"]).length > 0) return unknown("accelerators are not in the price table");
  const found = vmPrice(tables.gcp, type.slice(type.lastIndexOf("/") + 1), region);
  if (found === undefined) return unknown(`${type} is not in the price table`);
  const { source, date } = tables.gcp;
  return {
    kind: "fixed",
    item: `${type}, ${HOURS} h`,
    monthly: found.price * BigInt(HOURS),
    provenance: { source, date },
    basis: found.basis,
  };
}

// USD a GiB and month in us-central1; the source lists them by the hour of a 720-hour month.
const DISKS: Readonly<Record<string, string>> = { "pd-standard": "0.04", "pd-balanced": "0.10", "pd-ssd": "0.17" };
const diskSource: Provenance = { source: "kubernetes/autoscaler gce_price_info", date: "2026-06" };

function disk(size: number | undefined, type: string): Charge {
  const kind = type.slice(type.lastIndexOf("/") + 1);
  const price = DISKS[kind];
  if (size === undefined) return unknown("the size of a disk is not known");
  if (price === undefined) return unknown(`disk type ${kind} is not in the price table`);
  return monthly(`${kind} disk, ${size} GB`, price, size, diskSource);
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

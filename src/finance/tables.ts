// Price tables of virtual machines, as they lie in prices/.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Nanos, nanosOf } from "./money.ts";

/** Where figures come from. */
export interface Provenance {
  readonly source: string;
  /** `YYYY-MM`. */
  readonly date: string;
}

/** Prices an hour by size and region. */
export interface VmTable extends Provenance {
  /** Stands in for regions that the table lacks altogether; absent: nothing does. */
  readonly reference?: string;
  readonly regions: ReadonlySet<string>;
  readonly prices: ReadonlyMap<string, ReadonlyMap<string, Nanos>>;
}

export interface PriceTables {
  readonly aws: VmTable;
  readonly azure: VmTable;
  readonly gcp: VmTable;
}

/** Reads the tables that come with the program. Rejects when they are damaged. */
export async function loadPriceTables({ signal }: { readonly signal: AbortSignal }): Promise<PriceTables> {
  const read = async (name: string) =>
    readFile(join(import.meta.dirname, "prices", name), { encoding: "utf8", signal });
  const [aws, azure, gcp] = await Promise.all([read("aws-ec2.csv"), read("azure-vm.csv"), read("gcp-vm.csv")]);
  return {
    aws: parseVmTable(aws, { source: "karpenter-provider-aws price table", date: "2026-07" }, "us-east-1"),
    azure: parseVmTable(azure, { source: "karpenter-provider-azure price table", date: "2026-06" }),
    gcp: parseVmTable(gcp, { source: "kubernetes/autoscaler gce_price_info", date: "2026-06" }, "us-central1"),
  };
}

/** A table: comment lines, `type,REGION,...`, then a size a line. Throws RangeError for a price that is none. */
export function parseVmTable(text: string, provenance: Provenance, reference?: string): VmTable {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  const [header = "", ...rows] = lines;
  const regions = header.split(",").slice(1);
  const prices = new Map<string, ReadonlyMap<string, Nanos>>();
  for (const row of rows) {
    const [type = "", ...cells] = row.split(",");
    const byRegion = new Map<string, Nanos>();
    for (const [index, cell] of cells.entries()) {
      const region = regions[index];
      if (region === undefined) throw new RangeError(`the price table has too many columns for ${type}`);
      if (cell !== "") byRegion.set(region, nanosOf(cell));
    }
    prices.set(type.toLowerCase(), byRegion);
  }
  return { ...provenance, regions: new Set(regions), prices, ...(reference === undefined ? {} : { reference }) };
}

/** The price of a size in a region, or of the reference region where the table knows nothing of that region. */
export function vmPrice(
  table: VmTable,
  type: string,
  region: string,
): { readonly price: Nanos; readonly basis: "Region" | "ReferenceRegion" } | undefined {
  const byRegion = table.prices.get(type.toLowerCase());
  const price = byRegion?.get(region);
  if (price !== undefined) return { price, basis: "Region" };
  if (table.reference === undefined || table.regions.has(region)) return undefined;
  const standIn = byRegion?.get(table.reference);
  return standIn === undefined ? undefined : { price: standIn, basis: "ReferenceRegion" };
}

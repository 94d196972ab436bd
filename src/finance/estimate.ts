// Adds up charges into estimates, exactly.
import { awsPricers } from "./aws.ts";
import { azurePricers } from "./azure.ts";
import { type Charge, type Pricer, textAt, unknown } from "./charge.ts";
import type {
  Cost,
  CostEstimate,
  CostLine,
  CostOptions,
  PlanCost,
  PricedChange,
  PricedResource,
  UnknownCost,
  UsageRate,
} from "./cost.ts";
import { gcpPricers } from "./gcp.ts";
import { centsText, exactText, type Nanos } from "./money.ts";
import { loadPriceTables, type PriceTables } from "./tables.ts";

/** Packages whose resources are no cloud's: nobody sends a bill. */
const NO_CLOUD = /^(random|tls|command|local|time|pulumi):/;

/** Cost from the price tables that come with the program. Rejects when they can't be read. */
export async function createTableCost({ signal }: { readonly signal: AbortSignal }): Promise<Cost> {
  return tableCost(await loadPriceTables({ signal }));
}

/** Cost from given tables. */
export function tableCost(tables: PriceTables): Cost {
  return {
    estimate: async (resources, options) => {
      options.signal.throwIfAborted();
      return estimate(resources, options, tables).shown;
    },
    estimatePlan: async (changes, options) => {
      options.signal.throwIfAborted();
      return planOf(changes, options, tables);
    },
  };
}

interface Estimated {
  readonly shown: CostEstimate;
  readonly total: Nanos;
}

function planOf(changes: readonly PricedChange[], options: CostOptions, tables: PriceTables): PlanCost {
  const side = (pick: (change: PricedChange) => PricedResource | undefined) =>
    estimate(
      changes.map(pick).filter((resource) => resource !== undefined),
      options,
      tables,
    );
  const before = side((change) => change.before);
  const after = side((change) => change.after);
  return {
    before: before.shown,
    after: after.shown,
    // Of the rounded sums, so that what is shown adds up.
    delta: centsText(cents(after.total) - cents(before.total)),
    unknownResources: [...new Set(after.shown.unknown.map(({ urn }) => urn))],
  };
}

function estimate(resources: readonly PricedResource[], { region }: CostOptions, tables: PriceTables): Estimated {
  const lines: CostLine[] = [];
  const usage: UsageRate[] = [];
  const unknowns: UnknownCost[] = [];
  let total: Nanos = 0n;
  const peers = peersOf(resources);
  for (const { urn, type, properties } of resources) {
    const place = textAt(properties, "location") ?? textAt(properties, "region") ?? zoneRegion(properties) ?? region;
    const charges = pricerOf(type)({
      name: nameOf(urn),
      properties,
      region: place.toLowerCase().replaceAll(" ", ""),
      tables,
      peers,
    });
    for (const charge of charges) {
      if (charge.kind === "unknown") {
        unknowns.push({ urn, type, reason: charge.reason });
        continue;
      }
      if (charge.kind === "usage") {
        usage.push(rateOf(urn, charge));
        continue;
      }
      total += charge.monthly;
      const { item, basis, provenance } = charge;
      lines.push({ urn, item, monthly: exactText(charge.monthly), ...provenance, basis });
    }
  }
  return { total, shown: { monthly: centsText(total), currency: "USD", lines, usage, unknown: unknowns } };
}

function rateOf(urn: string, { item, rate }: Extract<Charge, { kind: "usage" }>): UsageRate {
  if (rate === undefined) return { urn, item };
  return { urn, item, rate: { price: rate.price, unit: rate.unit, ...rate.provenance } };
}

const pricers: ReadonlyMap<string, Pricer> = new Map(Object.entries({ ...awsPricers, ...azurePricers, ...gcpPricers }));

function pricerOf(type: string): Pricer {
  if (NO_CLOUD.test(type)) return () => [];
  return pricers.get(type) ?? (() => [unknown(`${type} is not in the price tables`)]);
}

type Properties = PricedResource["properties"];

function peersOf(resources: readonly PricedResource[]): (type: string) => ReadonlyMap<string, Properties> {
  const byType = Map.groupBy(resources, ({ type }) => type);
  return (type) => new Map((byType.get(type) ?? []).map(({ urn, properties }) => [nameOf(urn), properties]));
}

/** `urn:pulumi:STACK::PROJECT::TYPE::NAME` -> NAME. */
function nameOf(urn: string): string {
  return urn.slice(urn.lastIndexOf("::") + 1).replace(/^:/, "");
}

/** `europe-west1-b` -> `europe-west1`. */
function zoneRegion(properties: Properties): string | undefined {
  return textAt(properties, "zone")?.replace(/-[a-z]$/, "");
}

function cents(value: Nanos): Nanos {
  return BigInt(centsText(value).replace(".", "")) * 10_000_000n;
}

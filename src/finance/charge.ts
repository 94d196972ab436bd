// What one resource costs: fixed charges, charges by use, and what is not known.
import { type Nanos, nanosOf } from "./money.ts";
import type { Provenance, PriceTables } from "./tables.ts";

/** Hours of a month, as price lists and the FinOps practice count. */
export const HOURS = 730;

export type Charge =
  | {
      readonly kind: "fixed";
      readonly item: string;
      /** A month. */
      readonly monthly: Nanos;
      readonly provenance: Provenance;
      readonly basis: "Region" | "ReferenceRegion";
    }
  | {
      readonly kind: "usage";
      readonly item: string;
      readonly rate?: { readonly price: string; readonly unit: string; readonly provenance: Provenance };
    }
  | { readonly kind: "unknown"; readonly reason: string };

/** A resource as a pricer sees it. */
export interface PricingSubject {
  /** Logical name: the last part of the URN. */
  readonly name: string;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly region: string;
  readonly tables: PriceTables;
  /** Properties of the resources of a type in the same estimate, by logical name. */
  readonly peers: (type: string) => ReadonlyMap<string, Readonly<Record<string, unknown>>>;
}

/** Charges of a resource of one type. */
export type Pricer = (subject: PricingSubject) => readonly Charge[];

/** Unit prices of managed services: the golden estimates in infracost's tests. */
export const infracost: Provenance = { source: "infracost golden estimates", date: "2026-08" };

/** A price an hour from a list that names no region of ours. */
export function hourly(item: string, price: string, provenance: Provenance = infracost): Charge {
  return {
    kind: "fixed",
    item: `${item}, ${HOURS} h`,
    monthly: nanosOf(price) * BigInt(HOURS),
    provenance,
    basis: "ReferenceRegion",
  };
}

/** A price a month and unit; an amount that is not a whole number is unknown. */
export function monthly(item: string, price: string, amount: number, provenance: Provenance = infracost): Charge {
  if (!Number.isSafeInteger(amount) || amount < 0) return unknown(`${item}: ${amount} is no whole number`);
  return { kind: "fixed", item, monthly: nanosOf(price) * BigInt(amount), provenance, basis: "ReferenceRegion" };
}

export function usage(item: string, price: string, unit: string): Charge {
  return { kind: "usage", item, rate: { price, unit, provenance: infracost } };
}

export function unknown(reason: string): Charge {
  return { kind: "unknown", reason };
}

/** It costs nothing by itself. */
export const free: Pricer = () => [];

/** The text of a property at a path; undefined for anything else, also for what is known only after applying. */
export function textAt(value: unknown, ...path: readonly (string | number)[]): string | undefined {
  const found = valueAt(value, ...path);
  return typeof found === "string" && !UNKNOWN.has(found) ? found : undefined;
}

/** The number at a path, also where it is written as text. */
export function numberAt(value: unknown, ...path: readonly (string | number)[]): number | undefined {
  const found = valueAt(value, ...path);
  if (typeof found === "number") return found;
  return typeof found === "string" && /^\d{1,9}$/.test(found) ? Number(found) : undefined;
}

export function valueAt(value: unknown, ...path: readonly (string | number)[]): unknown {
  let found: unknown = value;
  for (const step of path) {
    if (typeof found !== "object" || found === null) return undefined;
    found = Reflect.get(found, step);
  }
  return found;
}

// What the engine puts where a value is known only after applying: string, and object/array/number/bool forms
// (sdk/v3/go/common/resource/plugin/rpc.go of github.com/pulumi/pulumi).
const UNKNOWN = new Set([
  "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);

// A customer as ChurnPredictor sees one: typed facts, and the row of numbers made from them.

/** What is known of a customer today; nothing of what comes after. */
export interface CustomerRecord {
  readonly tenureMonths: number;
  /** USD a month. */
  readonly monthlyCharge: number;
  /** USD since the beginning; 0 before the first bill. */
  readonly totalCharge: number;
  readonly contract: "month-to-month" | "one-year" | "two-year";
  readonly internet: "none" | "dsl" | "fiber";
  readonly payment: "electronic-check" | "mailed-check" | "bank-transfer" | "credit-card";
  /** What is subscribed to; a service that is not listed is not. */
  readonly services: ReadonlySet<CustomerService>;
  readonly paperlessBilling: boolean;
  readonly senior: boolean;
  readonly partner: boolean;
  readonly dependents: boolean;
}

export type CustomerService =
  | "phone"
  | "multiple_lines"
  | "online_security"
  | "online_backup"
  | "device_protection"
  | "tech_support"
  | "streaming_tv"
  | "streaming_movies";

const columns: readonly (readonly [name: string, value: (customer: CustomerRecord) => number | boolean])[] = [
  ["tenure_months", ({ tenureMonths }) => tenureMonths],
  ["monthly_charge", ({ monthlyCharge }) => monthlyCharge],
  ["total_charge", ({ totalCharge }) => totalCharge],
  ["one_year", ({ contract }) => contract === "one-year"],
  ["two_year", ({ contract }) => contract === "two-year"],
  ["internet_dsl", ({ internet }) => internet === "dsl"],
  ["internet_fiber", ({ internet }) => internet === "fiber"],
  ["phone", ({ services }) => services.has("phone")],
  ["multiple_lines", ({ services }) => services.has("multiple_lines")],
  ["online_security", ({ services }) => services.has("online_security")],
  ["online_backup", ({ services }) => services.has("online_backup")],
  ["device_protection", ({ services }) => services.has("device_protection")],
  ["tech_support", ({ services }) => services.has("tech_support")],
  ["streaming_tv", ({ services }) => services.has("streaming_tv")],
  ["streaming_movies", ({ services }) => services.has("streaming_movies")],
  ["paperless_billing", ({ paperlessBilling }) => paperlessBilling],
  ["electronic_check", ({ payment }) => payment === "electronic-check"],
  ["mailed_check", ({ payment }) => payment === "mailed-check"],
  ["credit_card", ({ payment }) => payment === "credit-card"],
  ["senior", ({ senior }) => senior],
  ["partner", ({ partner }) => partner],
  ["dependents", ({ dependents }) => dependents],
];

/** Names of the features, in the order of a row. */
export const churnFeatures: readonly string[] = columns.map(([name]) => name);

/** The row of a customer; yes is 1. Negative amounts count as 0. */
export function churnRow(customer: CustomerRecord): Float32Array {
  return Float32Array.from(columns, ([, value]) => Math.max(0, Number(value(customer))));
}

// The telco customers: read by column names, and the fold a row belongs to.
import { join } from "node:path";
import type { CustomerRecord, CustomerService } from "../../src/inference/features/churn-customer.ts";
import { contentHash } from "./content-hash.ts";
import { filesIn, recordsOf, textOf } from "./files.ts";

/** Measured by this many folds. */
export const churnFolds = 5;

export interface TelcoCustomer {
  readonly customer: CustomerRecord;
  readonly left: boolean;
  /** Equal for rows of equal content, whoever they are named after. */
  readonly hash: number;
}

/** Every customer of DIR/telco-churn; none where there is no such folder. Rejects where a column is missing. */
export async function readTelco(folder: string, signal: AbortSignal): Promise<readonly TelcoCustomer[]> {
  const paths = await filesIn(join(folder, "telco-churn"), /\.csv(\.gz)?$/);
  const texts = await Promise.all(paths.map((path) => textOf(path, signal)));
  return texts.flatMap((text) => recordsOf(text).map(telcoCustomer));
}

/** One row of the table as a customer. Throws for a missing column. */
export function telcoCustomer(row: Readonly<Record<string, string>>): TelcoCustomer {
  const cell = (column: string): string => {
    const value = row[column];
    if (value === undefined) throw new Error(`telco-churn has no column ${column}`);
    return value.trim();
  };
  const yes = (column: string): boolean => cell(column) === "Yes";
  return {
    customer: {
      tenureMonths: Number(cell("tenure")),
      monthlyCharge: Number(cell("MonthlyCharges")),
      // Empty before the first bill.
      totalCharge: Number(cell("TotalCharges")),
      contract: contracts[cell("Contract")] ?? "month-to-month",
      internet: internets[cell("InternetService")] ?? "none",
      payment: payments[cell("PaymentMethod")] ?? "bank-transfer",
      services: new Set(services.filter(([column]) => yes(column)).map(([, service]) => service)),
      paperlessBilling: yes("PaperlessBilling"),
      senior: cell("SeniorCitizen") === "1",
      partner: yes("Partner"),
      dependents: yes("Dependents"),
    },
    left: yes("Churn"),
    hash: contentHash(row, ["customerID", "Churn"]),
  };
}

const contracts: Readonly<Record<string, CustomerRecord["contract"]>> = {
  "One year": "one-year",
  "Two year": "two-year",
};
const internets: Readonly<Record<string, CustomerRecord["internet"]>> = { DSL: "dsl", "Fiber optic": "fiber" };
const payments: Readonly<Record<string, CustomerRecord["payment"]>> = {
  "Electronic check": "electronic-check",
  "Mailed check": "mailed-check",
  "Credit card (automatic)": "credit-card",
};
const services: readonly (readonly [column: string, service: CustomerService])[] = [
  ["PhoneService", "phone"],
  ["MultipleLines", "multiple_lines"],
  ["OnlineSecurity", "online_security"],
  ["OnlineBackup", "online_backup"],
  ["DeviceProtection", "device_protection"],
  ["TechSupport", "tech_support"],
  ["StreamingTV", "streaming_tv"],
  ["StreamingMovies", "streaming_movies"],
];

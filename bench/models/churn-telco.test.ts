import { expect, test } from "vitest";
import { contentHash } from "./content-hash.ts";
import { telcoCustomer } from "./churn-telco.ts";
import { auc } from "./metrics/auc.ts";

const row: Readonly<Record<string, string>> = {
  customerID: "0001-A",
  gender: "Female",
  SeniorCitizen: "0",
  Partner: "Yes",
  Dependents: "No",
  tenure: "0",
  PhoneService: "No",
  MultipleLines: "No phone service",
  InternetService: "DSL",
  OnlineSecurity: "No",
  OnlineBackup: "Yes",
  DeviceProtection: "No internet service",
  TechSupport: "No",
  StreamingTV: "No",
  StreamingMovies: "No",
  Contract: "One year",
  PaperlessBilling: "Yes",
  PaymentMethod: "Mailed check",
  MonthlyCharges: "29.85",
  TotalCharges: " ",
  Churn: "Yes",
};

test("a customer is read by the names of the columns, and no bill yet is nothing paid", () => {
  const { customer, left } = telcoCustomer(row);
  expect(customer).toMatchObject({ contract: "one-year", internet: "dsl", payment: "mailed-check", totalCharge: 0 });
  expect([...customer.services]).toEqual(["online_backup"]);
  expect(left).toBe(true);
});

test("neither the order of columns, the name nor the answer moves a row to another fold; its content does", () => {
  const shuffled = Object.fromEntries(Object.entries(row).toReversed());
  const renamed = { ...shuffled, customerID: "other", Churn: "No" };
  expect(telcoCustomer(renamed).hash).toBe(telcoCustomer(row).hash);
  expect(telcoCustomer({ ...row, tenure: "1" }).hash).not.toBe(telcoCustomer(row).hash);
});

test("the hash is FNV-1a, as the trainer computes it", () => {
  // The published check value of FNV-1a for "a".
  expect(contentHash({ only: "a", name: "b" }, ["name"])).toBe(0xe40c292c);
});

test("a missing column is named", () => {
  const { Contract: _, ...rest } = row;
  expect(() => telcoCustomer(rest)).toThrow("no column Contract");
});

test("scores against shuffled answers are at chance", () => {
  let state = 7;
  const random = (): number => (state = (state * 48271) % 2147483647) / 2147483647;
  const scores = Array.from({ length: 4000 }, random);
  expect(
    Math.abs(
      auc(
        scores,
        scores.map(() => random() < 0.27),
      ) - 0.5,
    ),
  ).toBeLessThan(0.03);
});

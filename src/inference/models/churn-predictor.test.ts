import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CustomerRecord, churnFeatures } from "../features/churn-customer.ts";
import { readModelFolder } from "../model/folder.ts";
import { type OpenModel, openModel } from "../model/open.ts";
import { churnBaseline, createChurnLogistic, createChurnPredictor } from "./churn-predictor.ts";

const { signal } = new AbortController();
const folder = join(import.meta.dirname, "..", "..", "..", "models", "ChurnPredictor", "telco");

const bound: CustomerRecord = {
  tenureMonths: 60,
  monthlyCharge: 65,
  totalCharge: 3900,
  contract: "two-year",
  internet: "dsl",
  payment: "credit-card",
  services: new Set(["phone", "online_security", "tech_support"]),
  paperlessBilling: false,
  senior: false,
  partner: true,
  dependents: true,
};
const fleeting: CustomerRecord = {
  ...bound,
  tenureMonths: 1,
  monthlyCharge: 90,
  totalCharge: 90,
  contract: "month-to-month",
  internet: "fiber",
  payment: "electronic-check",
  services: new Set(["phone"]),
  paperlessBilling: true,
};

describe("the shipped model of the telco customers", () => {
  let session: OpenModel;
  beforeAll(async () => {
    session = await openModel(await readModelFolder(folder, signal));
  });
  afterAll(() => session.close());

  test("who came a month ago and is free to go is likelier to leave than who is bound for two years", async () => {
    for (const scorer of [createChurnPredictor(session), createChurnLogistic(session), churnBaseline()]) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const [free, stays] = await scorer.score([fleeting, bound], { signal });
      expect(free?.probability).toBeGreaterThan(0.5);
      expect(stays?.probability).toBeLessThan(0.1);
    }
  });

  test("a row has the same probability alone, in a batch and again, bit for bit", async () => {
    const scorer = createChurnPredictor(session);
    const rows = Array.from({ length: 33 }, (_, at) =>
      scorer.rowOf({ ...fleeting, tenureMonths: at * 2, totalCharge: at * 180, monthlyCharge: 90 - at }),
    );
    const together = await scorer.scoreRows(rows, { signal });
    const alone = (await Promise.all(rows.map((row) => scorer.scoreRows([row], { signal })))).flat();
    expect(alone).toEqual(together);
    expect(await scorer.scoreRows(rows.toReversed(), { signal })).toEqual(together.toReversed());
  });

  test("its features are a customer's, and the reference is an ordinary one", () => {
    const scorer = createChurnPredictor(session);
    expect(scorer.features).toEqual(churnFeatures);
    expect(scorer.reference).toHaveLength(churnFeatures.length);
    expect(scorer.rowOf(bound)[churnFeatures.indexOf("two_year")]).toBe(1);
  });

  test("no customers give no scores", async () => {
    expect(await createChurnPredictor(session).score([], { signal })).toEqual([]);
  });

  test("a model of other features is refused", () => {
    const other = { ...session, manifest: { ...session.manifest, features: [{ name: "age_days" }] } };
    expect(() => createChurnPredictor(other)).toThrow("has not the features of a customer");
  });
});

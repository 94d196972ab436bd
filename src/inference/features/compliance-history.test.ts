import { expect, test } from "vitest";
import { complianceFeatures, type ComplianceFacts, complianceRow } from "./compliance-history.ts";

const DAY = 86_400_000;
const now = Date.UTC(2026, 4, 13);
const none = { judged: 0, violated: 0 };

const column = (known: Partial<ComplianceFacts>, name: (typeof complianceFeatures)[number]): number =>
  complianceRow({
    facts: {
      createTime: now - 40 * DAY,
      severity: "High",
      violations: [],
      changeTimes: [],
      siblings: none,
      resource: none,
      peers: none,
      fleet: none,
      copies: none,
      mended: 0,
      begun: 0,
      stoodDays: 0,
      pairs: 0,
      familyMended: 0,
      ...known,
    },
    now,
  })[complianceFeatures.indexOf(name)] ?? NaN;

test("a violation that ended is not one, but is remembered", () => {
  const violations = [{ from: now - 20 * DAY, to: now - 10 * DAY }];
  expect(column({ violations }, "violated")).toBe(0);
  expect(column({ violations }, "clean_days")).toBe(10);
  expect(column({ violations }, "violated_share")).toBeCloseTo(0.25, 6);
  expect(column({ violations }, "times_violated")).toBe(1);
});

test("a violation that ends later is still one", () => {
  const violations = [{ from: now - 4 * DAY, to: now + 1 }];
  expect(column({ violations }, "violated")).toBe(1);
  expect(column({ violations }, "violated_days")).toBe(4);
  expect(column({ violations }, "clean_days")).toBe(0);
});

test("shares of few are drawn to what is usual in the fleet", () => {
  const fleet = { judged: 998, violated: 499.8 };
  expect(column({ fleet }, "peers_share")).toBeCloseTo(0.5, 6);
  expect(column({ fleet, peers: { judged: 2, violated: 0 } }, "peers_share")).toBeCloseTo(0.25, 6);
  expect(column({ fleet, copies: { judged: 98, violated: 98 } }, "copies_share")).toBeCloseTo(0.99, 6);
});

test("a namespace that mends soon has a higher rate than one that lets stand", () => {
  const quick = column({ mended: 10, stoodDays: 20 }, "mend_rate");
  expect(quick).toBeGreaterThan(column({}, "mend_rate"));
  expect(column({ mended: 1, stoodDays: 600 }, "mend_rate")).toBeLessThan(column({}, "mend_rate"));
});

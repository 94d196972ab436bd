// Drift in denials: a rule that refuses more or less than chance explains is told, and nothing where too little is known.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { atLeast, denialDrift } from "./suggest-drift.ts";
import { dayMs, type MinedDecision } from "./suggest-mined.ts";

const now = Date.parse("2026-11-22T12:00:00Z");

/** `decisions` specs judged around `days` ago, of which the first `denials` are refused by each rule. */
function judged(days: number, decisions: number, denials: Readonly<Record<string, number>>): readonly MinedDecision[] {
  return Array.from({ length: decisions }, (_, index) => ({
    namespace: "shop",
    blueprint: `web-${index}`,
    generation: days,
    run: `run-${days}-${index}`,
    time: now - days * dayMs,
    allow: false,
    requireApproval: false,
    deny: Object.entries(denials).flatMap(([rule, count]) =>
      index < count ? [{ rule, message: "", resource: "" }] : [],
    ),
    warn: [],
  }));
}

const driftsOf = (decisions: readonly MinedDecision[]) =>
  denialDrift(decisions, now).drifts.map(({ rule, direction }) => `${rule} ${direction}`);

describe("drift", () => {
  test.each<[string, readonly MinedDecision[], readonly string[]]>([
    [
      "a rule that refuses ten times as often",
      [...judged(3, 20, { a: 10 }), ...judged(20, 80, { a: 4 })],
      ["a rising"],
    ],
    ["a rule that refuses no more", [...judged(3, 50, { a: 0 }), ...judged(20, 100, { a: 40 })], ["a falling"]],
    ["a rule at its old rate", [...judged(3, 20, { a: 5 }), ...judged(20, 80, { a: 20 })], []],
    ["more plans with the same share refused", [...judged(3, 80, { a: 20 }), ...judged(20, 20, { a: 5 })], []],
    ["a new rule with four denials", [...judged(3, 20, { a: 4 }), ...judged(20, 400, {})], []],
    ["a new rule with five", [...judged(3, 20, { a: 5 }), ...judged(20, 400, {})], ["a rising"]],
    ["denials before both windows", [...judged(3, 20, {}), ...judged(20, 80, {}), ...judged(40, 80, { a: 80 })], []],
  ])("of %s", (_name, decisions, expected) => {
    expect(driftsOf(decisions)).toEqual(expected);
  });

  test("counts a spec that is tried again once", () => {
    const again = judged(3, 1, { a: 1 }).flatMap((decision) => Array.from({ length: 20 }, () => decision));
    expect(driftsOf([...again, ...judged(2, 20, {}), ...judged(20, 80, {})])).toEqual([]);
  });

  test("asks for more evidence the more rules are looked at", () => {
    const recent = { a: 7 };
    const many = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`rule${index}`, 4]));
    expect(driftsOf([...judged(3, 20, recent), ...judged(20, 80, { a: 5 })])).toEqual(["a rising"]);
    expect(driftsOf([...judged(3, 20, recent), ...judged(20, 80, { a: 5, ...many })])).toEqual([]);
  });

  test("is not known where few plans were judged", () => {
    const report = denialDrift([...judged(3, 9, { a: 9 }), ...judged(20, 80, {})], now);
    expect(report).toMatchObject({
      drifts: [],
      recent: 9,
      before: 80,
      unknown: expect.stringContaining("9 in the last 7"),
    });
  });
});

describe("the binomial tail", () => {
  test.each([
    [0, 10, 0.3, 1],
    [10, 10, 0.5, 1 / 1024],
    [2, 3, 0.5, 0.5],
    [5, 10, 0.2, 0.032793],
  ])("P(X >= %i) of %i at %f is %f", (count, trials, share, expected) => {
    expect(atLeast(count, trials, share)).toBeCloseTo(expected, 6);
  });

  test("and that of the opposite event make one", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 400 }),
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        fc.nat(400),
        (n, p, k) => {
          fc.pre(k >= 1 && k <= n);
          expect(atLeast(k, n, p) + atLeast(n - k + 1, n, 1 - p)).toBeCloseTo(1, 8);
        },
      ),
    );
  });
});

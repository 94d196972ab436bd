// What counts as a fault and what as ordinary: by values alone.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { seededRandom } from "../../../test/support/seeded-random.ts";
import { faultFor, isOrdinary, underFault } from "./panel-fault.ts";

const level = fc.double({ min: 1, max: 1e6, noNaN: true });
const noisy = (mean: number, share: number, seed: number): number[] => {
  const random = seededRandom(seed);
  return Array.from({ length: 120 }, () => mean * (1 + share * (random() - 0.5)));
};

describe("a fault", () => {
  test.each(["high", "low", "either"] as const)("lies on the bad side, %s, and far beyond what is ordinary", (bad) => {
    fc.assert(
      fc.property(level, fc.double({ min: 0, max: 0.3, noNaN: true }), fc.nat(), (mean, share, seed) => {
        const values = noisy(mean, share, seed);
        const fault = faultFor(values, bad, seededRandom(seed));
        if (fault === undefined) throw new Error("there is none");
        if (bad !== "either") expect(fault.kind).toBe(bad === "high" ? "rise" : "fall");
        const broken = values.map((value) => underFault(value, fault));
        if (fault.kind === "rise") expect(Math.min(...broken)).toBeGreaterThan(Math.max(...values));
        else expect(Math.max(...broken)).toBeLessThan(Math.min(...values) / 2);
      }),
    );
  });

  test("is the same in another unit", () => {
    const values = noisy(5, 0.2, 1);
    const scaled = faultFor(
      values.map((value) => value * 1024),
      "high",
      () => 0.3,
    );
    const plain = faultFor(values, "high", () => 0.3);
    expect([plain?.kind, scaled?.kind]).toEqual(["rise", "rise"]);
    if (plain === undefined || scaled === undefined) return;
    expect(underFault(5 * 1024, scaled) / 1024).toBeCloseTo(underFault(5, plain), 9);
  });

  test("is a rise of a series that has always been 0, and none that could fall no further", () => {
    const nothing = Array.from({ length: 60 }, () => 0);
    expect(faultFor(nothing, "high", () => 0.5)).toEqual({ kind: "rise", by: 1 });
    expect(faultFor(nothing, "low", () => 0.5)).toBeUndefined();
    const rare = nothing.map((_, index) => (index % 5 === 0 ? 1 : 0));
    expect(faultFor(rare, "low", () => 0.5)).toBeUndefined();
    expect(faultFor(rare, "either", () => 0)).toMatchObject({ kind: "rise" });
  });
});

describe("a stretch of values", () => {
  const before = noisy(10, 0.3, 4);
  test.each<[string, readonly number[], boolean]>([
    ["of the same sort is", noisy(10, 0.3, 5), true],
    ["a little higher is", noisy(11, 0.3, 6), true],
    ["with a few outliers is", [...noisy(10, 0.3, 7), 1e6, -1e6, 1e6], true],
    ["three times as high is not", noisy(30, 0.3, 8), false],
    ["that broke halfway is not", [...before.slice(60), ...noisy(30, 0.3, 9).slice(60)], false],
    ["that fell to nothing is not", before.map(() => 0), false],
  ])("%s ordinary", (_, values, expected) => {
    expect(isOrdinary(values, before)).toBe(expected);
  });
});

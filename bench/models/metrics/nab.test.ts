import { describe, expect, test } from "vitest";
import { seededRandom } from "../../../test/support/seeded-random.ts";
import {
  bestThreshold,
  type NabProfile,
  nabProfiles,
  nabScore,
  nabScoreAcross,
  nabScoreAtBest,
  type NabSeries,
  probation,
} from "./nab.ts";

const { standard, lowFalsePositives, lowFalseNegatives } = nabProfiles;
const profiles = Object.values(nabProfiles);
const rows = 1000;
const windows = [[300, 399] as const, [700, 799] as const];

/** A series of `rows` rows that scores 1 where told and 0 elsewhere. */
const alertsAt = (at: readonly number[], category = "a"): NabSeries => ({
  category,
  windows,
  scores: Float64Array.from({ length: rows }, (_, row) => (at.includes(row) ? 1 : 0)),
});

describe("the NAB score", () => {
  test.each(profiles)("is 100 for an alert at each window's first row, $name", (profile) => {
    expect(nabScore([alertsAt([300, 700])], 0.5, profile)).toBeCloseTo(100, 9);
  });

  test.each(profiles)("is 0 without an alert, $name", (profile) => {
    expect(nabScore([alertsAt([])], 0.5, profile)).toBe(0);
  });

  test("counts the best alert of a window only, and less for a late one", () => {
    const middle = 2 / (1 + Math.exp(-2.5)) - 1;
    const start = 2 / (1 + Math.exp(-5)) - 1;
    const raw = middle / start - 1;
    expect(nabScore([alertsAt([350])], 0.5, standard)).toBeCloseTo((100 * (raw + 2)) / 4, 9);
    expect(nabScore([alertsAt([350, 360, 380])], 0.5, standard)).toBeCloseTo((100 * (raw + 2)) / 4, 9);
  });

  test("charges each alert row outside, by its distance from the window before", () => {
    const lost = (at: readonly number[], profile: NabProfile = standard): number =>
      ((nabScore([alertsAt([300, 700])], 0.5, profile) - nabScore([alertsAt([300, 700, ...at])], 0.5, profile)) * 4) /
      100;
    expect(lost([200])).toBeCloseTo(0.11, 9);
    expect(lost([200, 201])).toBeCloseTo(0.22, 9);
    expect(lost([200], lowFalsePositives)).toBeCloseTo(0.22, 9);
    expect(lost([399 + 99])).toBeCloseTo(0.11 * (1 - 2 / (1 + Math.exp(5))), 9);
    expect(lost([699])).toBeCloseTo(0.11, 9);
  });

  test("weighs a missed window twice in the low FN profile", () => {
    expect(nabScore([alertsAt([300])], 0.5, lowFalseNegatives)).toBeCloseTo(50, 9);
    expect(nabScore([alertsAt([200])], 0.5, lowFalseNegatives)).toBeCloseTo((-100 * 0.11) / 6, 9);
  });

  test("doesn't count alerts in the probation", () => {
    expect(probation(1000)).toBe(150);
    expect(probation(20_000)).toBe(750);
    expect(nabScore([alertsAt([0, 100, 149])], 0.5, standard)).toBe(0);
    expect(nabScore([alertsAt([150])], 0.5, standard)).toBeLessThan(0);
  });
});

describe("the threshold", () => {
  test("is the best of all there are", () => {
    const roll = seededRandom(3);
    const series = [
      { category: "a", windows, scores: Float64Array.from({ length: rows }, () => Math.round(roll() * 50)) },
    ];
    for (const profile of profiles) {
      const best = nabScore(series, bestThreshold(series, profile), profile);
      for (let threshold = 0.5; threshold <= 51; threshold += 1)
        expect(nabScore(series, threshold, profile)).toBeLessThanOrEqual(best + 1e-9);
    }
  });

  test("is taken from the other categories where it may not see its own", () => {
    const quiet = {
      ...alertsAt([300, 700], "a"),
      scores: Array.from(alertsAt([300, 700]).scores, (score) => score * 0.4),
    };
    const loud = alertsAt([300, 700], "b");
    expect(nabScoreAtBest([quiet, loud], standard)).toBeCloseTo(100, 9);
    // What is best for the loud one misses all of the quiet one; the other way round all goes well.
    expect(nabScoreAcross([quiet, loud], standard)).toBeCloseTo(50, 9);
  });

  test("does not save random scores where a plain detector passes", () => {
    const roll = seededRandom(5);
    const long = 4000;
    const series = (scoreOf: (row: number, value: number) => number): readonly NabSeries[] =>
      Array.from({ length: 12 }, (_, index) => {
        const start = 1000 + Math.floor(roll() * 2500);
        return {
          category: `${index % 4}`,
          windows: [[start, start + 99]],
          scores: Float64Array.from({ length: long }, (_unused, row) =>
            scoreOf(row, roll() + (row === start + 20 ? 3 : 0)),
          ),
        };
      });
    expect(
      nabScoreAcross(
        series((_, value) => Math.abs(value - 0.5)),
        standard,
      ),
    ).toBeGreaterThan(90);
    expect(
      nabScoreAcross(
        series(() => roll()),
        standard,
      ),
    ).toBeLessThan(30);
  });
});

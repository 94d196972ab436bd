import { expect, test } from "vitest";
import { recallAtFalsePositiveRate, thresholdAtFalsePositiveRate } from "./recall-at-fpr.ts";

const negatives = Array.from({ length: 100 }, (_, index) => index);

test("no more negatives than allowed lie above the threshold", () => {
  for (const share of [0, 0.01, 0.05, 0.5]) {
    const threshold = thresholdAtFalsePositiveRate(negatives, share);
    expect(negatives.filter((score) => score > threshold).length).toBeLessThanOrEqual(share * 100);
  }
});

test("positives that tie with the threshold do not count", () => {
  expect(recallAtFalsePositiveRate(negatives, [94, 95, 200], 0.05)).toBeCloseTo(2 / 3, 12);
});

test("scores that say nothing find nothing", () => {
  expect(recallAtFalsePositiveRate([1, 1, 1], [1, 1], 0.05)).toBe(0);
});

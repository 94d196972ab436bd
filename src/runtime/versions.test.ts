import * as fc from "fast-check";
import { expect, test } from "vitest";

import { compareVersions } from "./versions.ts";

test("integer versions of any size compare as integers", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 1n, max: 2n ** 70n }), fc.bigInt({ min: 1n, max: 2n ** 70n }), (a, b) => {
      expect(compareVersions(String(a), String(b))).toBe(a === b ? "same" : a < b ? "older" : "newer");
    }),
  );
});

test.each([
  ["abc", "abc", "same"],
  ["abc", "abd", "unknown"],
  ["007", "8", "unknown"],
  ["0", "8", "unknown"],
  ["", "8", "unknown"],
])("%j and %j: %s", (a, b, order) => {
  expect(compareVersions(a, b)).toBe(order);
});

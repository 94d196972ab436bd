import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { editDistance, nearest } from "./names.ts";

describe("nearest", () => {
  it.each([
    ["Netwrok", ["Network", "ObjectStore"], "Network"],
    ["objectstore", ["Network", "ObjectStore"], "ObjectStore"],
    ["Database", ["Network", "ObjectStore"], undefined],
    ["", ["Network"], undefined],
    ["x", [], undefined],
  ])("of %j in %j is %j", (name, candidates, expected) => {
    expect(nearest(name, candidates)).toBe(expected);
  });
});

describe("editDistance", () => {
  it("is a metric: zero only for equals, symmetric, and never longer by a detour", () => {
    const word = fc.string({ maxLength: 8 });
    fc.assert(
      fc.property(word, word, word, (a, b, c) => {
        expect(editDistance(a, b) === 0).toBe(a === b);
        expect(editDistance(a, b)).toBe(editDistance(b, a));
        expect(editDistance(a, c)).toBeLessThanOrEqual(editDistance(a, b) + editDistance(b, c));
      }),
    );
  });
});

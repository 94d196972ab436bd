import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { editDistance, nameProblem, nearestName, printable, suggestion } from "./names.ts";

describe("names", () => {
  it.each(["a", "net", "web-1", "A_b", "x".repeat(63)])("take %j", (name) => {
    expect(nameProblem(name)).toBeUndefined();
  });

  it.each(["", "1a", "-a", "a.b", "a b", "größe", "日本", "inputs", "x".repeat(64), "a\u202Eb", "a\u0000"])(
    "refuse %j with a readable message",
    (name) => {
      const problem = nameProblem(name);
      expect(problem).toBeDefined();
      // Nothing that turns text around or ends lines gets into a message.
      expect(problem).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    },
  );

  it.each([
    ["Netwrk", "Network"],
    ["objectstore", "ObjectStore"],
    ["VritualMachine", "VirtualMachine"],
  ])("suggest for %j the nearest known one", (wrong, right) => {
    expect(nearestName(wrong, ["Network", "ObjectStore", "VirtualMachine"])).toBe(right);
  });

  it("suggest nothing far away, but list what is known", () => {
    expect(nearestName("Kubernetes", ["Network", "ObjectStore"])).toBeUndefined();
    expect(suggestion("Kubernetes", ["Network", "ObjectStore"])).toBe("; known: Network, ObjectStore");
    expect(suggestion("x", [])).toBe("");
  });

  it("are at a distance that is a metric's: symmetric, zero only for equals, bounded by the longer one", () => {
    const word = fc.string({ maxLength: 12 });
    fc.assert(
      fc.property(word, word, (left, right) => {
        const distance = editDistance(left, right);
        expect(editDistance(right, left)).toBe(distance);
        expect(distance === 0).toBe(left === right);
        expect(distance).toBeLessThanOrEqual(Math.max(left.length, right.length));
        expect(distance).toBeGreaterThanOrEqual(Math.abs(left.length - right.length));
      }),
    );
  });

  it("are cut where they are shown", () => {
    expect(printable("x".repeat(200))).toHaveLength(80);
  });
});

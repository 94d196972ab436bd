import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { orderByNeeds } from "./order.ts";

describe("building order", () => {
  it("puts each name after what it needs, or shows a real cycle", () => {
    const graph = fc.integer({ min: 1, max: 12 }).chain((size) =>
      fc.array(fc.tuple(fc.nat(size - 1), fc.nat(size - 1)), { maxLength: 30 }).map((edges) => {
        const needs = new Map(Array.from({ length: size }, (_, index) => [`n${index}`, new Set<string>()]));
        for (const [from, to] of edges) needs.get(`n${from}`)?.add(`n${to}`);
        return needs;
      }),
    );
    fc.assert(
      fc.property(graph, (needs) => {
        const order = orderByNeeds(needs);
        if (order.kind === "ok") {
          expect([...order.names].toSorted()).toEqual([...needs.keys()].toSorted());
          for (const [name, wanted] of needs) {
            for (const need of wanted) expect(order.names.indexOf(need)).toBeLessThan(order.names.indexOf(name));
          }
        } else {
          expect(order.names.at(0)).toBe(order.names.at(-1));
          for (const [index, name] of order.names.slice(0, -1).entries()) {
            expect(needs.get(name)).toContain(order.names[index + 1]);
          }
        }
      }),
    );
  });

  it("keeps the order of the spec where nothing else decides", () => {
    const order = orderByNeeds(new Map(["c", "a", "b"].map((name) => [name, new Set<string>()])));
    expect(order).toEqual({ kind: "ok", names: ["c", "a", "b"] });
  });

  it("does not need a stack as deep as the longest chain", () => {
    const needs = new Map(
      Array.from({ length: 20_000 }, (_, index) => [`n${index}`, new Set(index < 19_999 ? [`n${index + 1}`] : [])]),
    );
    const order = orderByNeeds(needs);
    expect(order.names[0]).toBe("n19999");
  });
});

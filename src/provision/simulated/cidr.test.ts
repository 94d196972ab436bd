import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addressAt, isInside, overlap, parseBlock } from "./cidr.ts";

const block = fc.tuple(fc.integer({ min: 0, max: 32 }), fc.nat({ max: 4_294_967_295 })).map(([prefix, address]) => ({
  prefix,
  size: 2 ** (32 - prefix),
  first: Math.floor(address / 2 ** (32 - prefix)) * 2 ** (32 - prefix),
}));

describe("CIDR blocks", () => {
  it.each(["10.0.0.0", "10.0.0.0/33", "10.0.0.1/24", "256.0.0.0/8", "10.0.0/24", "", "::/0"])("refuses %j", (text) => {
    expect(parseBlock(text)).toBeUndefined();
  });

  it("read what they write", () => {
    fc.assert(
      fc.property(block, (one) => {
        expect(parseBlock(`${addressAt(one, 0)}/${one.prefix}`)).toEqual(one);
      }),
    );
  });

  it("overlap exactly when one is inside the other", () => {
    fc.assert(
      fc.property(
        block,
        block,
        (left, right) => overlap(left, right) === (isInside(left, right) || isInside(right, left)),
      ),
    );
  });
});

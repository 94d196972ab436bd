import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { centsText, exactText, nanosOf } from "./money.ts";

const nanos = fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n });

test("an amount survives being written and read", () => {
  fc.assert(
    fc.property(nanos, (value) => {
      expect(nanosOf(exactText(value))).toBe(value);
    }),
  );
});

test("rounding to two digits is off by half a cent at most and keeps the sign", () => {
  fc.assert(
    fc.property(nanos, (value) => {
      const error = nanosOf(centsText(value)) - value;
      expect(error <= 5_000_000n && error >= -5_000_000n).toBe(true);
      expect(centsText(value)).toMatch(/^-?\d+\.\d\d$/);
    }),
  );
});

test("a sum of written amounts is the written sum, in any order", () => {
  fc.assert(
    fc.property(fc.array(nanos), (values) => {
      const sum = (list: readonly bigint[]) => list.reduce((total, value) => total + value, 0n);
      const read = values.map((value) => nanosOf(exactText(value)));
      expect(exactText(sum(read))).toBe(exactText(sum(values.toReversed())));
    }),
  );
});

describe("text", () => {
  test.each([
    ["0.0336", "0.0336", "0.03"],
    ["24.528", "24.528", "24.53"],
    ["-0.005", "-0.005", "-0.01"],
    ["3.65", "3.65", "3.65"],
    ["10", "10.00", "10.00"],
    ["0.000000001", "0.000000001", "0.00"],
    ["0.1", "0.10", "0.10"],
  ])("%s is %s exactly and %s in cents", (text, exact, cents) => {
    expect(exactText(nanosOf(text))).toBe(exact);
    expect(centsText(nanosOf(text))).toBe(cents);
  });

  test.each(["", "1.", ".5", "1e3", "1,5", "0.0000000001", "NaN", "--1"])("%j is no amount", (text) => {
    expect(() => nanosOf(text)).toThrow(RangeError);
  });
});

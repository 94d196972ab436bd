import * as fc from "fast-check";
import { expect, test } from "vitest";

import { LineSplitter } from "./ndjson.ts";

test("lines come out whole however the bytes are cut, characters of several bytes included", () => {
  const line = fc
    .string({ unit: "grapheme", minLength: 1 })
    .filter((text) => !/[\r\n]/.test(text) && text.trim() !== "");
  fc.assert(
    fc.property(fc.array(line), fc.array(fc.nat(40), { minLength: 1 }), (lines, cuts) => {
      const bytes = Buffer.from(lines.map((each) => `${each}\n`).join(""));
      const splitter = new LineSplitter();
      const found: string[] = [];
      for (let at = 0, turn = 0; at < bytes.length; turn++) {
        const size = 1 + (cuts[turn % cuts.length] ?? 0);
        found.push(...splitter.push(bytes.subarray(at, at + size)));
        at += size;
      }
      expect(found).toEqual(lines);
      expect(splitter.torn).toBe(false);
    }),
  );
});

test("bytes after the last newline are seen as torn", () => {
  const splitter = new LineSplitter();
  expect([...splitter.push(Buffer.from('{"a":1}\n{"b'))]).toEqual(['{"a":1}']);
  expect(splitter.torn).toBe(true);
});

test("a line without end is refused before it fills the memory", () => {
  const splitter = new LineSplitter(10);
  expect(() => [...splitter.push(Buffer.from("01234567890"))]).toThrow(RangeError);
});

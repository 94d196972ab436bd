import { expect, test } from "vitest";
import { enginesOf } from "./failure-engines.ts";

test("engines go by their number and cycles in order, whatever the order of the lines", () => {
  const lines = ["2 1 0 0 0 7 70", "10 1 0 0 0 9 90", "2 2 0 0 0 8 80", ""];
  expect(enginesOf(lines.join("\n"))).toEqual([
    [
      [7, 70],
      [8, 80],
    ],
    [[9, 90]],
  ]);
  expect(enginesOf(lines.toReversed().join("\r\n"))).toEqual(enginesOf(lines.join("\n")));
});

import { expect, test } from "vitest";
import { msis } from "./msis.ts";

const history = [1, 2, 4, 7];

test("an interval that holds costs its width over the scale", () => {
  expect(msis([4, 4], [10, 10], [5, 9], history, 1)).toBe(3);
});

test("an outcome outside costs 40 times its distance", () => {
  expect(msis([4], [10], [11], history, 1)).toBe((6 + 40) / 2);
  expect(msis([4], [10], [3], history, 1)).toBe((6 + 40) / 2);
});

import { expect, test } from "vitest";
import { rmse } from "./rmse.ts";

test("it is the size of an error that is everywhere the same, whichever way it goes", () => {
  expect(rmse([1, 5, 2], [3, 3, 4])).toBe(2);
});

test("one large error weighs more than two halves of it", () => {
  expect(rmse([4, 0], [0, 0])).toBeGreaterThan(rmse([2, 2], [0, 0]));
});

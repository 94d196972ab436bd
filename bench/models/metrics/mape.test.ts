import { expect, test } from "vitest";
import { mape } from "./mape.ts";

test("it is the mean of errors relative to what happened, whatever their sign", () => {
  expect(mape([110, 50], [100, 100])).toBeCloseTo(0.3, 12);
  expect(mape([-110], [-100])).toBeCloseTo(0.1, 12);
});

test("a missing prediction is not passed over", () => {
  expect(mape([1], [1, 1])).toBeNaN();
});

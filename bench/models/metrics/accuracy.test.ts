import { expect, test } from "vitest";
import { accuracy } from "./accuracy.ts";

test("accuracy is the share of right answers, and a missing answer is a wrong one", () => {
  expect(accuracy(["a", "b", "c", "c"], ["a", "b", "c", "d"])).toBe(0.75);
  expect(accuracy(["a"], ["a", "b"])).toBe(0.5);
  expect(accuracy([], [])).toBeNaN();
});

import { expect, test } from "vitest";
import { runCounts, runsOf } from "../features/security-syscalls.ts";
import { traceBaseline } from "./security-syscalls.ts";

const { signal } = new AbortController();

test("runs overlap, and a shorter trace has none", () => {
  expect(runsOf([3, 4, 5, 4], 2)).toEqual(["3 4", "4 5", "5 4"]);
  expect(runsOf([3], 2)).toEqual([]);
});

test("what is not known is counted together, last", () => {
  const places = new Map([
    ["3 4", 0],
    ["4 3", 1],
  ]);
  expect([...runCounts([3, 4, 3, 4, 9, 9], 2, places)]).toEqual([2, 1, 2]);
});

test("the baseline is the share of runs of six that no normal trace has", async () => {
  const judge = traceBaseline([[1, 2, 3, 4, 5, 6, 7]]);
  const given = await judge.score(
    [
      [1, 2, 3, 4, 5, 6, 7],
      [1, 2, 3, 4, 5, 6, 1],
      [9, 9, 9, 9, 9, 9],
      [1, 2],
    ],
    { signal },
  );
  expect(given.map(({ oddness }) => oddness)).toEqual([0, 0.5, 1, 0]);
});

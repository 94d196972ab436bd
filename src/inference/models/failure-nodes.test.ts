import { expect, test } from "vitest";
import { countUpTo, nodeFeatures, nodeRow } from "../features/failure-nodes.ts";
import { nodeFailureBaseline } from "./failure-nodes.ts";

const failures = [10, 12, 40, 90];
const system = { failures: [5, 10, 12, 40, 41, 90, 95], firsts: [5, 10] };

test("what fails later changes nothing", () => {
  const cut = { failures: [5, 10, 12, 40, 41], firsts: [5, 10] };
  expect(nodeRow({ failures, system, now: 50 })).toEqual(nodeRow({ failures: [10, 12, 40], system: cut, now: 50 }));
});

test("a log shifted in time gives the same row", () => {
  const shift = (times: readonly number[]): number[] => times.map((time) => time + 1000);
  const shifted = { failures: shift(system.failures), firsts: shift(system.firsts) };
  expect(nodeRow({ failures: shift(failures), system: shifted, now: 1050 })).toEqual(
    nodeRow({ failures, system, now: 50 }),
  );
});

test("the row counts the node's failures, and the others' by node", () => {
  const row = nodeRow({ failures, system, now: 50 });
  expect(row.length).toBe(nodeFeatures.length);
  expect(row[0]).toBe(3);
  expect(row[1]).toBe(45);
  expect(row.at(-1)).toBe(1);
});

test("a failure fades with its age, faster through a short window", () => {
  const at = (now: number) => nodeRow({ failures: [10], system, now });
  expect(at(40)[2]).toBeLessThan(at(40)[3] ?? Number.NaN);
  expect(at(40)[3]).toBeCloseTo(Math.exp(-1), 6);
});

test("a time that was met exactly counts", () => {
  expect([4, 5, 6].map((now) => countUpTo([5], now))).toEqual([0, 1, 1]);
});

test("the baseline is the lifetime rate, 0 before the first failure", async () => {
  const { signal } = new AbortController();
  const given = await nodeFailureBaseline().score(
    [9, 50].map((now) => ({ failures, system, now })),
    { signal },
  );
  expect(given[0]?.probability).toBe(0);
  expect(given[1]?.probability).toBeCloseTo(1 - Math.exp((-2 * 3) / 40), 12);
});

import { expect, test } from "vitest";
import { failureLogs, nodeCases } from "./failure-log.ts";

const line = (system: string, node: string, started: string) => ({
  System: system,
  nodenum: node,
  "Prob Started": started,
});
const rows = [
  line("2", "1", "1/11/2000 12:00"),
  line("2", "0", "1/1/2000 0:00"),
  line("2", "0", "1/5/2000 6:00"),
  line("2", "0", "not known"),
  line("2", "0", "1/20/2000 0:00"),
];

test("a log is read by system and node, in order of time", () => {
  const [log, ...rest] = failureLogs(rows);
  expect(rest).toEqual([]);
  expect(log?.nodes.map((times) => times.length)).toEqual([1, 3]);
  expect(log?.failures.map((day) => day - (log.failures[0] ?? 0))).toEqual([0, 4.25, 10.5, 19]);
  expect(log?.firsts.length).toBe(2);
});

test("a question is about the 48 hours after it, and none is asked before the split or too near the end", () => {
  const logs = failureLogs(rows);
  const begin = logs[0]?.failures[0] ?? 0;
  const cases = nodeCases(logs, 0.5);
  expect(new Set(cases.map(({ now }) => now - begin))).toEqual(new Set([9.5, 11.5, 13.5, 15.5]));
  expect(cases.filter(({ failed }) => failed).map(({ now }) => now - begin)).toEqual([9.5]);
});

import { expect, test } from "vitest";
import { nodeFailureBaseline } from "../../src/inference/models/failure-nodes.ts";
import { failureLogs, nodeCases, nodeWatches } from "./failure-log.ts";
import { auc } from "./metrics/auc.ts";

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

test("on a made-up log the lifetime rate finds the bad nodes, and with shuffled labels falls to chance", async () => {
  const random = seeded(7);
  const nodes = Array.from({ length: 40 }, (_, node) => {
    const every = node < 8 ? 6 : 120; // days between failures
    const times: number[] = [];
    for (let day = random() * every; day < 400; day += -Math.log(1 - random()) * every) times.push(day);
    return times;
  }).filter((times) => times.length > 0);
  const failures = nodes.flat().toSorted((a, b) => a - b);
  const firsts = nodes.map(([first = Infinity]) => first).toSorted((a, b) => a - b);
  const cases = nodeCases([{ nodes, failures, firsts }], 0.5);
  const given = await nodeFailureBaseline().score(cases, { signal: new AbortController().signal });
  const scores = given.map(({ probability }) => probability);
  const failed = cases.map((one) => one.failed);
  const shuffled = failed
    .map((value) => ({ value, place: random() }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ value }) => value);
  expect(auc(scores, failed)).toBeGreaterThan(0.75);
  expect(Math.abs(auc(scores, shuffled) - 0.5)).toBeLessThan(0.06);
});

/** Lehmer's generator: enough for a test. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

test("nodes are watched from the split on, and known from the beginning", () => {
  const logs = failureLogs(rows);
  const begin = logs[0]?.failures[0] ?? 0;
  const { split, known, measured } = nodeWatches(logs, 0.5, 1);
  expect(split - begin).toBe(9.5);
  expect(measured.map(({ asked }) => asked.map((day) => day - begin))).toEqual(
    Array.from({ length: 2 }, () => [9.5, 10.5, 11.5, 12.5, 13.5, 14.5, 15.5, 16.5]),
  );
  expect(known[0]?.asked.map((day) => day - begin)).toEqual([0, 2, 4, 6, 8, 10, 12, 14, 16]);
  expect((known[0]?.until ?? 0) - begin).toBe(19);
});

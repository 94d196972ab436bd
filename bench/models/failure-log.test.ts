import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { nodeFailureBaseline } from "../../src/inference/models/failure-nodes.ts";
import { failureLogs, nodeCases, nodeWatches, readFailureQuestions } from "./failure-log.ts";
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

test("a log after the training folder's is asked about in all, with that as its past; one that is the same at another time is not", async () => {
  const root = await mkdtemp(join(tmpdir(), "dharma-log-"));
  const gaps = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3, 2, 3, 8, 4, 6];
  const put = async (name: string, year: number, days: readonly number[]): Promise<string> => {
    const times = days.map((_, at) => days.slice(0, at + 1).reduce((sum, gap) => sum + gap, 0));
    const dates = times.map((day) => new Date(Date.UTC(year, 0, 1 + day)));
    const lines = dates.map(
      (date) => `2,0,${date.getUTCMonth() + 1}/${date.getUTCDate()}/${date.getUTCFullYear()} 0:00`,
    );
    await mkdir(join(root, name, "lanl"), { recursive: true });
    await writeFile(join(root, name, "lanl", "failures.csv"), `System,nodenum,Prob Started\n${lines.join("\n")}\n`);
    return join(root, name);
  };
  try {
    const { signal } = new AbortController();
    const train = await put("train", 2000, gaps);
    const later = await readFailureQuestions({ data: await put("later", 2001, gaps.toReversed()), train }, signal);
    expect(later.logs.map(({ failures }) => failures.length)).toEqual([2 * gaps.length]);
    const asked = nodeCases(later.logs, later.part).map(({ now }) => new Date(86_400_000 * now).getUTCFullYear());
    expect(new Set(asked)).toEqual(new Set([2001]));
    const others = [train, await put("moved", 2005, gaps), await put("earlier", 1990, gaps.toReversed())];
    for (const data of others) {
      // oxlint-disable-next-line no-await-in-loop -- three small files
      const { logs, part } = await readFailureQuestions({ data, train }, signal);
      expect([logs[0]?.failures.length, part]).toEqual([gaps.length, 0.7]);
    }
    const alone = await readFailureQuestions({ data: train, train: join(root, "none") }, signal);
    expect(alone.part).toBe(0.7);
  } finally {
    await rm(root, { recursive: true });
  }
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

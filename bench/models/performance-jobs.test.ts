import { expect, test } from "vitest";
import { choose } from "../../src/inference/models/performance-optimizer.ts";
import { configurationsOf } from "./performance-jobs.ts";
import { measuredRows, systemOf } from "./performance-options.ts";
import { regretOf } from "./performance-regret.ts";

const row = (machine: string, instances: number, time: number, more: Readonly<Record<string, string>> = {}) => ({
  instance_count: String(instances),
  machine_type: machine,
  slots: String(8 * instances),
  memory: String(32000 * instances),
  data_size_MB: "1000",
  k: "3",
  gross_runtime: String(time),
  ...more,
});

test("runs of equal configurations go together, whatever the order of columns", () => {
  const rows = [row("m4.2xlarge", 2, 100), row("m4.2xlarge", 2, 110), row("r4.2xlarge", 2, 90)];
  const shuffled = rows.map((cells) => Object.fromEntries(Object.entries(cells).toReversed()));
  const found = configurationsOf(rows);
  expect(found.map(({ times }) => times)).toEqual([[100, 110], [90]]);
  expect(configurationsOf(shuffled).map(({ fold }) => fold)).toEqual(found.map(({ fold }) => fold));
  expect(found[0]?.work).toBe(found[1]?.work);
  expect(found[0]?.candidate.pricePerHour).toBe(0.8);
});

test("regret is what the choice takes more than the best, and all where the deadline is missed", () => {
  const [slow, fast] = configurationsOf([row("m4.2xlarge", 2, 100), row("m4.2xlarge", 4, 60)]);
  if (slow === undefined || fast === undefined) throw new Error("two configurations are made above");
  const at = (seconds: number) => ({ seconds, spread: 0 });
  const wrong = [
    { configuration: slow, model: at(10), baseline: at(100) },
    { configuration: fast, model: at(20), baseline: at(60) },
  ];
  expect(regretOf(wrong, "model", { kind: "fastest" }, choose)).toBeCloseTo(100 / 60 - 1, 12);
  expect(regretOf(wrong, "baseline", { kind: "fastest" }, choose)).toBe(0);
  expect(regretOf(wrong, "baseline", { kind: "cheapest" }, choose)).toBe(0);
  expect(regretOf(wrong, "model", { kind: "cheapest", deadlineSeconds: 70 }, choose)).toBe(1);
});

test("what is learnt from is not measured, is drawn by content, and anew each time", () => {
  const records = Array.from({ length: 40 }, (_, at) => ({ a: String(at % 2), b: String(at), PERF: "1" }));
  const system = systemOf("X", records);
  const [first, second] = [measuredRows(system, 0), measuredRows(system, 1)];
  expect(first).toHaveLength(40 - 5 * 2);
  const hashes = (rows: typeof first) => new Set(rows.map(({ hash }) => hash));
  expect(hashes(measuredRows(systemOf("X", records.toReversed()), 0))).toEqual(hashes(first));
  expect(hashes(second)).not.toEqual(hashes(first));
});

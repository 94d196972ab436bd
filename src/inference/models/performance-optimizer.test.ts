import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type RunCandidate, runRows } from "../features/performance-run.ts";
import { readModelFolder } from "../model/folder.ts";
import type { Manifest } from "../model/manifest.ts";
import { type OpenModel, openModel } from "../model/open.ts";
import type { ModelSession } from "../model/session.ts";
import { choose, createPerformanceOptimizer, createRunTimes } from "./performance-optimizer.ts";
import { createRunScaling, scalingBaseline, type ScalingQuestion } from "./performance-scaling.ts";

const { signal } = new AbortController();

const manifest: Manifest = {
  name: "PerformanceOptimizer",
  variant: "job",
  version: "1.0.0",
  origin: "fitted",
  opset: 17,
  digest: `sha256:${"0".repeat(64)}`,
  inputs: [{ name: "features", type: "float32", shape: [null, 4] }],
  outputs: [{ name: "time", type: "float32", shape: [null, 1] }],
  features: [{ name: "instances" }, { name: "vcpus" }, { name: "clock_ghz" }, { name: "disk_mb_s" }],
  scalers: { machines: { m5: { clock_ghz: 3.1, disk_mb_s: 35.5 }, "": { clock_ghz: 2.5, disk_mb_s: 20 } } },
  thresholds: {},
  trainedOn: [],
  seed: 1,
  trainingCommit: "",
  createTime: "",
};
/** Takes 1000 s on one core, a tenth of it more or less. */
const ideal: ModelSession = {
  manifest,
  run: async ({ features }) => {
    const rows = features?.dims[0] ?? 0;
    const time = Float32Array.from({ length: rows }, (_, row) => 1000 / (features?.data[row * 4 + 1] ?? Number.NaN));
    return {
      time: { data: time, dims: [rows, 1] },
      spread: { data: new Float32Array(rows).fill(0.1), dims: [rows, 1] },
    };
  },
};
const candidate = (instances: number, pricePerHour: number): RunCandidate => ({
  machine: "m5.xlarge",
  values: { instances, vcpus: 4 * instances },
  pricePerHour,
});

test("clock and disk come from the family of the machine, the disk by its size", () => {
  const rows = runRows(manifest);
  expect([...rows(candidate(2, 1))].map((value) => Number(value.toFixed(3)))).toEqual([2, 8, 3.1, 142]);
  expect(rows({ ...candidate(2, 1), machine: "x9.large" })[2]).toBe(2.5);
  expect(() => rows({ values: { vcpus: 1 } })).toThrow("needs instances");
});

test("the fastest, the cheapest and the cheapest in time are told apart", async () => {
  const candidates = [candidate(1, 1), candidate(4, 5), candidate(8, 20)];
  const goals = [
    { kind: "fastest" },
    { kind: "cheapest" },
    { kind: "cheapest", deadlineSeconds: 100 },
    { kind: "cheapest", deadlineSeconds: 1 },
  ] as const;
  const choices = await createPerformanceOptimizer(ideal).score(
    goals.map((goal) => ({ candidates, goal })),
    { signal },
  );
  expect(choices.map(({ chosen }) => chosen)).toEqual([2, 0, 1, undefined]);
  expect(choices[0]?.predictions.map(({ seconds }) => seconds)).toEqual([250, 62.5, 31.25]);
});

test("a deadline is met only if a run one deviation longer meets it", () => {
  const question = { candidates: [candidate(1, 1)], goal: { kind: "cheapest", deadlineSeconds: 105 } } as const;
  expect(choose(question, [{ seconds: 100, spread: 0.01 }])).toBe(0);
  expect(choose(question, [{ seconds: 100, spread: 0.1 }])).toBeUndefined();
});

test("the cheapest can't be chosen without prices, and nothing is chosen of nothing", async () => {
  const { pricePerHour: _, ...free } = candidate(1, 1);
  expect(() => choose({ candidates: [free], goal: { kind: "cheapest" } }, [{ seconds: 1, spread: 0 }])).toThrow(
    "price",
  );
  expect(choose({ candidates: [], goal: { kind: "fastest" } }, [])).toBeUndefined();
  expect(await createRunTimes(ideal).score([], { signal })).toEqual([]);
});

describe("the shipped model of scaling", () => {
  let session: OpenModel;
  beforeAll(async () => {
    session = await openModel(
      await readModelFolder(
        join(import.meta.dirname, "..", "..", "..", "models", "PerformanceOptimizer", "scaling"),
        signal,
      ),
    );
  });
  afterAll(() => session.close());

  const serial: ScalingQuestion = {
    known: [
      { cores: 8, memory: 64, input: 16, seconds: 100 },
      { cores: 2, memory: 16, input: 16, seconds: 110 },
    ],
    candidate: { cores: 32, memory: 256, input: 16 },
  };
  const parallel: ScalingQuestion = {
    ...serial,
    known: [serial.known[0], { ...serial.known[1], seconds: 400 }],
  };

  test("who gained nothing from more cores is not promised more, who gained all of it is", async () => {
    const [stuck, scales] = await createRunScaling(session).score([serial, parallel], { signal });
    const [linear] = await scalingBaseline().score([serial], { signal });
    expect(linear?.seconds).toBe(25);
    expect(stuck?.seconds).toBeGreaterThan(2 * (linear?.seconds ?? 0));
    expect(scales?.seconds).toBeLessThan(50);
  });

  test("neither the unit of time nor that of memory and input matters", async () => {
    const unit = (question: ScalingQuestion, by: number): ScalingQuestion => ({
      known: [
        { ...question.known[0], seconds: question.known[0].seconds * by },
        { ...question.known[1], seconds: question.known[1].seconds * by },
      ],
      candidate: question.candidate,
    });
    const [seconds, millis] = await createRunScaling(session).score([parallel, unit(parallel, 1024)], { signal });
    expect((millis?.seconds ?? 0) / (seconds?.seconds ?? 1) / 1024).toBeCloseTo(1, 3);
  });

  test("what is not above 0 is refused", async () => {
    const none = { ...serial, candidate: { ...serial.candidate, cores: 0 } };
    await expect(createRunScaling(session).score([none], { signal })).rejects.toThrow("above 0");
  });
});

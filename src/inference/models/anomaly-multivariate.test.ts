import { expect, test } from "vitest";
import type { Manifest } from "../model/manifest.ts";
import type { ModelSession } from "../model/session.ts";
import { createMetricsDetector } from "./anomaly-multivariate.ts";

const { signal } = new AbortController();

/** Scores how far the row's sum is from the last one's; its state is the row and its sum. */
const session: ModelSession = {
  manifest: {
    name: "AnomalyDetector",
    variant: "made-up",
    version: "1.0.0",
    origin: "fitted",
    opset: 17,
    digest: `sha256:${"0".repeat(64)}`,
    inputs: [
      { name: "values", type: "float32", shape: [null, 3] },
      { name: "state", type: "float32", shape: [null, 4] },
    ],
    outputs: [
      { name: "score", type: "float32", shape: [null, 1] },
      { name: "next_state", type: "float32", shape: [null, 4] },
    ],
    features: [],
    scalers: {},
    thresholds: {},
    trainedOn: [],
    seed: 1,
    trainingCommit: "",
    createTime: "",
  } satisfies Manifest,
  run({ values, state }) {
    const sums = Array.from({ length: values?.dims[0] ?? 0 }, (_, row) => {
      const part = Array.from(values?.data ?? []).slice(row * 3, row * 3 + 3);
      return {
        part,
        sum: part.reduce((sum, value) => sum + value, 0),
        before: state?.data[row * 4 + 3] ?? 0,
      };
    });
    return Promise.resolve({
      score: { data: Float32Array.from(sums, ({ sum, before }) => Math.abs(sum - before)), dims: [sums.length, 1] },
      next_state: { data: Float32Array.from(sums.flatMap(({ part, sum }) => [...part, sum])), dims: [sums.length, 4] },
    });
  },
};

test("a row is scored by what the row before left", async () => {
  const detector = createMetricsDetector(session);
  const [first] = await detector.score([{ values: [1, 2, 3], state: undefined }], { signal });
  const [same] = await detector.score([{ values: [1, 2, 3], state: first?.state }], { signal });
  expect(first?.score).toBe(6);
  expect(same?.score).toBe(0);
});

test("a missing value is the last one known", async () => {
  const detector = createMetricsDetector(session);
  const [first] = await detector.score([{ values: [1, 2, 3], state: undefined }], { signal });
  const [gap] = await detector.score([{ values: [1, Number.NaN, 3], state: first?.state }], { signal });
  expect(gap?.score).toBe(0);
  expect(Array.from(gap?.state ?? [])).toEqual([1, 2, 3, 6]);
});

test("entities of one batch don't meet", async () => {
  const detector = createMetricsDetector(session);
  const state = (await detector.score([{ values: [1, 2, 3], state: undefined }], { signal }))[0]?.state;
  const results = await detector.score(
    [
      { values: [1, 1, 1], state: undefined },
      { values: [1, 2, 4], state },
    ],
    { signal },
  );
  expect(results.map(({ score }) => score)).toEqual([3, 1]);
});

test("a row of another width is refused", async () => {
  await expect(
    createMetricsDetector(session).score([{ values: [1, 2], state: undefined }], { signal }),
  ).rejects.toThrow(RangeError);
});

import { expect, test } from "vitest";
import type { RootCauseInput } from "./rca-input.ts";
import { rcaFeatures, rcaGraph, rcaNodes } from "./rca-nodes.ts";

const gap = Number.NaN;

const input: RootCauseInput = {
  nodes: [
    {
      id: "a",
      metrics: [
        { kind: "latency", normal: [1, 1.1, 0.9, 1, 1.2, 1], anomalous: [1, 1.4, 1.9, 2.1] },
        { kind: "availability", normal: [100, 100, 99, 100, 100, 100], anomalous: [100, 99.5, 100, 100] },
        { kind: "traffic", normal: [10, 11, 9, 10, 10, 12], anomalous: [10, 9, 8, 9] },
      ],
    },
    {
      id: "b",
      metrics: [
        { kind: "latency", normal: [0.5, 0.52, 0.49, 0.5, 0.51], anomalous: [0.5, 0.9, 1.5, gap] },
        { kind: "traffic", normal: [10, 11, 9, 10, 10], anomalous: [10, 9, gap, 9] },
        { kind: "resource", normal: [3, 3, 3, 3], anomalous: [3, 2, 2, 2] },
      ],
    },
    {
      id: "c",
      metrics: [
        { kind: "error", normal: [0, 0, 0, 0, 0], anomalous: [0, 0.1, 0.2] },
        { kind: "latency", normal: [1, 2, 3], anomalous: [5] },
      ],
    },
  ],
  edges: [
    ["a", "b"],
    ["a", "c"],
    ["b", "gone"],
  ],
  target: "a",
};

test("features are those the trainer computes", () => {
  // From rows_of in models/training/rca_features.py on the same case.
  const wanted = [
    [13.489815, 2.5, -1.348982, 1, 1, 0.857143, 1, 1, 0],
    [47.214353, -166.666667, -6.324555, 0.795322, 1, 0.833333, 0, 1, 0.083333],
    [0, 7.5, 0, 0, 0, 0, 0, 0, 1],
  ];
  const { nodes } = rcaGraph(input);
  for (const [row, values] of wanted.entries())
    for (const [column, value] of values.entries())
      expect(nodes[row * rcaFeatures + column], `row ${row}, column ${column}`).toBeCloseTo(value, 4);
});

test("calls are followed by id, unknown nodes passed over, and rows without a node are empty", () => {
  const { calls, mask, nodes, kept, symptom } = rcaGraph(input);
  expect([...calls.keys()].filter((at) => calls[at] === 1)).toEqual([1, 2]);
  expect(mask.reduce((sum, value) => sum + value, 0)).toBe(3);
  expect(nodes.subarray(3 * rcaFeatures).every((value) => value === 0)).toBe(true);
  expect(kept).toEqual([0, 1, 2]);
  expect(symptom).toBe("latency");
});

test("the symptom that is asked for is the one that is looked at", () => {
  const { symptom, nodes } = rcaGraph({ ...input, symptom: "availability" });
  expect(symptom).toBe("error");
  expect(nodes[0]).toBeCloseTo(2.5, 4);
  expect(nodes[2 * rcaFeatures]).toBeCloseTo(7.5, 4);
});

test("of too many nodes the calmest are left out, in a stable order", () => {
  const calm = Array.from({ length: 70 }, (_, index) => ({
    id: `calm-${index}`,
    metrics: [{ kind: "latency" as const, normal: [1, 1, 1.1, 0.9], anomalous: [1 + index / 1000] }],
  }));
  const { kept } = rcaGraph({ ...input, nodes: [...calm, ...input.nodes] });
  expect(kept).toHaveLength(rcaNodes);
  expect(kept.slice(-3)).toEqual([70, 71, 72]);
  expect(kept[0]).toBe(70 - (rcaNodes - 3));
});

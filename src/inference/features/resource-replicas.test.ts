import { expect, test } from "vitest";
import { hpaReplicas, replicaSamples, type ReplicaInput, stabilised } from "./resource-replicas.ts";

const using = (pods: number, ready: number, starting = 0): ReplicaInput => ({
  usage: Array.from({ length: replicaSamples }, () => pods),
  ready,
  starting,
});

test.each([
  ["use over the target", using(9, 10), 13],
  ["use within a tenth of the target", using(7.6, 10), 10],
  ["use below the target", using(3.5, 10), 5],
  ["nothing is used, one pod stays", using(0, 10), 1],
  ["growth is at most the larger of 4 pods and all of them again", using(2, 2), 3],
  ["starting pods count as unused: growth waits for them", using(9, 10, 4), 14],
  ["and goes on where even they would not do", using(10, 10, 2), 15],
])("HPA at 70 %%: %s", (_, input, replicas) => {
  expect(hpaReplicas(input, 0.7)).toBe(replicas);
});

test("a fall has to last as long as is asked", () => {
  expect(stabilised([9, 5, 5, 5], 45)).toBe(5);
  expect(stabilised([9, 5, 5, 5], 60)).toBe(9);
});

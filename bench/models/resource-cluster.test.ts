import { describe, expect, test } from "vitest";
import { Cluster, lateShare } from "./resource-cluster.ts";
import { demandOf, stepsADay } from "./resource-load.ts";

describe("a service's pods", () => {
  test("pods serve only once they have started, and cost from the beginning", () => {
    const cluster = new Cluster(2, 45);
    cluster.scaleTo(4);
    expect(cluster.step(1).pods).toBe(4);
    expect([cluster.ready, cluster.starting]).toEqual([2, 2]);
    cluster.step(1);
    cluster.step(1);
    expect([cluster.ready, cluster.starting]).toEqual([4, 0]);
  });

  test("those still starting go first, and one pod stays", () => {
    const cluster = new Cluster(3, 60);
    cluster.scaleTo(5);
    cluster.scaleTo(4);
    expect([cluster.ready, cluster.starting]).toEqual([3, 1]);
    cluster.scaleTo(0);
    expect([cluster.ready, cluster.starting]).toEqual([1, 0]);
  });

  test("use never shows more than the pods can do, and what is left over makes later requests late", () => {
    const cluster = new Cluster(2, 30);
    expect(cluster.step(3)).toMatchObject({ usage: 2, late: 1 });
    const after = cluster.step(1);
    expect(after.usage).toBe(2);
    expect(after.late).toBe(1);
    cluster.step(0.5);
    expect(cluster.step(0.5).late).toBeLessThan(0.2);
  });

  test("the share that waits is Erlang's: one pod half used keeps half waiting, each service time less by e to the free pods", () => {
    expect(lateShare(1, 0.5)).toBeCloseTo(0.5 * Math.exp(-1), 12);
    expect(lateShare(10, 7)).toBeLessThan(lateShare(10, 8));
    expect(lateShare(3, 3)).toBe(1);
  });
});

test("demand is the same for the same seed, another for another, and never below 0", () => {
  const demand = demandOf("daily", 3);
  expect(demand).toHaveLength(2 * stepsADay);
  expect(demandOf("daily", 3)).toEqual(demand);
  expect(demandOf("daily", 4)).not.toEqual(demand);
  expect(Math.min(...demand)).toBeGreaterThanOrEqual(0);
});

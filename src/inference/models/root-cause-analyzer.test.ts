import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RootCauseInput, RootCauseNode } from "../features/rca-input.ts";
import { readModelFolder } from "../model/folder.ts";
import { type OpenModel, openModel } from "../model/open.ts";
import { createRootCauseAnalyzer } from "./root-cause-analyzer.ts";
import { rootCauseBaseline, traversalBaseline } from "./root-cause-baseline.ts";

const { signal } = new AbortController();
let session: OpenModel;
beforeAll(async () => {
  const folder = join(import.meta.dirname, "..", "..", "..", "models", "RootCauseAnalyzer", "graph");
  session = await openModel(await readModelFolder(folder, signal));
});
afterAll(() => session.close());

/** Repeatable noise around 1, -1 to 1 scaled by `size`. */
const wobble = (seed: number, count: number, size: number): number[] =>
  Array.from({ length: count }, (_, index) => 1 + size * Math.sin(seed * 12.9898 + index * 78.233 + seed * index));

function node(id: string, seed: number, own: number, slower: number, requests: number): RootCauseNode {
  const calls = (count: number) => wobble(seed + 3, count, 0.05).map((value) => value * requests);
  return {
    id,
    metrics: [
      {
        kind: "latency",
        normal: wobble(seed, 60, 0.05).map((value) => value * own),
        anomalous: wobble(seed + 1, 6, 0.05).map((value, index) => value * own + (index < 2 ? 0 : slower)),
      },
      { kind: "traffic", normal: calls(60), anomalous: calls(6) },
    ],
  };
}

/** gate calls shop and auth, shop calls stock and pay, stock calls store. `slower` is added to store and what waits for it. */
const shop = (slower: number): RootCauseInput => ({
  nodes: [
    node("gate", 1, 0.5, slower, 100),
    node("auth", 2, 0.05, 0, 100),
    node("shop", 3, 0.3, slower, 100),
    node("pay", 4, 0.1, 0, 20),
    node("stock", 5, 0.15, slower, 100),
    node("store", 6, 0.05, slower, 100),
  ],
  edges: [
    ["gate", "shop"],
    ["gate", "auth"],
    ["shop", "stock"],
    ["shop", "pay"],
    ["stock", "store"],
  ],
  target: "gate",
  symptom: "latency",
});

const judge = async (input: RootCauseInput) => {
  const [result] = await createRootCauseAnalyzer(session).score([input], { signal });
  if (result === undefined) throw new Error("no result");
  return result;
};

describe("root causes", () => {
  test("a slow store is found behind everything that waits for it, with the way to the symptom", async () => {
    const { causes, confident, runnerUp } = await judge(shop(0.4));
    expect(causes[0]?.id).toBe("store");
    expect(causes[0]?.path).toEqual(["store", "stock", "shop", "gate"]);
    expect(confident).toBe(true);
    expect(runnerUp).toEqual(causes[1]);
    expect(causes[0]?.score ?? 0).toBeGreaterThan(runnerUp?.score ?? 1);
  });

  test("nothing is named with confidence where nothing has changed", async () => {
    const { causes, confident } = await judge(shop(0));
    expect(confident).toBe(false);
    expect(causes.reduce((sum, { score }) => sum + score, 0)).toBeLessThan(0.7);
  });

  test("the ranking does not depend on the names of the nodes", async () => {
    const input = shop(0.4);
    const { causes } = await judge(input);
    for (let round = 1; round <= 20; round++) {
      const ids = input.nodes.map(({ id }) => id);
      const shift = 1 + (round % (ids.length - 1));
      // Names change hands, so that every name stands for another node.
      const renamed = new Map(
        ids.map((id, index) => [
          id,
          round % 2 === 0 ? (ids[(index + shift) % ids.length] ?? "") : `x${round}-${index * 7}`,
        ]),
      );
      const nameOf = (id: string): string => renamed.get(id) ?? "";
      // oxlint-disable-next-line no-await-in-loop -- a few
      const again = await judge({
        ...input,
        nodes: input.nodes.map(({ id, metrics }) => ({ id: nameOf(id), metrics })),
        edges: input.edges.map(([caller, callee]) => [nameOf(caller), nameOf(callee)]),
        target: nameOf("gate"),
      });
      expect(again.causes.map(({ id }) => id)).toEqual(causes.map(({ id }) => nameOf(id)));
      expect(again.causes.map(({ score }) => score)).toEqual(causes.map(({ score }) => score));
    }
  });

  test("the order of the nodes does not matter", async () => {
    const input = shop(0.4);
    const [there, back] = [await judge(input), await judge({ ...input, nodes: input.nodes.toReversed() })];
    expect(back.causes.map(({ id }) => id)).toEqual(there.causes.map(({ id }) => id));
  });

  test("latencies in other units give the same scores", async () => {
    const input = shop(0.4);
    const scaled = {
      ...input,
      nodes: input.nodes.map(({ id, metrics }) => ({
        id,
        metrics: metrics.map((metric) =>
          metric.kind === "latency"
            ? {
                ...metric,
                normal: metric.normal.map((value) => value * 1000),
                anomalous: metric.anomalous.map((value) => value * 1000),
              }
            : metric,
        ),
      })),
    };
    const [given, again] = [await judge(input), await judge(scaled)];
    for (const [index, { score }] of again.causes.entries())
      expect(score).toBeCloseTo(given.causes[index]?.score ?? NaN, 4);
  });

  test("a batch gives each input what it gives alone: padding does not change scores", async () => {
    const lonely = { ...shop(0.4), nodes: shop(0.4).nodes.slice(0, 3) };
    const together = await createRootCauseAnalyzer(session).score([shop(0.4), lonely], { signal });
    for (const [index, alone] of [await judge(shop(0.4)), await judge(lonely)].entries()) {
      for (const [place, { id, score }] of alone.causes.entries()) {
        expect(together[index]?.causes[place]?.id).toBe(id);
        expect(together[index]?.causes[place]?.score).toBeCloseTo(score, 5);
      }
    }
  });

  test("of more nodes than there is room for, the most anomalous are looked at, and the target always", async () => {
    const input = shop(0.4);
    const crowd = Array.from({ length: 80 }, (_, index) => node(`idle-${index}`, 20 + index, 0.1, 0, 10));
    const { causes } = await judge({ ...input, nodes: [...crowd, ...input.nodes] });
    expect(causes).toHaveLength(64);
    expect(causes[0]?.id).toBe("store");
    expect(causes.some(({ id }) => id === "gate")).toBe(true);
  });

  test("gaps, short and empty series are no reason to fail", async () => {
    const [gate, ...rest] = shop(0.4).nodes;
    const broken: RootCauseInput = {
      nodes: [
        ...(gate === undefined ? [] : [gate]),
        ...rest.map(({ id, metrics }, index) => ({
          id,
          metrics: metrics.map((metric) => ({
            ...metric,
            normal: index === 0 ? [] : metric.normal.map((value, at) => (at % 5 === 0 ? Number.NaN : value)),
            anomalous: index === 1 ? [Number.NaN] : metric.anomalous,
          })),
        })),
        { id: "bare", metrics: [] },
        { id: "flat", metrics: [{ kind: "error", normal: [0, 0, 0, 0, 0], anomalous: [0, 0, 0] }] },
      ],
      edges: [["gate", "nowhere"]],
      target: "gate",
    };
    const { causes } = await judge(broken);
    expect(causes).toHaveLength(8);
    expect(causes.every(({ score }) => score >= 0 && score <= 1)).toBe(true);
    expect(await judge({ nodes: [], edges: [] })).toEqual({ causes: [], confident: false });
  });

  test("without a graph the series that has moved most is first", async () => {
    const series = shop(0.4).nodes.map(({ id, metrics }) => ({ id, metrics: metrics.slice(0, 1) }));
    const { causes } = await judge({ nodes: series, edges: [] });
    expect(causes[0]?.id).toBe("store");
  });

  test("with windows dealt out to the wrong nodes it does no better than chance", async () => {
    const hits = await Promise.all(
      Array.from({ length: 60 }, async (_, round) => {
        const { nodes, ...rest } = shop(0.4);
        const metrics = nodes.map((one) => one.metrics);
        const dealt = nodes.map(({ id }, index) => ({
          id,
          metrics: metrics[(index + 1 + (round % 5)) % nodes.length] ?? [],
        }));
        return (await judge({ ...rest, nodes: dealt })).causes[0]?.id === "store" ? 1 : 0;
      }),
    );
    expect(hits.reduce((sum: number, hit) => sum + hit, 0) / hits.length).toBeLessThan(0.5);
  });
});

describe("baselines", () => {
  test("traversal names the anomalous node that calls no anomalous one; robust z may name another", async () => {
    const [walked] = await traversalBaseline().score([shop(0.4)], { signal });
    expect(walked?.causes[0]?.id).toBe("store");
    expect(walked?.confident).toBe(true);
    const [ranked] = await rootCauseBaseline().score([shop(0.4)], { signal });
    const order = ranked?.causes.map(({ z }) => z) ?? [];
    expect(order).toEqual(order.toSorted((a, b) => b - a));
  });
});

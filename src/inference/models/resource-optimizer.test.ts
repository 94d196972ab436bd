import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { percentile, windowSamples } from "../features/resource-window.ts";
import { replicaSamples, type ReplicaInput } from "../features/resource-replicas.ts";
import { readModelFolder } from "../model/folder.ts";
import { type OpenModel, openModel } from "../model/open.ts";
import { createReplicaOptimizer, hpaBaseline } from "./resource-autoscaler.ts";
import { createResourceOptimizer, fleetPrice, resourceBaseline } from "./resource-optimizer.ts";

const { signal } = new AbortController();
const open = async (variant: string): Promise<OpenModel> =>
  openModel(
    await readModelFolder(join(import.meta.dirname, "..", "..", "..", "models", "ResourceOptimizer", variant), signal),
  );

/** A repeatable wave with roughness. */
const wave = (length: number, level: number, rough: number): Float32Array =>
  Float32Array.from({ length }, (_, at) => level * (1 + 0.3 * Math.sin(at / 9) + rough * (((at * 7919) % 101) / 101)));

describe("right-sizing", () => {
  let session: OpenModel;
  beforeAll(async () => {
    session = await open("rightsizing");
  });
  afterAll(() => session.close());

  test("the unit of use does not matter", async () => {
    const usage = wave(windowSamples, 0.5, 0.4);
    const [cores, millis] = await createResourceOptimizer(session).score(
      [{ usage }, { usage: usage.map((value) => value * 1024) }],
      { signal },
    );
    expect((millis?.limit ?? 0) / (cores?.limit ?? 1)).toBeCloseTo(1024, 0);
  });

  test("the dearer a violation, the higher the limit and the lower the risk", async () => {
    const usage = wave(windowSamples, 20, 0.8);
    const results = await createResourceOptimizer(session).score(
      [1, 10, 100, 1000, 100_000].map((price) => ({ usage, price })),
      { signal },
    );
    const limits = results.map(({ limit }) => limit);
    const risks = results.map(({ risk }) => risk);
    expect(limits).toEqual(limits.toSorted((a, b) => a - b));
    expect(risks).toEqual(risks.toSorted((a, b) => b - a));
    expect(new Set(limits).size).toBeGreaterThan(1);
  });

  test("a limit does not depend on what else is in the batch", async () => {
    const scorer = createResourceOptimizer(session);
    const inputs = [0.1, 0.5, 1.5].map((rough) => ({ usage: wave(windowSamples, 30, rough), price: 90 }));
    const together = await scorer.score(inputs, { signal });
    const alone = (await Promise.all(inputs.map((input) => scorer.score([input], { signal })))).flat();
    expect(alone).toEqual(together);
  });

  test("nothing used is no limit below zero, and a gap is refused", async () => {
    const scorer = createResourceOptimizer(session);
    const [idle] = await scorer.score([{ usage: new Float32Array(windowSamples) }], { signal });
    expect(idle?.limit).toBeGreaterThanOrEqual(0);
    const gap = wave(windowSamples, 1, 0);
    gap[5] = Number.NaN;
    for (const usage of [gap, wave(windowSamples - 1, 1, 0)]) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await expect(scorer.score([{ usage }], { signal })).rejects.toThrow("144 samples");
    }
  });

  test("a fleet's price brings the expected share of violations, and moves with the unit of use", async () => {
    const fleet = Array.from({ length: 40 }, (_, at) => wave(windowSamples, 1 + at, 0.2 + at / 20));
    const price = await fleetPrice(session, fleet, 0.1, { signal });
    const results = await createResourceOptimizer(session).score(
      fleet.map((usage) => ({ usage, price })),
      { signal },
    );
    expect(results.reduce((sum, { risk }) => sum + risk, 0) / fleet.length).toBeCloseTo(0.1, 1);
    const millis = fleet.map((usage) => usage.map((value) => value * 1024));
    expect((await fleetPrice(session, millis, 0.1, { signal })) / price).toBeCloseTo(1024, -1);
  });

  test("the baseline is the percentile", async () => {
    const usage = Float32Array.from({ length: windowSamples }, (_, at) => at);
    const [p95] = await resourceBaseline().score([{ usage }], { signal });
    expect(p95?.limit).toBeCloseTo(0.95 * 143, 9);
    expect(percentile([3, 1, 2], 50)).toBe(2);
  });
});

describe("autoscaling", () => {
  let session: OpenModel;
  beforeAll(async () => {
    session = await open("autoscaling");
  });
  afterAll(() => session.close());

  const steady = (pods: number): ReplicaInput => ({
    usage: wave(replicaSamples, 1, 0.02).map((value) => pods * (0.97 + 0.03 * value)),
    ready: Math.ceil(pods * 1.3),
    starting: 0,
  });

  test("more use takes more pods, fewer for each pod used than the autoscaler's rule in a large fleet", async () => {
    const inputs = [2, 5, 10, 20, 40].map(steady);
    const replicas = (await createReplicaOptimizer(session).score(inputs, { signal })).map((found) => found.replicas);
    expect(replicas).toEqual(replicas.toSorted((a, b) => a - b));
    const [large] = await hpaBaseline().score([steady(40)], { signal });
    expect(replicas.at(-1)).toBeGreaterThan(40);
    expect(replicas.at(-1)).toBeLessThan(large?.replicas ?? 0);
  });

  test("use that is rising takes more than use that is falling", async () => {
    // Both are at 10 pods for the last two minutes.
    const moving = (slope: number): Float32Array =>
      Float32Array.from({ length: replicaSamples }, (_, at) => 10 - slope * Math.max(0, 112 - at));
    const rising = { ...steady(10), usage: moving(0.05) };
    const falling = { ...steady(10), usage: moving(-0.05) };
    const [up, down] = await createReplicaOptimizer(session).score([rising, falling], { signal });
    expect(up?.demand).toBeGreaterThan(down?.demand ?? Infinity);
  });

  test("a window with a gap is refused", async () => {
    const usage = new Float32Array(replicaSamples).fill(Number.NaN);
    await expect(createReplicaOptimizer(session).score([{ ...steady(3), usage }], { signal })).rejects.toThrow(
      "120 samples",
    );
  });
});

test("where pods are full, as many again are asked for", async () => {
  const session = await openModel(
    await readModelFolder(
      join(import.meta.dirname, "..", "..", "..", "models", "ResourceOptimizer", "autoscaling"),
      signal,
    ),
  );
  const usage = new Float32Array(replicaSamples).fill(6);
  const [full] = await createReplicaOptimizer(session).score([{ usage, ready: 6, starting: 0 }], { signal });
  expect(full?.replicas).toBeGreaterThanOrEqual(12);
  await session.close();
});

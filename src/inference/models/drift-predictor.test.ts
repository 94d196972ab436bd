import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { auc } from "../../../bench/models/metrics/auc.ts";
import { driftPercent } from "../../signals/change-count.ts";
import {
  createDriftPredictor,
  driftBaseline,
  type DriftFacts,
  type DriftInput,
  openModel,
  type OpenModel,
  readModelFolder,
} from "../index.ts";

const DAY = 86_400_000;
const now = Date.UTC(2026, 4, 13, 9);
const { signal } = new AbortController();
let session: OpenModel;

beforeAll(async () => {
  const folder = join(import.meta.dirname, "..", "..", "..", "models", "DriftPredictor", "changes");
  session = await openModel(await readModelFolder(folder, signal));
});
afterAll(() => session.close());

const facts = (random: () => number, finds: number, watched = 1 + 100 * random()): DriftFacts => ({
  firstCheckTime: now - watched * DAY,
  lastCheckTime: now - random() * DAY,
  driftTimes: Array.from({ length: finds }, () => now - Math.min(watched, 80) * random() ** 2 * DAY),
  changeTimes: Array.from({ length: 20 }, () => now - 90 * random() * DAY),
  resources: Math.floor(40 * random()),
  ...(random() < 0.5 ? { writers: 1 + Math.floor(3 * random()) } : {}),
  healing: random() < 0.5 ? "Heal" : "Report",
  neighbourDrifts: Math.floor(10 * random()),
  neighbours: 4,
});

const chances = async (inputs: readonly DriftInput[]): Promise<readonly number[]> =>
  (await createDriftPredictor(session).score(inputs, { signal })).map(({ probability }) => probability);

describe("the drift predictor", () => {
  test("never says less after a further find, wherever in the past it lies", async () => {
    const random = seeded(1);
    const before = Array.from({ length: 300 }, (_, index) => facts(random, index % 12));
    const after = before.map((past) => ({ ...past, driftTimes: [...past.driftTimes, now - 89 * random() ** 2 * DAY] }));
    const less = await chances(before.map((past) => ({ facts: past, now })));
    const more = await chances(after.map((past) => ({ facts: past, now })));
    for (const [index, chance] of more.entries()) expect(chance).toBeGreaterThanOrEqual((less[index] ?? 1) - 1e-7);
  });

  test("never says less where its neighbours drift more", async () => {
    const random = seeded(8);
    const known = Array.from({ length: 200 }, (_, index) => facts(random, index % 9));
    const less = await chances(known.map((one) => ({ facts: one, now })));
    const more = await chances(known.map((one) => ({ facts: { ...one, neighbourDrifts: 30 }, now })));
    for (const [index, chance] of more.entries()) expect(chance).toBeGreaterThanOrEqual((less[index] ?? 1) - 1e-7);
  });

  test("knows nothing of what comes after the moment it judges", async () => {
    const random = seeded(2);
    const past = Array.from({ length: 50 }, (_, index) => ({ ...facts(random, index % 9), lastCheckTime: now }));
    const future = past.map((known) => ({
      ...known,
      driftTimes: [now + 1, ...known.driftTimes, now + DAY],
      changeTimes: [...known.changeTimes, now + 1, now + 3 * DAY],
      lastCheckTime: now + DAY,
    }));
    const { rowOf } = createDriftPredictor(session);
    for (const [index, known] of past.entries())
      expect(rowOf({ facts: future[index] ?? known, now })).toEqual(rowOf({ facts: known, now }));
  });

  test("does not care about the order of times", () => {
    const { rowOf } = createDriftPredictor(session);
    const known = facts(seeded(3), 9);
    const turned = {
      ...known,
      driftTimes: known.driftTimes.toReversed(),
      changeTimes: known.changeTimes.toReversed(),
    };
    const [one, other] = [rowOf({ facts: known, now }), rowOf({ facts: turned, now })];
    for (const [column, value] of one.entries()) expect(other[column]).toBeCloseTo(value, 5);
  });

  test("gives a row the same chance, bit for bit, alone and among others", async () => {
    const random = seeded(4);
    const model = createDriftPredictor(session);
    const rows = Array.from({ length: 64 }, (_, index) => model.rowOf({ facts: facts(random, index % 20), now }));
    const together = await model.scoreRows(rows, { signal });
    const alone = await Promise.all(rows.map(async (row) => (await model.scoreRows([row], { signal }))[0]));
    expect(alone).toEqual(together);
  });

  test("says little for the reference, and much where something is found every few hours", async () => {
    const model = createDriftPredictor(session);
    const wild: DriftFacts = {
      ...facts(seeded(5), 0),
      firstCheckTime: now - 90 * DAY,
      lastCheckTime: now,
      driftTimes: Array.from({ length: 60 }, (_, index) => now - (index * DAY) / 4),
    };
    const [low = 1, high = 0] = await model.scoreRows([model.reference, model.rowOf({ facts: wild, now })], { signal });
    expect(low).toBeLessThan(0.05);
    expect(high).toBeGreaterThan(0.8);
  });

  test("tells bursts from calm, and is at chance against shuffled truth", async () => {
    const random = seeded(6);
    const cases = Array.from({ length: 400 }, (_, index) => facts(random, index % 2 === 0 ? 12 : 0));
    const given = await chances(cases.map((past) => ({ facts: past, now })));
    const truth = cases.map(({ driftTimes }) => driftTimes.length > 0);
    const shuffled = truth.map(() => random() < 0.5);
    expect(auc(given, truth)).toBeGreaterThan(0.9);
    expect(Math.abs(auc(given, shuffled) - 0.5)).toBeLessThan(0.1);
  });
});

test("the baseline is the 30-day change count of the operator", async () => {
  const random = seeded(7);
  const inputs = Array.from({ length: 100 }, (_, index) => ({
    facts: { ...facts(random, index % 15), lastCheckTime: now },
    now,
  }));
  const given = await driftBaseline().score(inputs, { signal });
  for (const [index, { probability }] of given.entries()) {
    const input = inputs[index] ?? { facts: facts(random, 0), now };
    expect(Math.abs(100 * probability - (driftPercent(input.facts, now) ?? NaN))).toBeLessThanOrEqual(0.51);
  }
});

/** Mulberry32. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type FailureHistory, failureFeatures, failureRow } from "../features/failure-history.ts";
import { readModelFolder } from "../model/folder.ts";
import { type OpenModel, openModel } from "../model/open.ts";
import type { TabularScorer } from "../model/session.ts";
import type { FailureInput } from "../features/failure-history.ts";
import { createFailurePredictor, failureBaseline } from "./failure-predictor.ts";

const { signal } = new AbortController();
const hour = 3_600_000;
const now = 1_700_000_000_000;
const quiet: FailureHistory = {
  ageSeconds: 60 * 86_400,
  notReady: [],
  restarts: [],
  warnings: [],
  failedOperations: [],
};

let session: OpenModel;
let model: TabularScorer<FailureInput>;
beforeAll(async () => {
  const folder = join(import.meta.dirname, "..", "..", "..", "models", "FailurePredictor", "conditions");
  session = await openModel(await readModelFolder(folder, signal));
  model = createFailurePredictor(session);
});
afterAll(() => session.close());

const probabilityOf = async (history: FailureHistory, scorer = model): Promise<number> =>
  (await scorer.score([{ history, now }], { signal }))[0]?.probability ?? Number.NaN;

const times = fc.array(fc.integer({ min: now - 170 * hour, max: now + 30 * hour }), { maxLength: 12 });
const histories: fc.Arbitrary<FailureHistory> = fc.record(
  {
    ageSeconds: fc.integer({ min: 600, max: 3e7 }),
    notReady: fc.array(
      fc
        .record({
          from: fc.integer({ min: now - 170 * hour, max: now + 20 * hour }),
          length: fc.integer({ min: 1, max: 10 * hour }),
        })
        .map(({ from, length }) => ({ from, to: from + length })),
      { maxLength: 5 },
    ),
    restarts: times,
    warnings: times,
    failedOperations: times,
    anomalyNow: fc.double({ min: 0, max: 1, noNaN: true }),
    anomalyHour: fc.double({ min: 0, max: 1, noNaN: true }),
    saturation: fc.double({ min: 0, max: 1, noNaN: true }),
    saturationPerHour: fc.double({ min: -0.2, max: 0.2, noNaN: true }),
  },
  { noNullPrototype: true },
);

test("a quiet resource is not expected to fail, with metrics or without", async () => {
  expect(await probabilityOf(quiet)).toBeLessThanOrEqual(0.02);
  const calm = { ...quiet, anomalyNow: 0.1, anomalyHour: 0.1, saturation: 0.4, saturationPerHour: 0 };
  expect(await probabilityOf(calm)).toBeLessThanOrEqual(0.02);
  const [reference] = await model.scoreRows([model.reference], { signal });
  expect(reference).toBeLessThanOrEqual(0.02);
});

test("a resource that fails now, or shows every sign of it, is expected to", async () => {
  expect(await probabilityOf({ ...quiet, notReady: [{ from: now - hour }] })).toBeGreaterThan(0.6);
  const signs: FailureHistory = {
    ...quiet,
    warnings: [now - 3e6, now - 2e6, now - 1e6],
    anomalyNow: 0.97,
    anomalyHour: 0.95,
    saturation: 0.85,
    saturationPerHour: 0.1,
  };
  expect(await probabilityOf(signs)).toBeGreaterThan(0.6);
});

test("what comes after now changes no feature", () => {
  fc.assert(
    fc.property(histories, (history) => {
      const cut: FailureHistory = {
        ...history,
        notReady: history.notReady
          .filter(({ from }) => from <= now)
          .map(({ from, to = now }) => (to > now ? { from } : { from, to })),
        restarts: history.restarts.filter((time) => time <= now),
        warnings: history.warnings.filter((time) => time <= now),
        failedOperations: history.failedOperations.filter((time) => time <= now),
      };
      expect(failureRow({ history, now })).toEqual(failureRow({ history: cut, now }));
    }),
  );
});

test("one more event, or a metric that is worse, never lowers the probability", async () => {
  const ago = fc.integer({ min: 0, max: 167 * hour });
  await fc.assert(
    fc.asyncProperty(histories, ago, fc.double({ min: 0, max: 1, noNaN: true }), async (history, back, share) => {
      const at = now - back;
      const between = (from: number, to: number): number => from + share * (to - from);
      const worse: readonly FailureHistory[] = [
        { ...history, warnings: [...history.warnings, at] },
        { ...history, restarts: [...history.restarts, at] },
        { ...history, failedOperations: [...history.failedOperations, at] },
        { ...history, notReady: [...history.notReady, { from: at, to: between(at, now) }] },
        { ...history, anomalyNow: between(history.anomalyNow ?? 0, 1) },
        { ...history, anomalyHour: between(history.anomalyHour ?? 0, 1) },
        { ...history, saturation: between(history.saturation ?? 0, 1) },
        { ...history, saturationPerHour: (history.saturationPerHour ?? 0) + share },
      ];
      const [before, ...after] = await model.score(
        [history, ...worse].map((one) => ({ history: one, now })),
        { signal },
      );
      for (const one of after)
        expect(one.probability).toBeGreaterThanOrEqual((before?.probability ?? Number.NaN) - 1e-6);
    }),
    { numRuns: 60 },
  );
});

test("the same row gives the same probability, bit for bit, alone and in company", async () => {
  const rows = fc.sample(histories, 40).map((history) => model.rowOf({ history, now }));
  const together = await model.scoreRows(rows, { signal });
  const alone = await Promise.all(rows.map(async (row) => (await model.scoreRows([row], { signal }))[0]));
  expect(alone).toEqual(together);
  expect(model.features).toEqual([...failureFeatures]);
});

test("the baseline grows with the failures of the last week and forgets older ones", async () => {
  const baseline = failureBaseline();
  const once = { ...quiet, notReady: [{ from: now - 20 * hour, to: now - 19 * hour }] };
  const long = { ...quiet, notReady: [{ from: now - 200 * hour, to: now - 199 * hour }] };
  expect(await probabilityOf(once, baseline)).toBeGreaterThan(await probabilityOf(quiet, baseline));
  expect(await probabilityOf(long, baseline)).toBe(await probabilityOf(quiet, baseline));
});

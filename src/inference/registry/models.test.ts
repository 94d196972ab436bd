// Models as the operator uses them: files in folders, real threads, and scoring that goes on whatever comes.
import { Registry } from "prom-client";
import { afterEach, expect, test, vi } from "vitest";
import { systemClock } from "../../kube/index.ts";
import { silentLogger } from "../../runtime/index.ts";
import { ModelError } from "../model/errors.ts";
import type { ModelSession, Scorer } from "../model/session.ts";
import { matrix } from "../model/tensor.ts";
import { directorySource } from "./directory.ts";
import { createModels, type Models, type ModelsOptions } from "./models.ts";
import type { SlotScorer } from "./slot.ts";
import { fixture } from "./testdata/files.ts";
import { type ModelFolder, modelFolder } from "./testdata/folders.ts";

type Point = readonly [number, number, number];
interface Result {
  readonly probability: number;
}

const create = ({ manifest: { name, version }, run }: ModelSession): Scorer<Point, Result> => ({
  model: { name, version },
  async score(batch, options) {
    const { probability } = await run({ features: matrix(batch, 3) }, options);
    return Array.from(probability?.data ?? [], (value) => ({ probability: value }));
  },
});
/** What the baseline says of everything. */
const guess = 0.25;
const baseline: Scorer<Point, Result> = {
  model: { name: "guess", version: "1.0.0" },
  score: async (batch) => batch.map(() => ({ probability: guess })),
};

interface World {
  readonly models: Models;
  readonly metrics: Registry;
  readonly builtIn: ModelFolder;
  readonly folder: ModelFolder;
  readonly scorer: SlotScorer<Point, Result, Scorer<Point, Result>>;
  readonly signal: AbortSignal;
  close(): Promise<void>;
}
const worlds: World[] = [];
afterEach(async () => {
  await Promise.all(worlds.splice(0).map((each) => each.close()));
});

/** Models of a built-in folder with `good`, and one that is watched. */
async function world(
  options: Partial<ModelsOptions> = {},
  prepare?: (folder: ModelFolder) => Promise<unknown>,
): Promise<World> {
  const builtIn = await modelFolder();
  const folder = await modelFolder();
  await builtIn.put("good");
  await prepare?.(folder);
  const stop = new AbortController();
  const metrics = new Registry();
  const models = createModels({
    clock: systemClock,
    random: () => 0.5,
    log: silentLogger,
    metrics,
    builtIn: builtIn.path,
    sources: [directorySource(folder.path, { intervalMs: 50 })],
    limits: { batchDeadlineMs: 10_000, admitMs: 1_000 },
    rules: { minOutcomes: 20 },
    ...options,
  });
  const scorer = models.slot({ name: "DriftPredictor", variant: "test", loss: "brier" }).scorer({ create, baseline });
  const running = models.run(stop.signal);
  const made: World = {
    models,
    metrics,
    builtIn,
    folder,
    scorer,
    signal: stop.signal,
    async close() {
      stop.abort(new Error("the test is over"));
      await running;
      await builtIn[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
  worlds.push(made);
  await models.settled(stop.signal);
  return made;
}

const slotOf = ({ models }: World) => models.slot({ name: "DriftPredictor", variant: "test", loss: "brier" });
const probe: Point = [1, 0, 0];
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
/** What the fixtures say of the probe. */
const says = { good: sigmoid(1), other: sigmoid(2) };
const until = (check: () => void) => vi.waitFor(check, { timeout: 20_000, interval: 20 });
const { signal: forever } = new AbortController();

test("until a model is there, and where nothing runs, the baseline answers and says so", async () => {
  const models = createModels({ clock: systemClock, random: Math.random, log: silentLogger, metrics: new Registry() });
  const scorer = models.slot({ name: "DriftPredictor", variant: "test", loss: "brier" }).scorer({ create, baseline });
  expect(await scorer.score([probe], { signal: forever })).toEqual([{ probability: guess }]);
  expect(scorer.by).toEqual({ role: "baseline", name: "guess", version: "1.0.0", digest: "baseline" });
});

test("the built-in model answers; a new one is a shadow until outcomes prove it, and is promoted by them", async () => {
  const w = await world();
  expect((await w.scorer.score([probe], { signal: w.signal }))[0]?.probability).toBeCloseTo(says.good, 5);
  expect(w.scorer.by).toMatchObject({ role: "active", name: "DriftPredictor", version: "1.0.0" });
  const digest = await w.folder.put("other", { version: "2.0.0" });
  await until(() => expect(slotOf(w).status.shadow?.version).toBe("2.0.0"));
  const { by, results, others } = await w.scorer.judge([probe], { signal: w.signal });
  expect([by.version, results[0]?.probability]).toEqual(["1.0.0", expect.closeTo(says.good, 5)]);
  expect(others.map(({ by: { role }, results: [first] }) => [role, first?.probability])).toEqual([
    ["shadow", expect.closeTo(says.other, 5)],
    ["baseline", guess],
  ]);
  for (let count = 0; count < 20; count += 1) {
    const predicted = Object.fromEntries(
      [{ by, results }, ...others].map(({ by: who, results: [first] }) => [who.digest, first?.probability ?? NaN]),
    );
    slotOf(w).outcome({ actual: 1, predicted });
  }
  expect(slotOf(w).status).toMatchObject({
    state: "active",
    active: { version: "2.0.0", digest },
    previous: { version: "1.0.0" },
  });
  expect((await w.scorer.score([probe], { signal: w.signal }))[0]?.probability).toBeCloseTo(says.other, 5);
  const text = await w.metrics.metrics();
  expect(text).toContain('dharma_model_info{name="DriftPredictor",variant="test",version="2.0.0",state="active"} 1');
  expect(text).toContain('dharma_model_info{name="DriftPredictor",variant="test",version="1.0.0",state="previous"} 1');
  expect(text).not.toContain('state="shadow"');
  const slot = 'name="DriftPredictor",variant="test"';
  expect(text).toContain(`dharma_model_rows_total{${slot}} 4`); // one, one judged by two, and one
  expect(text).toContain(`dharma_model_batch_seconds_count{${slot}} 4`);
});

test("bad files are refused with their reason, one after the other, while the last good model goes on", async () => {
  const w = await world();
  const refused = async (reason: string, message: RegExp) => {
    await until(() =>
      expect(slotOf(w).status.lastRefusal).toMatchObject({ reason, message: expect.stringMatching(message) }),
    );
    expect(slotOf(w).status).toMatchObject({ state: "active", active: { version: "1.0.0" } });
    expect((await w.scorer.score([probe], { signal: w.signal }))[0]?.probability).toBeCloseTo(says.good, 5);
  };
  await w.folder.put("nan-out", { version: "2.0.0" });
  await refused("BadOutput", /gave NaN/);
  await w.folder.put("wide", { version: "2.0.1" });
  await refused("WrongShape", /could not be run/);
  await w.folder.put("other", { version: "2.0.2" });
  await until(() => expect(slotOf(w).status.shadow?.version).toBe("2.0.2"));
  await w.folder.spoil("DriftPredictor/test", new Uint8Array(100));
  await refused("Corrupt", /has the digest .* copy both again/);
  expect(slotOf(w).status.shadow?.version).toBe("2.0.2");
  const text = await w.metrics.metrics();
  for (const reason of ["BadOutput", "WrongShape", "Corrupt"])
    expect(text).toContain(`dharma_model_refused_total{reason="${reason}"} 1`);
});

test("models are swapped under continuous scoring: nothing is lost, and every answer is one model's whole", async () => {
  const w = await world();
  const batch = Array.from({ length: 520 }, (): Point => probe); // more than one batch of the thread
  const over = new AbortController();
  let answered = 0;
  let last = "";
  const score = async (): Promise<void> => {
    while (!over.signal.aborted) {
      const { by, results } = await w.scorer.judge(batch, { signal: w.signal });
      answered += 1;
      last = by.version;
      const expected = by.role === "baseline" ? guess : by.version === "2.0.0" ? says.other : says.good;
      const worst = results.reduce((most, { probability }) => Math.max(most, Math.abs(probability - expected)), 0);
      expect([results.length, worst < 1e-5]).toEqual([520, true]);
      await systemClock.sleep(2, w.signal);
    }
  };
  const scoring = Promise.all([score(), score(), score()]);
  for (let round = 0; round < 2; round += 1) {
    await w.folder.put("other", { version: "2.0.0" });
    await until(() => expect(slotOf(w).status.shadow?.version).toBe("2.0.0"));
    const { shadow, active } = slotOf(w).status;
    for (let count = 0; count < 20; count += 1)
      slotOf(w).outcome({ actual: 1, predicted: { [shadow?.digest ?? ""]: 0.9, [active?.digest ?? ""]: 0.1 } });
    await until(() => expect(last).toBe("2.0.0"));
    await w.folder.remove("DriftPredictor/test");
    await until(() => expect([slotOf(w).status.active?.version, last]).toEqual(["1.0.0", "1.0.0"]));
  }
  over.abort();
  await scoring;
  expect(answered).toBeGreaterThan(20);
});

test("a model that loses to the baseline steps down, and comes back when it is better again", async () => {
  const w = await world();
  const digest = slotOf(w).status.active?.digest ?? "";
  const tell = (own: number, other: number) => {
    for (let count = 0; count < 20; count += 1)
      slotOf(w).outcome({ actual: 1, predicted: { [digest]: own, baseline: other } });
  };
  tell(0.1, 0.9);
  expect(slotOf(w).status).toMatchObject({ state: "steppedDown", steppedDown: { digest } });
  expect(await w.scorer.score([probe], { signal: w.signal })).toEqual([{ probability: guess }]);
  expect(await w.metrics.metrics()).toContain('dharma_model_stepdowns_total{name="DriftPredictor",variant="test"} 1');
  const { others } = await w.scorer.judge([probe], { signal: w.signal });
  expect(others).toMatchObject([{ by: { digest }, results: [{ probability: expect.closeTo(says.good, 5) }] }]);
  tell(0.9, 0.1);
  expect(slotOf(w).status).toMatchObject({ state: "active", active: { digest } });
  slotOf(w).outcome({ actual: 1, predicted: { [digest]: 0.5, baseline: 0.25 } });
  const text = await w.metrics.metrics();
  expect(text).toContain('dharma_model_live_error{name="DriftPredictor",variant="test",role="active"} 0.25');
  expect(text).toContain('dharma_model_live_error{name="DriftPredictor",variant="test",role="baseline"} 0.5625');
});

test("what is too slow for a batch is answered by another, and its thread is replaced", async () => {
  const w = await world({ limits: { batchDeadlineMs: 400, admitMs: 1_000 } });
  // Fast on what it is tried with, slow on what comes.
  await w.folder.put("slow-on-data", { version: "2.0.0" });
  await until(() => expect(slotOf(w).status.shadow?.version).toBe("2.0.0"));
  const { shadow, active } = slotOf(w).status;
  for (let count = 0; count < 20; count += 1)
    slotOf(w).outcome({ actual: 1, predicted: { [shadow?.digest ?? ""]: 0.9, [active?.digest ?? ""]: 0.1 } });
  expect(w.scorer.by.version).toBe("2.0.0");
  const slow: Point = [1_500_000, 0, 0];
  expect((await w.scorer.score([slow], { signal: w.signal }))[0]?.probability).toBeCloseTo(1, 5); // by the last good one
  expect(w.scorer.by).toMatchObject({ role: "previous", version: "1.0.0" });
  expect(await w.metrics.metrics()).toContain("dharma_model_threads_lost_total 1");
});

test("a model that is taken away leaves its place to the last good one; a promotion outlives a restart", async () => {
  const w = await world();
  const digest = await w.folder.put("other", { version: "2.0.0" });
  await until(() => expect(slotOf(w).status.shadow?.digest).toBe(digest));
  const old = slotOf(w).status.active?.digest ?? "";
  for (let count = 0; count < 20; count += 1)
    slotOf(w).outcome({ actual: 1, predicted: { [digest]: 0.9, [old]: 0.1 } });
  expect(slotOf(w).status.active?.digest).toBe(digest);
  await w.folder.remove("DriftPredictor/test");
  await until(() => expect(slotOf(w).status.active?.digest).toBe(old));

  const stop = new AbortController();
  await w.folder.put("other", { version: "2.0.0" });
  const again = createModels({
    clock: systemClock,
    random: () => 0.5,
    log: silentLogger,
    metrics: new Registry(),
    builtIn: w.builtIn.path,
    sources: [directorySource(w.folder.path)],
    limits: { admitMs: 1_000 },
  });
  const slot = again.slot({ name: "DriftPredictor", variant: "test", loss: "brier" });
  const running = again.run(stop.signal, new Set([digest]));
  await again.settled(stop.signal);
  expect(slot.status).toMatchObject({ active: { digest }, previous: { digest: old } });
  stop.abort(new Error("the test is over"));
  await running;
});

test("the weights in use under another manifest are refused, and the very same model in a second place is not", async () => {
  const w = await world({}, (folder) => folder.put("good"));
  expect(slotOf(w).status.lastRefusal).toBeUndefined();
  await w.folder.put("good", { version: "1.0.1" });
  await until(() =>
    expect(slotOf(w).status.lastRefusal?.message).toMatch(/has the weights of 1\.0\.0, which is in use/),
  );
  expect(slotOf(w).status).toMatchObject({ active: { version: "1.0.0" } });
});

test("a file for a slot nobody has, or in a folder of another name, is told", async () => {
  const w = await world({}, async (folder) => {
    await folder.put("good", { variant: "elsewhere" });
  });
  expect(w.models.status.refusals).toMatchObject([
    { reason: "NotFound", message: expect.stringMatching(/nothing scores with DriftPredictor\/elsewhere/) },
  ]);
});

test("10,000 rows again and again leave the memory as it is", async () => {
  const w = await world();
  const batch = Array.from({ length: 10_000 }, (): Point => probe);
  const round = async (count: number) => {
    for (let index = 0; index < count; index += 1) await w.scorer.score(batch, { signal: w.signal });
    return process.memoryUsage().rss / (1 << 20);
  };
  const before = await round(30);
  const after = await round(30);
  expect(after - before).toBeLessThan(60);
}, 60_000);

test("a source that can't be had for now is asked again soon, and the built-in model answers meanwhile", async () => {
  let tries = 0;
  const flaky = {
    name: "flaky",
    intervalMs: 3_600_000,
    look: async () => [
      {
        origin: "flaky model",
        revision: "1",
        load: async () => {
          tries += 1;
          if (tries === 1) throw new ModelError("Unavailable", "the registry answers 503: it is asked again");
          return fixture("other", { version: "2.0.0" });
        },
      },
    ],
  };
  const w = await world({ sources: [flaky] });
  expect(w.models.status.refusals).toMatchObject([{ source: "flaky model", reason: "Unavailable" }]);
  expect(slotOf(w).status.active?.version).toBe("1.0.0");
  await until(() => expect(slotOf(w).status.shadow?.version).toBe("2.0.0"));
  expect([tries, w.models.status.refusals]).toEqual([2, []]);
});

test("code that fails around a model costs the answer of that model only, and not its place", async () => {
  const w = await world();
  const slot = slotOf(w);
  const broken = slot.scorer({
    create: ({ manifest: { name, version } }: ModelSession): Scorer<Point, Result> => ({
      model: { name, version },
      score: () => Promise.reject(new RangeError("row 0 has 2 values, not 3")),
    }),
    baseline,
  });
  for (let count = 0; count < 5; count += 1)
    expect(await broken.score([probe], { signal: w.signal })).toEqual([{ probability: guess }]);
  expect(slot.status.state).toBe("active");
});

test("a model no scorer can be made of is refused, though its file is good", async () => {
  const w = await world();
  const picky = slotOf(w).scorer({
    create: (): Scorer<Point, Result> => {
      throw new ModelError("Corrupt", "it has no scalers.reference of 3 values");
    },
    baseline,
  });
  expect(await picky.score([probe], { signal: w.signal })).toEqual([{ probability: guess }]);
  expect(slotOf(w).status).toMatchObject({ state: "baseline", lastRefusal: { reason: "Corrupt" } });
  await systemClock.sleep(500, w.signal);
  expect(slotOf(w).status.state).toBe("baseline");
});

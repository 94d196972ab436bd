// Models on a real thread, or process: shared, split, bounded in time, and back after what ran them was lost.
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { afterEach, describe, expect, test, vi } from "vitest";
import { systemClock } from "../../kube/index.ts";
import { ManualClock } from "../../runtime/index.ts";
import { fixture, fixtureBytes, manifestOf } from "../registry/testdata/files.ts";
import type { Tensors } from "../model/session.ts";
import { type BatchObservation, createModelHost, type ModelHost, type ModelHostOptions } from "./host.ts";
import type { FromRunner, ToRunner } from "./messages.ts";
import { type Runner, type RunnerListener, startRunner } from "./runner.ts";

const { signal } = new AbortController();
const hosts: ModelHost[] = [];
afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.close()));
});

function hostOf(options: Partial<ModelHostOptions> = {}): ModelHost {
  const host = createModelHost({ clock: systemClock, batchDeadlineMs: 20_000, ...options });
  hosts.push(host);
  return host;
}

/** Rows of [value, 0, 0]. */
function rows(values: readonly number[]): Tensors {
  return { features: { data: Float32Array.from(values.flatMap((value) => [value, 0, 0])), dims: [values.length, 3] } };
}
const first = (outputs: Tensors): number | undefined => outputs["probability"]?.data[0];
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

describe.each(["thread", "process"] as const)("models in a %s", (isolation) => {
  test("give what they give, in order, leaving the inputs to the caller", async () => {
    const seen: BatchObservation[] = [];
    const host = hostOf({ isolation, batchRows: 4, observe: (batch) => seen.push(batch) });
    const model = await host.open(await fixture("good"), { signal });
    const values = Array.from({ length: 10 }, (_, index) => index / 5);
    const inputs = rows(values);
    const [one, two] = await Promise.all([model.run(inputs, { signal }), model.run(inputs, { signal })]);
    for (const outputs of [one, two]) {
      expect(outputs["probability"]?.dims).toEqual([10, 1]);
      for (const [index, value] of values.entries())
        expect(outputs["probability"]?.data[index]).toBeCloseTo(sigmoid(value), 6);
    }
    expect(inputs["features"]?.data[27]).toBeCloseTo(1.8, 6);
    expect(seen.map(({ rows: count }) => count)).toEqual([4, 4, 2, 4, 4, 2].toSorted((a, b) => b - a));
    expect(seen.every(({ wallMs, cpuMs }) => wallMs > 0 && cpuMs >= 0)).toBe(true);
  });

  test("are refused with what is wrong with them, and the others go on", async () => {
    const host = hostOf({ isolation });
    const good = await host.open(await fixture("good"), { signal });
    const cut = (await fixtureBytes("good")).slice(0, 80);
    const broken = { manifest: manifestOf(cut), bytes: cut, source: "cut" };
    await expect(host.open(broken, { signal })).rejects.toMatchObject({
      problem: "Corrupt",
    });
    await expect(host.open(await fixture("renamed"), { signal })).rejects.toMatchObject({ problem: "WrongShape" });
    const unbounded = await host.open(await fixture("unbounded"), { signal });
    await expect(unbounded.run(rows([5]), { signal })).rejects.toMatchObject({ problem: "BadOutput" });
    await expect(good.run({}, { signal })).rejects.toMatchObject({ problem: "WrongShape" });
    expect(first(await good.run(rows([0]), { signal }))).toBe(0.5);
  });

  test("that take too long are given up, and the next batch gets a new one", async () => {
    const lost: string[] = [];
    const host = hostOf({ isolation, batchDeadlineMs: 100, onLost: (why) => lost.push(why) });
    const slow = await host.open(await fixture("slow-on-data"), { signal });
    // Seconds of work; the longest stall of the event loop tells that it ran elsewhere.
    await expect(slow.run(rows([600_000]), { signal })).rejects.toMatchObject({ problem: "TooSlow" });
    expect(lost).toEqual([expect.stringMatching(/took longer than 100 ms/)]);
    const patient = vi.waitFor(async () => first(await slow.run(rows([1]), { signal })), { timeout: 20_000 });
    expect(await patient).toBe(0.5);
  });
});

test("the event loop goes on while a thread works", async () => {
  const host = hostOf();
  const slow = await host.open(await fixture("slow-on-data"), { signal });
  const over = new AbortController();
  const running = slow.run(rows([400_000]), { signal }).finally(() => over.abort());
  let turns = 0;
  for (; !over.signal.aborted; turns += 1) await systemClock.sleep(1, signal);
  await running;
  expect(turns).toBeGreaterThan(20); // a call in this thread would have let through one or two
});

test("no rows give no rows, without a thread", async () => {
  const started = vi.fn(startRunner);
  const host = hostOf({ start: started });
  const model = await host.open(await fixture("good"), { signal });
  expect((await model.run(rows([]), { signal }))["probability"]).toMatchObject({ dims: [0, 1] });
});

test("an abort frees the one who waits, and a batch that waits is never run", async () => {
  const ran: number[] = [];
  const host = hostOf({ observe: ({ rows: count }) => ran.push(count) });
  const model = await host.open(await fixture("slow-on-data"), { signal });
  const stop = new AbortController();
  const running = model.run(rows([100_000]), { signal });
  const waiting = model.run(rows([1, 1]), { signal: stop.signal });
  stop.abort(new Error("never mind"));
  await expect(waiting).rejects.toThrow("never mind");
  expect(first(await running)).toBe(0.5);
  expect(first(await model.run(rows([1, 1, 1]), { signal }))).toBe(0.5);
  expect(ran).toEqual([1, 3]);
});

test("closing answers what was asked, and refuses what is asked later", async () => {
  const host = hostOf();
  const model = await host.open(await fixture("slow-on-data"), { signal });
  const asked = [model.run(rows([50_000]), { signal }), model.run(rows([1]), { signal })];
  await host.close();
  expect((await Promise.all(asked)).map(first)).toEqual([0.5, 0.5]);
  await expect(model.run(rows([1]), { signal })).rejects.toMatchObject({ problem: "Unavailable" });
});

test("a process that is killed in the middle of a batch costs that batch, and the model is there again", async () => {
  const runners: Runner[] = [];
  const host = hostOf({
    isolation: "process",
    start: (isolation, listener) => {
      const runner = startRunner(isolation, listener);
      runners.push(runner);
      return runner;
    },
  });
  const model = await host.open(await fixture("slow-on-data"), { signal });
  const doomed = model.run(rows([5_000_000]), { signal });
  const next = model.run(rows([1]), { signal });
  await systemClock.sleep(50, signal);
  process.kill(runners[0]?.pid ?? 0, "SIGKILL");
  await expect(doomed).rejects.toMatchObject({ problem: "Unavailable", message: expect.stringMatching(/SIGKILL/) });
  expect(first(await next)).toBe(0.5);
  expect(runners).toHaveLength(2);
});

test("a process ends with the one that started it, even while its model hangs", async () => {
  const code = `
    import { startRunner } from ${JSON.stringify(new URL("./runner.ts", import.meta.url).href)};
    import { createModelHost } from ${JSON.stringify(new URL("./host.ts", import.meta.url).href)};
    import { fixture } from ${JSON.stringify(new URL("../registry/testdata/files.ts", import.meta.url).href)};
    import { systemClock } from ${JSON.stringify(new URL("../../kube/index.ts", import.meta.url).href)};
    const { signal } = new AbortController();
    const start = (isolation, listener) => {
      const runner = startRunner(isolation, listener);
      console.log(runner.pid);
      return runner;
    };
    const host = createModelHost({ clock: systemClock, isolation: "process", batchDeadlineMs: 60_000, start });
    const model = await host.open(await fixture("stuck"), { signal });
    setTimeout(() => process.kill(process.pid, "SIGKILL"), 300);
    await model.run({ features: { data: new Float32Array(3), dims: [1, 3] } }, { signal });`;
  const stdout = await new Promise<string>((resolve) => {
    execFile(process.execPath, ["--input-type=module", "-e", code], (_, text) => resolve(text));
  });
  const pid = Number(stdout);
  expect(pid).toBeGreaterThan(1);
  await vi.waitFor(() => expect(isRunning(pid)).toBe(false), { timeout: 10_000, interval: 100 });
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0); // signal 0 asks whether there is such a process
  } catch {
    return false;
  }
  // One that nobody has reaped yet is not running either.
  const stat = `/proc/${pid}/stat`;
  return !existsSync(stat) || !/\) Z /.test(readFileSync(stat, "utf8"));
}

/** Runners that answer as told, and what was said to each. */
function scripted(answer: (request: ToRunner, listener: RunnerListener) => FromRunner | undefined) {
  const said: ToRunner[][] = [];
  const start = (_: unknown, listener: RunnerListener): Runner => {
    const heard: ToRunner[] = [];
    said.push(heard);
    queueMicrotask(() => listener.message({ kind: "ready" }));
    return {
      pid: undefined,
      send(request) {
        heard.push(request);
        queueMicrotask(() => {
          const given = answer(request, listener);
          if (given !== undefined) listener.message(given);
        });
      },
      end: async () => undefined,
    };
  };
  return { said, start };
}
const probability = (value: number): FromRunner => ({
  kind: "answer",
  outputs: { probability: { data: Float32Array.of(value), dims: [1, 1] } },
  cost: { wallMs: 1, cpuMs: 1 },
});
const usual = (request: ToRunner): FromRunner | undefined =>
  request.kind === "open" ? { kind: "opened" } : request.kind === "run" ? probability(0.25) : undefined;

test("a file that is opened twice is one session, given back when the last has closed and its batches are answered", async () => {
  const { said, start } = scripted(usual);
  const host = hostOf({ start });
  const [one, two] = [
    await host.open(await fixture("good"), { signal }),
    await host.open(await fixture("good"), { signal }),
  ];
  const other = await host.open(await fixture("good", { version: "2.0.0" }), { signal });
  await one.close();
  await one.close();
  expect(first(await two.run(rows([1]), { signal }))).toBe(0.25);
  const last = two.run(rows([1]), { signal });
  await two.close();
  expect(first(await last)).toBe(0.25);
  await expect(two.run(rows([1]), { signal })).rejects.toMatchObject({ problem: "Unavailable" });
  await other.close();
  expect(said[0]?.map(({ kind }) => kind)).toEqual(["open", "open", "run", "run", "release", "release"]);
});

test("threads that die again and again are waited for longer and longer, and refuse meanwhile", async () => {
  const clock = new ManualClock();
  let broken = true;
  const { said, start } = scripted((request, listener) => {
    if (request.kind !== "run" || !broken) return usual(request);
    listener.ended("out of memory");
    return undefined;
  });
  const host = hostOf({ start, clock });
  const model = await host.open(await fixture("good"), { signal });
  const run = async () => {
    const running = model.run(rows([1]), { signal }).then(first, (error: Error) => error.message);
    await clock.advance(1_000);
    return running;
  };
  for (let count = 0; count < 5; count += 1) expect(await run()).toMatch(/ended: out of memory/);
  expect(said.length).toBe(5);
  expect(await run()).toMatch(/5 times in a row/); // refused, and no thread started for it
  expect(said.length).toBe(5);
  broken = false;
  await clock.advance(60_000);
  expect(await run()).toBe(0.25);
  expect(said[5]?.map(({ kind }) => kind)).toEqual(["open", "run"]); // opened again on the new thread
});

test("two threads that hang are the most: then work is refused until one of them has ended", async () => {
  const clock = new ManualClock();
  const hanging: (() => void)[] = [];
  let isHanging = true;
  const { said, start } = scripted((request) => (request.kind === "run" && isHanging ? undefined : usual(request)));
  const host = hostOf({
    clock,
    batchDeadlineMs: 100,
    start: (isolation, listener) => ({
      ...start(isolation, listener),
      end: () => (isHanging ? new Promise<void>((resolve) => hanging.push(resolve)) : Promise.resolve()),
    }),
  });
  const model = await host.open(await fixture("good"), { signal });
  const run = async () => {
    const running = model.run(rows([1]), { signal }).then(first, (error: Error) => error.message);
    for (let second = 0; second < 3; second += 1) await clock.advance(1_000);
    return running;
  };
  expect(await run()).toMatch(/took longer than 100 ms/);
  expect(await run()).toMatch(/took longer than 100 ms/);
  expect(await run()).toMatch(/2 threads hang/);
  expect(said.length).toBe(2);
  isHanging = false;
  hanging[0]?.();
  for (let second = 0; second < 3; second += 1) await clock.advance(1_000);
  expect(await run()).toBe(0.25);
  for (const end of hanging) end();
});

test("more than may wait is refused", async () => {
  const { start } = scripted((request) => (request.kind === "run" ? undefined : usual(request)));
  const clock = new ManualClock();
  const host = hostOf({ start, clock, waiting: 2, batchDeadlineMs: 100 });
  const model = await host.open(await fixture("good"), { signal });
  const asked = Array.from({ length: 4 }, () =>
    model.run(rows([1]), { signal }).catch((error: Error) => error.message),
  );
  expect(await asked[3]).toMatch(/2 batches are waiting already/);
  for (let second = 0; second < 5; second += 1) await clock.advance(1_000);
  expect(await asked[0]).toMatch(/took longer than 100 ms/);
  await Promise.all(asked);
});

// Bad model files, really made and really run: each is refused with its reason, in time, whatever it does.
import { afterAll, describe, expect, test } from "vitest";
import { systemClock } from "../../kube/index.ts";
import { createModelHost } from "../host/host.ts";
import { type ModelFile, modelFile } from "../model/folder.ts";
import type { Manifest } from "../model/manifest.ts";
import { admit, type AdmitOptions } from "./admit.ts";
import { fixture, type Fixture, fixtureBytes, manifestOf } from "./testdata/files.ts";

const { signal } = new AbortController();
let lastMs = 0;
const host = createModelHost({
  clock: systemClock,
  isolation: "process",
  batchDeadlineMs: 5_000,
  observe: ({ cpuMs }) => (lastMs = cpuMs),
});
afterAll(() => host.close());

const expected = manifestOf(new Uint8Array());
const options: AdmitOptions = {
  probe: { host, lastCpuMs: () => lastMs },
  expected,
  mayBeAbsent: [],
  maxBytes: 1 << 20,
  maxMs: 50,
  signal,
};
const samplesOf = (probability: number) =>
  JSON.stringify({
    inputs: { features: { dims: [2, 3], data: [0, 0, 0, 1, 0, 0] } },
    outputs: { probability: { dims: [2, 1], data: [0.5, probability] } },
  });

describe("a good model", () => {
  test("is admitted, with what a batch takes", async () => {
    const { p99Ms } = await admit(await fixture("good"), options);
    expect(p99Ms).toBeGreaterThanOrEqual(0);
    expect(p99Ms).toBeLessThan(50);
    expect(await admit(await fixture("good"), { ...options, maxMs: Infinity })).toEqual({ p99Ms: undefined });
  });

  test("is admitted where inputs may be absent, and with samples of its trainer", async () => {
    const file = { ...(await fixture("good")), samples: samplesOf(1 / (1 + Math.exp(-1))) };
    await admit(file, { ...options, mayBeAbsent: ["features"] });
  });
});

describe("a bad model is refused:", () => {
  const bad: readonly (readonly [
    why: string,
    name: Fixture,
    problem: string,
    message: RegExp,
    manifest?: Partial<Manifest>,
    more?: Partial<AdmitOptions>,
  ])[] = [
    ["another width than its manifest says", "wide", "WrongShape", /could not be run/],
    [
      "another width than the slot takes",
      "wide",
      "WrongShape",
      /features float32\[batch, 4\] stands where features float32\[batch, 3\] is asked for/,
      { inputs: [{ name: "features", type: "float32", shape: [null, 4] }] },
    ],
    ["outputs of other names", "renamed", "WrongShape", /its outputs are score; the manifest says probability/],
    ["a batch of one only", "fixed-batch", "WrongShape", /could not be run/],
    [
      "features in another order",
      "good",
      "WrongShape",
      /its features differ: changes stands where age/,
      {
        features: [{ name: "changes" }, { name: "age" }, { name: "size" }],
      },
    ],
    [
      "a wider range",
      "good",
      "WrongShape",
      /probability float32\[batch, 1\] 0 to 100 stands where/,
      {
        outputs: [{ name: "probability", type: "float32", shape: [null, 1], range: [0, 100] }],
      },
    ],
    ["NaN out", "nan-out", "BadOutput", /gave NaN/],
    ["values out of range", "unbounded", "BadOutput", /gave -?\d.*allowed is 0 to 1/],
    ["NaN for what is not known", "nan-through", "BadOutput", /gave NaN/, {}, { mayBeAbsent: ["features"] }],
    ["too slow", "slow", "TooSlow", /takes \d+\.\d ms \(p99\) for 256 rows/, {}, { maxMs: 10 }],
    ["an old opset", "old-opset", "Corrupt", /has opset 13: export it with 17/],
    ["another opset than its manifest says", "good", "Corrupt", /has opset 17, its manifest says 18/, { opset: 18 }],
    ["weights in other files", "external", "NotAllowed", /keeps weights in other files/],
    ["fitted for measuring", "good", "NotAllowed", /fitted for measuring/, { origin: "fitted" }],
    ["too large", "good", "NotAllowed", /at most 100 are run/, {}, { maxBytes: 100 }],
    [
      "no threshold the code reads",
      "good",
      "WrongShape",
      /its thresholds lack alarm/,
      {},
      {
        expected: { ...expected, thresholds: { alarm: 0.5 } },
      },
    ],
  ];
  for (const [why, name, problem, message, manifest = {}, more = {}] of bad)
    test(why, async () => {
      await expect(admit(await fixture(name, manifest), { ...options, ...more })).rejects.toMatchObject({
        problem,
        message: expect.stringMatching(message),
      });
    });

  test("other values than its trainer gave", async () => {
    const file = { ...(await fixture("good")), samples: samplesOf(0.9) };
    await expect(admit(file, options)).rejects.toMatchObject({
      problem: "BadOutput",
      message: expect.stringMatching(/differs from its samples\.json: probability by 0\.1/),
    });
  });

  test.each([20, 130, 200])("cut off after %i bytes", async (length) => {
    const bytes = (await fixtureBytes("good")).slice(0, length);
    const file: ModelFile = { bytes, manifest: manifestOf(bytes), source: "cut" };
    await expect(admit(file, options)).rejects.toMatchObject({ problem: "Corrupt" });
  });

  test("one that hangs is killed, and the next is tried as if nothing had been", async () => {
    const hasty = createModelHost({ clock: systemClock, isolation: "process", batchDeadlineMs: 300 });
    const began = performance.now();
    const probe = { host: hasty, lastCpuMs: () => 0 };
    await expect(admit(await fixture("stuck"), { ...options, probe })).rejects.toMatchObject({ problem: "TooSlow" });
    await admit(await fixture("good"), { ...options, probe: { host: hasty, lastCpuMs: () => 0 } });
    await hasty.close();
    expect(performance.now() - began).toBeLessThan(10_000);
  });
});

test("a file that is not the one its manifest is about is refused before it is read", async () => {
  const good = await fixtureBytes("good");
  const manifest = JSON.stringify(manifestOf(await fixtureBytes("other")));
  expect(() => modelFile(manifest, good, "folder")).toThrow(/has the digest .* copy both again/);
});

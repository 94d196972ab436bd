// The measured process of the inference bench: SIZE objects scored in cycles; its figures are JSON on stdout.
import { Registry } from "prom-client";
import { createHealthLoop, createModels, liveSlots, type LoopSubject } from "../src/inference/index.ts";
import { systemClock } from "../src/kube/index.ts";
import { silentLogger } from "../src/runtime/index.ts";
import { type Sample, seriesKey, type SignalSource } from "../src/signals/index.ts";
import { median } from "./measurement.ts";
import { residentBytes } from "./process-facts.ts";

export const metrics = ["up", "error_ratio", "latency_seconds", "utilization_ratio"] as const;
const begin = Date.UTC(2026, 5, 1, 12);
const day = 86_400_000;
const intervalMs = 15_000;
/** Cycles before anything is measured: series get to know what is ordinary. */
const warmUp = 20;
const quietCycles = 5;
export const illCycles = 3;
/** One of so many subjects falls ill. */
const illOneOf = 100;

export interface Run {
  /** Median of the quiet cycles. */
  readonly seconds: number;
  /** Milliseconds under which 99 % of the batches of the slowest model stay, by the buckets of its histogram. */
  readonly batchMs: number;
  readonly residentMiB: number;
  /** Writes of one cycle in which nothing happens, at most. */
  readonly quietWrites: number;
  readonly illWrites: number;
  readonly ill: number;
  /** The longest that the event loop was held. */
  readonly heldMs: number;
}

async function measure(size: number, signal: AbortSignal): Promise<Run> {
  const stop = new AbortController();
  const registry = new Registry();
  const models = createModels({ clock: systemClock, random: Math.random, log: silentLogger, metrics: registry });
  const running = models.run(AbortSignal.any([signal, stop.signal]));
  const slots = liveSlots(models);
  await models.settled(signal);
  let step = 0;
  let ill = false;
  const subjects = new Map(Array.from({ length: size }, (_, index) => subjectOf(index)).map((one) => [one.uid, one]));
  const loop = createHealthLoop({
    sources: [sourceOf(size, () => ({ step, ill }))],
    models: () => slots.current(),
    subjects: () => [...subjects.values()],
    subjectOf: ({ labels }) => labels["blueprint_uid"],
    threshold: () => 0.5,
    clock: { ...systemClock, now: () => begin + step * intervalMs },
  });
  const cycle = async (): Promise<{ seconds: number; writes: number }> => {
    const started = performance.now();
    const { moved } = await loop.cycle({ signal });
    const seconds = (performance.now() - started) / 1000;
    for (const one of moved) {
      // oxlint-disable-next-line no-await-in-loop -- as the controller does it, object by object
      subjects.set(one.uid, { ...one, written: await loop.score(one, { signal }) });
    }
    step += 1;
    return { seconds, writes: moved.length };
  };
  const cycles = async (count: number): Promise<readonly { seconds: number; writes: number }[]> => {
    const done: { seconds: number; writes: number }[] = [];
    // oxlint-disable-next-line no-await-in-loop -- cycles follow one another
    while (done.length < count) done.push(await cycle());
    return done;
  };
  await cycles(warmUp);
  const held = watchEventLoop();
  const quiet = await cycles(quietCycles);
  const heldMs = held.longest();
  ill = true;
  const sick = await cycles(illCycles);
  const residentMiB = (await residentBytes(process.pid)) / 2 ** 20;
  const batchMs = await slowestBatch(registry);
  stop.abort(new Error("measured"));
  await running.catch(() => undefined);
  return {
    seconds: median(quiet.map(({ seconds }) => seconds)),
    batchMs,
    residentMiB,
    quietWrites: Math.max(...quiet.map(({ writes }) => writes)),
    illWrites: sick.reduce((sum, { writes }) => sum + writes, 0),
    ill: Math.ceil(size / illOneOf),
    heldMs,
  };
}

/** Every object with an ordinary past; one in ten had trouble. */
function subjectOf(index: number): LoopSubject {
  const troubled = index % 10 === 0;
  const ready = {
    type: "Ready",
    reason: "Succeeded",
    message: "",
    lastTransitionTime: "2026-05-01T00:00:00Z",
  } as const;
  return {
    kind: "Blueprint",
    namespace: `team-${index % 50}`,
    name: `b-${index}`,
    uid: `uid-${index}`,
    generation: 1,
    observedGeneration: 1,
    conditions: [{ ...ready, status: "True" }],
    past: {
      ageSeconds: 86_400 * (1 + (index % 300)),
      notReady: troubled ? [{ from: begin - 2 * day, to: begin - 2 * day + 900_000 }] : [],
      restarts: [],
      warnings: troubled ? [begin - 2 * day, begin - day] : [],
      failedOperations: [],
    },
    drift: {
      firstCheckTime: begin - 60 * day,
      lastCheckTime: begin - 3_600_000,
      driftTimes: troubled ? [begin - 9 * day, begin - 3 * day] : [],
      changeTimes: [begin - 20 * day],
      resources: 12,
      healing: "Heal",
    },
  };
}

/** Ordinary values with noise that is the same in every run; a part falls ill when asked. */
function sourceOf(size: number, at: () => { readonly step: number; readonly ill: boolean }): SignalSource {
  const labels = Array.from({ length: size }, (_, index) => ({ blueprint_uid: `uid-${index}`, id: `r-${index}` }));
  const keys = metrics.map((metric) => labels.map((each) => seriesKey(metric, each)));
  return {
    name: "made up",
    read: async (now) => {
      const { step, ill } = at();
      const samples: Sample[] = [];
      for (const [kind, metric] of metrics.entries()) {
        for (const [index, label] of labels.entries()) {
          const level = ill && index % illOneOf === 0 ? 0.1 : 1;
          const value = valueOf(metric, noise(index * 7 + kind, step), level);
          // oxlint-disable-next-line no-await-in-loop -- as a real source gives others a turn
          if (samples.length % 4_096 === 0) await new Promise((resolve) => setImmediate(resolve));
          samples.push({ series: keys[kind]?.[index] ?? "", metric, labels: label, value, time: now });
        }
      }
      return { samples, problems: [] };
    },
  };
}

function valueOf(metric: (typeof metrics)[number], trembling: number, level: number): number {
  switch (metric) {
    case "up":
      return 1;
    case "error_ratio":
      return 0.002 + 0.001 * trembling + 0.4 * (1 - level);
    case "latency_seconds":
      return (0.02 + 0.002 * trembling) / level;
    case "utilization_ratio":
      return Math.min(1, 0.3 + 0.03 * trembling + 0.5 * (1 - level));
  }
}

/** -1 to 1, the same for the same two numbers (murmur3's finalizer). */
function noise(series: number, step: number): number {
  let mixed = (Math.imul(series, 0x9e3779b1) ^ Math.imul(step, 0x85ebca77)) | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return ((mixed ^ (mixed >>> 16)) >>> 0) / 2_147_483_648 - 1;
}

/** The most processor time the main thread took between two turns of a timer: that long everybody else waited. */
function watchEventLoop(): { longest(): number } {
  let longest = 0;
  let last = process.threadCpuUsage();
  const timer = setInterval(() => {
    const { user, system } = process.threadCpuUsage(last);
    last = process.threadCpuUsage();
    longest = Math.max(longest, (user + system) / 1000);
  }, 1);
  return {
    longest() {
      clearInterval(timer);
      return longest;
    },
  };
}

interface Bucket {
  readonly value: number;
  readonly labels: Readonly<Record<string, string | number | undefined>>;
  readonly metricName?: string;
}

async function slowestBatch(registry: Registry): Promise<number> {
  const metric = await registry.getSingleMetric("dharma_model_batch_seconds")?.get();
  const values: readonly Bucket[] = metric?.values ?? [];
  const buckets = values.filter(({ metricName = "" }) => metricName.endsWith("_bucket"));
  const models = new Set(buckets.map(({ labels }) => String(labels["name"])));
  const slowest = [...models].map((name) => {
    const own = buckets.filter(({ labels }) => labels["name"] === name);
    const total = own.find(({ labels }) => labels["le"] === "+Inf")?.value ?? 0;
    const enough = own.find(({ value }) => value >= 0.99 * total);
    const bound = Number(enough?.labels["le"] ?? Number.NaN);
    return 1000 * (Number.isFinite(bound) ? bound : Number.POSITIVE_INFINITY);
  });
  return Math.max(...slowest);
}

if (process.argv[1] === import.meta.filename) {
  const run = await measure(Number(process.argv[2]), new AbortController().signal);
  process.stdout.write(JSON.stringify(run));
  process.exit(); // threads of models may still be ending
}

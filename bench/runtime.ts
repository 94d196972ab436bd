// The runtime beside a Go operator: the same server and objects, one operator at a time, in turn; ratios of medians.
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { BenchContext } from "./context.ts";
import { type Goal, judged, type Measurement, median } from "./measurement.ts";
import { buildPeer, createObjects, type Load, offerLoad } from "./peer.ts";
import { type BenchPlane, startBenchPlane } from "./plane.ts";
import { residentBytes, untilCalm } from "./process-facts.ts";
import { type PeerLine, type Running, startDharma, startPeer } from "./sides.ts";

/** What is measured beside the start: a steady load, a drain, or both. */
export type RuntimePart = "runtime" | "drain";

const steadyRate = 100;
const steadySeconds = 20;
const drainRate = 1_000;
const drainChanges = 10_000;

interface Round {
  readonly cacheSeconds: number;
  readonly startSeconds: number;
  readonly residentBytes: number;
  readonly steady: Load | undefined;
  readonly drain: Load | undefined;
}

interface Sides<T> {
  readonly dharma: T;
  readonly peer: T;
}

const run = promisify(execFile);

export async function runtimeBench(
  context: BenchContext,
  parts: ReadonlySet<RuntimePart>,
): Promise<readonly Measurement[]> {
  const { objects, rounds, signal, tell } = context;
  const program = await buildPeer(context);
  await using plane = await startBenchPlane(context);
  const start = {
    dharma: () => startDharma(plane, signal),
    peer: () => startPeer(plane, program, signal),
  };
  const heapOf = async (side: keyof Sides<unknown>): Promise<number> => {
    const running = await start[side]();
    try {
      await untilCalm(running.pid, calmMs(objects), signal);
      return await running.heapBytes(signal);
    } finally {
      await running.stop();
    }
  };
  tell("heap without objects");
  const empty = { dharma: await heapOf("dharma"), peer: await heapOf("peer") };
  tell(`making ${objects} paused Blueprints`);
  const kubeconfig = plane.control.kubeconfigPath;
  await createObjects(program, { kubeconfig, template: join(import.meta.dirname, "blueprint.yaml"), objects }, signal);
  tell("first statuses by both, and the heap with objects");
  const full = { dharma: await heapOf("dharma"), peer: await heapOf("peer") };

  const measured: { dharma: Round[]; peer: Round[] } = { dharma: [], peer: [] };
  for (let round = 1; round <= rounds; round++) {
    for (const side of ["peer", "dharma"] as const) {
      tell(`round ${round} of ${rounds}: ${side}`);
      // Before the operator, whose own start would compete with it.
      const informer = side === "dharma" ? await syncInformer(plane, context) : undefined;
      const running = await start[side]();
      try {
        const cacheSeconds = "cacheSeconds" in running ? running.cacheSeconds : (informer ?? Number.NaN);
        measured[side].push({
          cacheSeconds,
          ...(await measure(running, { plane, program, parts, context })),
        });
      } finally {
        await running.stop();
      }
    }
  }
  const heapPerObject = {
    dharma: (full.dharma - empty.dharma) / objects,
    peer: (full.peer - empty.peer) / objects,
  };
  return [
    ...(parts.has("runtime") ? runtimeFigures(objects, measured, heapPerObject) : []),
    ...(parts.has("drain") ? drainFigures(objects, measured) : []),
  ];
}

async function measure(
  running: Running,
  options: {
    readonly plane: BenchPlane;
    readonly program: string;
    readonly parts: ReadonlySet<RuntimePart>;
    readonly context: BenchContext;
  },
): Promise<Omit<Round, "cacheSeconds">> {
  const { plane, program, parts, context } = options;
  const { objects, signal, tell } = context;
  await untilCalm(running.pid, calmMs(objects), signal);
  const resident = await residentBytes(running.pid);
  const offer = async (rate: number, changes: number): Promise<Load> => {
    const load = await offerLoad(
      program,
      { kubeconfig: plane.control.kubeconfigPath, rate, changes, pid: running.pid },
      signal,
    );
    tell(`${changes} changes at ${rate}/s: p50 ${load.p50Ms} ms, p99 ${load.p99Ms} ms, all in ${load.seconds} s`);
    return load;
  };
  return {
    startSeconds: running.startSeconds,
    residentBytes: resident,
    steady: parts.has("runtime") ? await offer(steadyRate, Math.min(objects, steadyRate * steadySeconds)) : undefined,
    drain: parts.has("drain") ? await offer(drainRate, Math.min(objects, drainChanges)) : undefined,
  };
}

/** Seconds until Dharma's informer has synced, in a process of its own: the part of the start that the peer times too. */
async function syncInformer(plane: BenchPlane, { signal }: BenchContext): Promise<number> {
  const { stdout } = await run(
    process.execPath,
    [join(import.meta.dirname, "informer.ts"), plane.control.kubeconfigPath],
    { signal },
  );
  const { seconds } = JSON.parse(stdout) as PeerLine;
  return seconds;
}

/** How long an operator may take to write first statuses: on a busy machine, at least 20 objects a second. */
function calmMs(objects: number): number {
  return 60_000 + objects * 50;
}

function runtimeFigures(
  objects: number,
  rounds: { readonly dharma: readonly Round[]; readonly peer: readonly Round[] },
  heapPerObject: Sides<number>,
): readonly Measurement[] {
  const figure = figures("runtime", objects, rounds);
  const steady = (pick: (load: Load) => number) => (round: Round) => (round.steady ? pick(round.steady) : Number.NaN);
  return [
    figure("initial sync of the cache", "s", (round) => round.cacheSeconds, { kind: "timesPeer", factor: 1 }),
    figure("process start until synced and ready", "s", (round) => round.startSeconds),
    figure("RSS", "MiB", (round) => round.residentBytes / 2 ** 20, { kind: "timesPeer", factor: 1.5 }),
    judged(
      {
        name: "runtime",
        data: dataOf(objects),
        metric: "heap an object",
        unit: "KiB",
        value: heapPerObject.dharma / 1024,
        peer: heapPerObject.peer / 1024,
      },
      { kind: "atMost", value: 5 },
    ),
    figure(
      `latency p50 at ${steadyRate} changes/s`,
      "ms",
      steady((load) => load.p50Ms),
      {
        kind: "timesPeer",
        factor: 1,
      },
    ),
    figure(
      `latency p99 at ${steadyRate} changes/s`,
      "ms",
      steady((load) => load.p99Ms),
      {
        kind: "timesPeer",
        factor: 1,
      },
    ),
    figure(
      "CPU a change",
      "ms",
      steady((load) => (load.cpuSeconds * 1000) / load.changes),
      {
        kind: "timesPeer",
        factor: 1.5,
      },
    ),
  ];
}

function drainFigures(
  objects: number,
  rounds: { readonly dharma: readonly Round[]; readonly peer: readonly Round[] },
): readonly Measurement[] {
  const figure = figures("drain", objects, rounds);
  const drain = (pick: (load: Load) => number) => (round: Round) => (round.drain ? pick(round.drain) : Number.NaN);
  const changes = Math.min(objects, drainChanges);
  return [
    figure(
      `${changes} changes offered at ${drainRate}/s, all observed`,
      "s",
      drain((load) => load.seconds),
      {
        kind: "timesPeer",
        factor: 1,
      },
    ),
    figure(
      "CPU a change while draining",
      "ms",
      drain((load) => (load.cpuSeconds * 1000) / load.changes),
      {
        kind: "timesPeer",
        factor: 1.5,
      },
    ),
  ];
}

function figures(
  name: RuntimePart,
  objects: number,
  rounds: { readonly dharma: readonly Round[]; readonly peer: readonly Round[] },
) {
  return (metric: string, unit: string, pick: (round: Round) => number, goal?: Goal): Measurement =>
    judged(
      {
        name,
        data: dataOf(objects),
        metric,
        unit,
        value: median(rounds.dharma.map(pick)),
        peer: median(rounds.peer.map(pick)),
      },
      goal,
    );
}

function dataOf(objects: number): string {
  return `${objects} paused Blueprints`;
}

// The runtime beside a Go operator: the same server and objects, one operator at a time, in turn; ratios of medians.
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { BenchContext } from "./context.ts";
import type { Measurement } from "./measurement.ts";
import { createPrototype, multiply, touchPrototype } from "./objects.ts";
import { buildPeer, type Load, offerLoad, VoidLoad } from "./peer.ts";
import { type BenchPlane, startBenchPlane } from "./plane.ts";
import { residentBytes } from "./process-facts.ts";
import { type Loads, type Round, type RuntimePart, runtimeFigures, type Sides } from "./runtime-figures.ts";
import { type Schema, useSchema } from "./schema.ts";
import { type PeerLine, type Running, startDharma, startPeer } from "./sides.ts";

const offers = {
  /** The yardstick's rate. */
  steady: { rate: 100, changes: 1_000 },
  /** Where the API server checks each change by the real schema and neither it nor the operator is saturated. */
  calm: { rate: 20, changes: 400 },
  /** The yardstick's rate with the real schema: the API server is saturated. Few, so that none waits until it is refused. */
  saturated: { rate: 100, changes: 500 },
  drain: { rate: 1_000, changes: 10_000 },
} as const;

const run = promisify(execFile);

interface Bench {
  readonly plane: BenchPlane;
  readonly program: string;
  readonly parts: ReadonlySet<RuntimePart>;
  readonly context: BenchContext;
}

export async function runtimeBench(
  context: BenchContext,
  parts: ReadonlySet<RuntimePart>,
): Promise<readonly Measurement[]> {
  const { objects, rounds, signal, tell } = context;
  const program = await buildPeer(context);
  await using plane = await startBenchPlane(context);
  const bench: Bench = { plane, program, parts, context };
  await useSchema(plane, "none", signal);
  tell("heap without objects");
  const empty = await heaps(bench, 0, () => Promise.resolve());
  tell(`making ${objects} paused Blueprints, observed by both`);
  await createPrototype(plane, signal);
  await heaps(bench, 1, (side) => touchPrototype(plane, `observed by ${side}`, signal));
  await multiply(plane, objects - 1, signal);
  tell("heap with objects");
  const full = await heaps(bench, objects, () => Promise.resolve());
  const measured = await alternate(bench, rounds, "none");
  if (parts.has("runtime")) await useSchema(plane, "real", signal);
  const checked = parts.has("runtime") ? await alternate(bench, rounds, "real") : { dharma: [], peer: [] };
  const heapPerObject = {
    dharma: (full.dharma - empty.dharma) / objects,
    peer: (full.peer - empty.peer) / objects,
  };
  return runtimeFigures({ objects, parts, measured, checked, heapPerObject, offers });
}

/** Live heap of both when they rest, after `meanwhile`. */
async function heaps(
  bench: Bench,
  objects: number,
  meanwhile: (side: keyof Sides<unknown>) => Promise<void>,
): Promise<Sides<number>> {
  const { signal } = bench.context;
  const of = async (side: keyof Sides<unknown>): Promise<number> => {
    const running = await start(bench, side);
    try {
      await meanwhile(side);
      await running.settled(objects, signal);
      return await running.heapBytes(signal);
    } finally {
      await running.stop();
    }
  };
  return { dharma: await of("dharma"), peer: await of("peer") };
}

function start({ plane, program, context }: Bench, side: keyof Sides<unknown>) {
  return side === "dharma" ? startDharma(plane, "real", context.signal) : startPeer(plane, program, context.signal);
}

async function alternate(
  bench: Bench,
  rounds: number,
  schema: Schema,
): Promise<{ readonly dharma: readonly Round[]; readonly peer: readonly Round[] }> {
  const { plane, context } = bench;
  const measured: { dharma: Round[]; peer: Round[] } = { dharma: [], peer: [] };
  for (let round = 1; round <= rounds; round++) {
    for (const side of ["peer", "dharma"] as const) {
      context.tell(`round ${round} of ${rounds}, schema ${schema}: ${side}`);
      // Before the operator, whose own start would compete with it.
      const informer = side === "dharma" && schema === "none" ? await syncInformer(plane, context) : undefined;
      const running = await start(bench, side);
      try {
        const cacheSeconds = "cacheSeconds" in running ? running.cacheSeconds : (informer ?? Number.NaN);
        measured[side].push({ cacheSeconds, ...(await measure(bench, running, schema)) });
      } finally {
        await running.stop();
      }
    }
  }
  return measured;
}

async function measure(bench: Bench, running: Running, schema: Schema): Promise<Omit<Round, "cacheSeconds">> {
  const { plane, program, parts, context } = bench;
  const { objects, signal, tell } = context;
  await running.settled(objects, signal);
  const resident = await residentBytes(running.pid);
  /** Nothing where the load was void: the figures beside it still count. */
  const offer = async (kind: keyof Loads): Promise<Partial<Record<keyof Loads, Load>>> => {
    const { rate, changes } = offers[kind];
    const { kubeconfigPath: kubeconfig } = plane.control;
    try {
      const load = await offerLoad(program, { kubeconfig, rate, changes, pid: running.pid }, signal);
      tell(`${changes} changes at ${rate}/s: p50 ${load.p50Ms} ms, p99 ${load.p99Ms} ms, all in ${load.seconds} s`);
      return { [kind]: load };
    } catch (error) {
      if (!(error instanceof VoidLoad)) throw error;
      tell(`${changes} changes at ${rate}/s say nothing: ${error.message}`);
      return {};
    }
  };
  return {
    startSeconds: running.startSeconds,
    residentBytes: resident,
    loads: {
      ...(schema === "real" ? { ...(await offer("calm")), ...(await offer("saturated")) } : {}),
      ...(schema === "none" && parts.has("runtime") ? await offer("steady") : {}),
      ...(schema === "none" && parts.has("drain") ? await offer("drain") : {}),
    },
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

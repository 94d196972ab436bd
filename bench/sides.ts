// The two operators of a measurement, as processes: Dharma's real process and the Go peer.
import { join } from "node:path";
import { systemClock } from "../src/kube/index.ts";
import { freePorts } from "../src/local/index.ts";
import { logTail, type PlaneProcess } from "../src/local/plane/process.ts";
import { liveHeapBytes } from "./inspector.ts";
import { type BenchPlane, namespace, root } from "./plane.ts";
import { childrenOf, untilCalm } from "./process-facts.ts";
import { sumOf } from "./prometheus.ts";
import { readFile } from "node:fs/promises";

/** An operator that has synced. */
export interface Running {
  readonly pid: number;
  /** From the start of the process until its cache held everything and it was ready. */
  readonly startSeconds: number;
  /** Resolves when it has looked at each of `objects` and rests: what comes then is the load's, not the start's. */
  settled(objects: number, signal: AbortSignal): Promise<void>;
  /** Live heap after a collection. May disturb what comes after: ask last. */
  heapBytes(signal: AbortSignal): Promise<number>;
  stop(): Promise<void>;
}

/** Workers of the peer, as the yardstick's method has it. */
const peerWorkers = 8;

export interface DharmaRunning extends Running {
  readonly metricsUrl: string;
  readonly cloudControl: string;
}

/** The cloud the operator is started for. The simulated one lives in the operator's own process; a cluster's has none. */
export type BenchCloud = "simulated" | "real";

/**
 * `bin/dharma operator` as it comes, but without webhooks: the peer has none, and their cost is admission's, not the runtime's.
 * The process that is measured is the operator's, not that of the launcher.
 */
export async function startDharma(
  plane: BenchPlane,
  cloud: BenchCloud,
  signal: AbortSignal,
  flags: readonly string[] = [],
): Promise<DharmaRunning> {
  const [metrics = 0, health = 0, control = 0, inspect = 0] = await freePorts(4);
  const began = systemClock.monotonic();
  const process = await plane.start("dharma", "env", [
    `NODE_OPTIONS=--inspect-port=${inspect}`,
    globalThis.process.execPath,
    join(root, "bin", "dharma"),
    "operator",
    "--kubeconfig",
    plane.control.kubeconfigPath,
    "--cloud",
    cloud,
    ...(cloud === "simulated" ? ["--cloud-control", `127.0.0.1:${control}`] : []),
    "--metrics-address",
    `127.0.0.1:${metrics}`,
    "--health-address",
    `127.0.0.1:${health}`,
    "--pulumi",
    plane.tools.pulumi ?? "pulumi",
    "--opa",
    plane.tools.opa ?? "opa",
    ...flags,
  ]);
  await until(process, signal, () =>
    fetch(`http://127.0.0.1:${health}/readyz`, { signal }).then(
      async (answer) => {
        await answer.body?.cancel();
        return answer.ok ? true : undefined;
      },
      () => undefined,
    ),
  );
  const metricsUrl = `http://127.0.0.1:${metrics}/metrics`;
  const [pid] = await childrenOf(process.pid);
  if (pid === undefined) throw new Error("bin/dharma has started no operator");
  return {
    pid,
    startSeconds: (systemClock.monotonic() - began) / 1000,
    metricsUrl,
    async settled(objects, within) {
      // It is ready before it holds its shards; the first passes come with them.
      await until(process, within, async () => ((await firstPasses(metricsUrl, within)) >= objects ? true : undefined));
      await untilCalm(pid, calmMs(objects), within);
    },
    cloudControl: `http://127.0.0.1:${control}`,
    heapBytes: (within) => liveHeapBytes(pid, inspect, within),
    stop: () => process.stop(),
  };
}

/** 0 where it does not answer: it is busy, or has just closed the connection of the question before. */
async function firstPasses(metricsUrl: string, signal: AbortSignal): Promise<number> {
  await systemClock.sleep(500, signal); // a scrape costs the operator a few milliseconds
  const text = await fetch(metricsUrl, { signal }).then(
    (answer) => answer.text(),
    () => "",
  );
  return sumOf(text, "controller_runtime_reconcile_total", ({ controller }) => controller === "blueprint");
}

/** How long the first look at everything may take: on a busy machine, at least 20 objects a second. */
function calmMs(objects: number): number {
  return 60_000 + objects * 50;
}

/** The line `peer operator` prints, twice: at once, then with the heap after a collection. */
export interface PeerLine {
  readonly objects: number;
  /** From the start of its manager until its cache had synced. */
  readonly seconds: number;
  readonly heapBytes: number;
}

export interface PeerRunning extends Running {
  readonly cacheSeconds: number;
}

export async function startPeer(plane: BenchPlane, program: string, signal: AbortSignal): Promise<PeerRunning> {
  const began = systemClock.monotonic();
  const process = await plane.start("peer", program, [
    "operator",
    "--kubeconfig",
    plane.control.kubeconfigPath,
    "--namespace",
    namespace,
    "--workers",
    `${peerWorkers}`,
  ]);
  const line = (number: number) => until(process, signal, async () => (await linesOf(process))[number]);
  const first = await line(0);
  const startSeconds = (systemClock.monotonic() - began) / 1000;
  return {
    pid: process.pid,
    startSeconds,
    cacheSeconds: first.seconds,
    settled: (objects, within) => untilCalm(process.pid, calmMs(objects), within),
    heapBytes: async () => (await line(1)).heapBytes,
    stop: () => process.stop(),
  };
}

async function linesOf(process: PlaneProcess): Promise<readonly PeerLine[]> {
  const text = await readFile(process.logFile, "utf8");
  return text
    .split("\n")
    .slice(0, -1)
    .filter((line) => line.startsWith('{"objects"'))
    .map((line) => JSON.parse(line) as PeerLine);
}

/** Asks every 20 ms; rejects with the end of the log when the process ends or ten minutes have passed. */
async function until<T>(process: PlaneProcess, signal: AbortSignal, ask: () => Promise<T | undefined>): Promise<T> {
  let ended: string | undefined;
  void process.exited.then((how) => (ended = how));
  const deadline = systemClock.monotonic() + 600_000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (ended !== undefined || systemClock.monotonic() > deadline)
      throw new Error(`${process.name} ${ended ?? "was not ready in 10 minutes"}:\n${await logTail(process, 12)}`);
    await systemClock.sleep(20, signal);
  }
}

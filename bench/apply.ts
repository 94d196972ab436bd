// From a new Blueprint to Ready through the whole operator, beside `pulumi up --skip-preview` of the same program.
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { blueprints, namespaces } from "../src/api/index.ts";
import { systemClock } from "../src/kube/index.ts";
import { createSdkCatalog, type ResourceGraph, translate } from "../src/provision/index.ts";
import { startSimulatedCloud } from "../src/provision/simulated/index.ts";
import { CREDENTIALS } from "../src/provision/worker/testing.ts";
import type { BareOrder } from "./bare.ts";
import { tenComponents } from "./blueprints.ts";
import { untilReady } from "./built.ts";
import type { BenchContext } from "./context.ts";
import { judged, type Measurement, median } from "./measurement.ts";
import type { BenchPlane } from "./plane.ts";
import { cpuTimes, untilCalm } from "./process-facts.ts";
import { startDharma } from "./sides.ts";

const run = promisify(execFile);
/** A quick cloud, and one where each create takes as long as a small cloud resource does. */
const latencies = [0, 2_000] as const;

interface Applied {
  readonly seconds: number;
  /** CPU time of the processes that were started for it. */
  readonly cpuSeconds: number;
}

interface Built extends Applied {
  /** Of `seconds`, until the plan was made and allowed: what the bare CLI was told to skip. */
  readonly planSeconds: number;
}

export async function appliesBench(plane: BenchPlane, context: BenchContext): Promise<readonly Measurement[]> {
  const { rounds, signal, tell } = context;
  const graph = graphOf();
  const measurements: Measurement[] = [];
  for (const latencyMs of latencies) {
    const bare: Applied[] = [];
    const ours: Built[] = [];
    for (let round = 1; round <= rounds; round++) {
      tell(`round ${round} of ${rounds}, ${latencyMs} ms a create: bare CLI`);
      bare.push(await applyBare(plane, graph, latencyMs, signal));
      tell(`round ${round} of ${rounds}, ${latencyMs} ms a create: Dharma`);
      ours.push(await applyOurs(plane, latencyMs, signal));
    }
    const data = `10 components, ${graph.nodes.length} resources, simulated cloud, ${latencyMs} ms a create`;
    const value = median(ours.map(({ seconds }) => seconds));
    const peer = median(bare.map(({ seconds }) => seconds));
    measurements.push(
      judged(
        { name: "blueprint", data, metric: "from a new Blueprint to Ready", unit: "s", value, peer },
        { kind: "timesPeer", factor: 1.15 },
      ),
      judged(
        { name: "blueprint", data, metric: "overhead over the bare CLI", unit: "%", value: (value / peer - 1) * 100 },
        { kind: "atMost", value: 15 },
      ),
      judged({
        name: "blueprint",
        data,
        metric: "of it until the plan is made and allowed",
        unit: "s",
        value: median(ours.map(({ planSeconds }) => planSeconds)),
      }),
      judged({
        name: "blueprint",
        data,
        metric: "CPU of the processes started for it",
        unit: "s",
        value: median(ours.map(({ cpuSeconds }) => cpuSeconds)),
        peer: median(bare.map(({ cpuSeconds }) => cpuSeconds)),
      }),
    );
  }
  return measurements;
}

/** A cloud, a process, an empty state on a file backend. */
async function applyBare(
  plane: BenchPlane,
  graph: ResourceGraph,
  latencyMs: number,
  signal: AbortSignal,
): Promise<Applied> {
  const folder = await mkdtemp(join(plane.folder, "bare-"));
  const stop = new AbortController();
  const cloud = await startSimulatedCloud({
    signal: AbortSignal.any([signal, stop.signal]),
    clock: systemClock,
    random: Math.random,
  });
  try {
    await slowDown(cloud.control, latencyMs, signal);
    const cli = plane.tools.pulumi ?? "pulumi";
    const order: BareOrder = { graph, ports: cloud.providers, folder, cli, credentials: CREDENTIALS };
    const file = join(folder, "order.json");
    await writeFile(file, JSON.stringify(order));
    const before = await cpuTimes(process.pid);
    const began = systemClock.monotonic();
    await run(process.execPath, [join(import.meta.dirname, "bare.ts"), file], { signal });
    const seconds = (systemClock.monotonic() - began) / 1000;
    return { seconds, cpuSeconds: (await cpuTimes(process.pid)).children - before.children };
  } finally {
    stop.abort(new Error("measured"));
    await cloud.closed;
    await rm(folder, { recursive: true, force: true });
  }
}

/** An operator that has just started and rests, and a namespace of its own, whose account it has never asked for. */
async function applyOurs(plane: BenchPlane, latencyMs: number, signal: AbortSignal): Promise<Built> {
  const key = { namespace: `apply-${Date.now().toString(36)}`, name: "ten" };
  const home = { apiVersion: "v1", kind: "Namespace", metadata: { name: key.namespace } };
  await plane.kube.apply(namespaces, home, { fieldManager: "bench", signal });
  const dharma = await startDharma(plane, "simulated", signal);
  try {
    await slowDown(dharma.cloudControl, latencyMs, signal);
    await dharma.settled(1, signal);
    const before = await cpuTimes(dharma.pid);
    const began = systemClock.monotonic();
    await plane.kube.apply(blueprints, tenComponents(key), { fieldManager: "bench", signal });
    let applying: number | undefined;
    await untilReady(plane.kube, key, dharma, signal, ({ status }) => {
      if (status?.phase === "Applying") applying ??= systemClock.monotonic();
    });
    const seconds = (systemClock.monotonic() - began) / 1000;
    await untilCalm(dharma.pid, 60_000, signal).catch(() => undefined); // ended workers have been waited for
    return {
      seconds,
      planSeconds: ((applying ?? Number.NaN) - began) / 1000,
      cpuSeconds: (await cpuTimes(dharma.pid)).children - before.children,
    };
  } finally {
    await dharma.stop();
  }
}

async function slowDown(control: string, latencyMs: number, signal: AbortSignal): Promise<void> {
  if (latencyMs === 0) return;
  const body = JSON.stringify({ kind: "slow", match: { operation: "create" }, latencyMs });
  const answer = await fetch(`${control}/faults`, { method: "POST", body, signal });
  if (!answer.ok) throw new Error(`the cloud could not be slowed down: ${await answer.text()}`);
}

function graphOf(): ResourceGraph {
  const { spec, metadata } = tenComponents({ namespace: "bench", name: "apply" });
  const identity = { uid: "6f1c9f0e-0000-4000-8000-000000000001", name: metadata.name, namespace: "bench" };
  const translation = translate(spec, {}, { identity, catalog: createSdkCatalog() });
  if (translation.kind === "refused") throw new Error(JSON.stringify(translation.problems));
  return translation.graph;
}

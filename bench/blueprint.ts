// The life of one Blueprint: what a pass costs that changes nothing, and what Dharma adds to the bare Pulumi CLI.
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Blueprint, blueprints } from "../src/api/index.ts";
import { systemClock } from "../src/kube/index.ts";
import {
  createSdkCatalog,
  createWorkerPool,
  type OperationRequest,
  type OperationResult,
  type ResourceGraph,
  translate,
} from "../src/provision/index.ts";
import { startSimulatedCloud } from "../src/provision/simulated/index.ts";
import { parseKeyRing, secretStackStore, startStateService } from "../src/provision/state/index.ts";
import { CREDENTIALS } from "../src/provision/worker/testing.ts";
import type { BareOrder } from "./bare.ts";
import { untilReady } from "./built.ts";
import type { BenchContext } from "./context.ts";
import { judged, type Measurement, median } from "./measurement.ts";
import { type BenchPlane, namespace, startBenchPlane } from "./plane.ts";
import { childrenOf, cpuTimes, untilCalm } from "./process-facts.ts";
import { sumOf } from "./prometheus.ts";
import { startDharma } from "./sides.ts";

const run = promisify(execFile);
const passes = 200;
/** A quick cloud, and one where each create takes as long as a small cloud resource does. */
const latencies = [0, 2_000] as const;

export async function blueprintBench(context: BenchContext): Promise<readonly Measurement[]> {
  await using plane = await startBenchPlane(context);
  return [...(await calmPasses(plane, context)), ...(await applies(plane, context))];
}

/** Passes of a built Blueprint, caused by label changes, as the operator's own metrics time them. */
async function calmPasses(plane: BenchPlane, { signal, tell }: BenchContext): Promise<readonly Measurement[]> {
  const dharma = await startDharma(plane, "simulated", signal);
  try {
    tell("building a Blueprint");
    const key = { namespace, name: "built" };
    await plane.kube.apply(blueprints, blueprint(key.name, 10), { fieldManager: "bench", signal });
    await untilReady(plane.kube, key, dharma, signal);
    await untilCalm(dharma.pid, 60_000, signal).catch(() => undefined);
    const before = { ...(await passTimes(dharma.metricsUrl, signal)), cpu: await cpuTimes(dharma.pid) };
    tell(`${passes} passes that change nothing`);
    for (let pass = 1; pass <= passes; pass++) {
      const body = { metadata: { labels: { pass: `${pass}` } } };
      await plane.kube.patch(blueprints, key, { kind: "merge", body }, { signal });
      await systemClock.sleep(20, signal);
      if (pass % 20 === 0 && (await childrenOf(dharma.pid)).length > 0) throw startedOne();
    }
    await untilCalm(dharma.pid, 60_000, signal).catch(() => undefined);
    const after = { ...(await passTimes(dharma.metricsUrl, signal)), cpu: await cpuTimes(dharma.pid) };
    // A worker takes half a second of CPU at least, and is waited for.
    if (after.cpu.children !== before.cpu.children) throw startedOne();
    const count = after.count - before.count;
    if (count < passes / 2) throw new Error(`only ${count} passes were made for ${passes} changes`);
    const data = `${count} passes of a built Blueprint of 10 components`;
    return [
      judged(
        {
          name: "blueprint",
          data,
          metric: "a pass that changes nothing, mean (no process started)",
          unit: "ms",
          value: ((after.seconds - before.seconds) * 1000) / count,
        },
        { kind: "atMost", value: 5 },
      ),
      judged({
        name: "blueprint",
        data,
        metric: "passes under 5 ms",
        unit: "%",
        value: ((after.quick - before.quick) * 100) / count,
      }),
    ];
  } finally {
    await dharma.stop();
  }
}

function startedOne(): Error {
  return new Error("a pass that changes nothing started a process");
}

async function passTimes(url: string, signal: AbortSignal) {
  const text = await fetch(url, { signal }).then((answer) => answer.text());
  const histogram = "controller_runtime_reconcile_time_seconds";
  const own = ({ controller }: Readonly<Record<string, string | undefined>>): boolean => controller === "blueprint";
  return {
    count: sumOf(text, `${histogram}_count`, own),
    seconds: sumOf(text, `${histogram}_sum`, own),
    quick: sumOf(text, `${histogram}_bucket`, (labels) => own(labels) && labels["le"] === "0.005"),
  };
}

interface Applied {
  readonly seconds: number;
  /** Of that, the preview that the bare CLI was told to skip. */
  readonly planSeconds: number;
}

/** Plan and apply through worker and state service, beside `pulumi up --skip-preview` of the same program on a file backend. */
async function applies(plane: BenchPlane, context: BenchContext): Promise<readonly Measurement[]> {
  const { rounds, signal, tell } = context;
  const graph = graphOf(blueprint("apply", 10));
  const measurements: Measurement[] = [];
  for (const latencyMs of latencies) {
    const bare: number[] = [];
    const ours: Applied[] = [];
    for (let round = 1; round <= rounds; round++) {
      tell(`round ${round} of ${rounds}, ${latencyMs} ms a create: bare CLI`);
      bare.push(await onFreshCloud(latencyMs, signal, (ports) => applyBare(plane, graph, ports, signal)));
      tell(`round ${round} of ${rounds}, ${latencyMs} ms a create: Dharma`);
      ours.push(await onFreshCloud(latencyMs, signal, (ports) => applyOurs(plane, graph, ports, signal)));
    }
    const data = `10 components, ${graph.nodes.length} resources, simulated cloud, ${latencyMs} ms a create`;
    const value = median(ours.map(({ seconds }) => seconds));
    const peer = median(bare);
    measurements.push(
      judged(
        { name: "blueprint", data, metric: "plan and apply", unit: "s", value, peer },
        { kind: "timesPeer", factor: 1.15 },
      ),
      judged(
        { name: "blueprint", data, metric: "overhead over the bare CLI", unit: "%", value: (value / peer - 1) * 100 },
        { kind: "atMost", value: 15 },
      ),
      judged({
        name: "blueprint",
        data,
        metric: "of it the plan, which the bare CLI skips",
        unit: "s",
        value: median(ours.map(({ planSeconds }) => planSeconds)),
      }),
    );
  }
  return measurements;
}

type Ports = Readonly<Record<string, number>>;

async function onFreshCloud<T>(latencyMs: number, signal: AbortSignal, work: (ports: Ports) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  const cloud = await startSimulatedCloud({
    signal: AbortSignal.any([signal, stop.signal]),
    clock: systemClock,
    random: Math.random,
  });
  try {
    if (latencyMs > 0) {
      const answer = await fetch(`${cloud.control}/faults`, {
        method: "POST",
        body: JSON.stringify({ kind: "slow", match: { operation: "create" }, latencyMs }),
        signal,
      });
      if (!answer.ok) throw new Error(`the cloud could not be slowed down: ${await answer.text()}`);
    }
    return await work(cloud.providers);
  } finally {
    stop.abort(new Error("measured"));
    await cloud.closed;
  }
}

async function applyBare(plane: BenchPlane, graph: ResourceGraph, ports: Ports, signal: AbortSignal): Promise<number> {
  const folder = await mkdtemp(join(plane.folder, "bare-"));
  const order: BareOrder = { graph, ports, folder, cli: plane.tools.pulumi ?? "pulumi", credentials: CREDENTIALS };
  const file = join(folder, "order.json");
  await writeFile(file, JSON.stringify(order));
  const began = systemClock.monotonic();
  await run(process.execPath, [join(import.meta.dirname, "bare.ts"), file], { signal });
  const seconds = (systemClock.monotonic() - began) / 1000;
  await rm(folder, { recursive: true, force: true });
  return seconds;
}

async function applyOurs(plane: BenchPlane, graph: ResourceGraph, ports: Ports, signal: AbortSignal): Promise<Applied> {
  const folder = await mkdtemp(join(plane.folder, "ours-"));
  const id = randomBytes(4).toString("hex");
  const state = await startStateService({
    store: secretStackStore({ kube: plane.kube, namespace }),
    keys: parseKeyRing(`k1 ${randomBytes(32).toString("base64")}`),
    clock: systemClock,
    onEngineEvent: () => undefined,
    onFailure: (call, error) => process.stderr.write(`state service: ${call}: ${String(error)}\n`),
  });
  const pool = createWorkerPool({ size: 1, clock: systemClock, cli: plane.tools.pulumi ?? "pulumi", folder });
  const stack = { organization: "bench", project: "apply", stack: id };
  const operate = async (request: OperationRequest, accessToken: string): Promise<OperationResult> => {
    const result = await pool.runOperation(
      {
        id: `bench-${request.kind}`,
        namespace,
        stack: { organization: stack.organization, project: stack.project, name: stack.stack },
        request,
        backend: { kind: "service", url: state.url, accessToken },
        plugins: { kind: "attached", ports },
        credentials: CREDENTIALS,
        deadlineMs: 600_000,
      },
      { signal },
    );
    if (result.kind === "failed")
      throw new Error(`${request.kind}: ${result.failure.reason}: ${result.failure.message}`);
    return result;
  };
  try {
    const began = systemClock.monotonic();
    const owner = { uid: id, namespace, name: "apply" };
    const lease = await state.acquire({ stack, holder: id, takeover: { kind: "free" }, owner }, signal);
    const token = (rights: "read" | "write"): string =>
      state.issueToken({ lease, rights, expireTime: Date.now() + 600_000 });
    const planned = await operate({ kind: "plan", graph, refresh: "none" }, token("read"));
    if (planned.kind !== "planned" || planned.saved === undefined) throw new Error("no plan was made");
    const planSeconds = (systemClock.monotonic() - began) / 1000;
    await operate({ kind: "apply", graph, plan: planned.saved, stateDigest: planned.stateDigest }, token("write"));
    await state.release(lease, signal);
    return { seconds: (systemClock.monotonic() - began) / 1000, planSeconds };
  } finally {
    await pool.close(AbortSignal.timeout(45_000));
    await state.close(AbortSignal.timeout(10_000));
    await rm(folder, { recursive: true, force: true });
  }
}

function graphOf({ spec, metadata }: Blueprint): ResourceGraph {
  const identity = { uid: "6f1c9f0e-0000-4000-8000-000000000001", name: metadata.name, namespace };
  const translation = translate(spec, {}, { identity, catalog: createSdkCatalog() });
  if (translation.kind === "refused") throw new Error(JSON.stringify(translation.problems));
  return translation.graph;
}

/** One network, machines in it, the rest buckets: what a small product has. */
function blueprint(name: string, components: number): Blueprint {
  const machines = Math.floor(components / 3);
  const spec = {
    provider: "aws",
    region: "eu-central-1",
    approval: "Never",
    drift: { mode: "Ignore", interval: "1h" },
    components: [
      { name: "net", type: "Network", properties: { cidr: "10.20.0.0/16", zones: 2 } },
      ...Array.from({ length: machines }, (_, index) => ({
        name: `vm${index}`,
        type: "VirtualMachine",
        properties: { cpu: 2, memory: "4Gi", image: "debian-12", network: "${net.id}" },
      })),
      ...Array.from({ length: components - machines - 1 }, (_, index) => ({
        name: `bucket${index}`,
        type: "ObjectStore",
      })),
    ],
  };
  const object: unknown = {
    apiVersion: "iacdharma.com/v1alpha1",
    kind: "Blueprint",
    metadata: { name, namespace },
    spec,
  };
  return object as Blueprint;
}

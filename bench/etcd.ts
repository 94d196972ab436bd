// What one apply of sixty resources writes: to the API server, counted by kind, and to etcd, in bytes.
import { Agent, fetch as undiciFetch } from "undici";
import { readFile } from "node:fs/promises";
import { type Blueprint, blueprints } from "../src/api/index.ts";
import { systemClock } from "../src/kube/index.ts";
import type { BenchContext } from "./context.ts";
import { judged, type Measurement } from "./measurement.ts";
import { type BenchPlane, namespace, startBenchPlane } from "./plane.ts";
import { untilCalm } from "./process-facts.ts";
import { type DharmaRunning, startDharma } from "./sides.ts";
import { sumOf } from "./prometheus.ts";
import { untilReady } from "./built.ts";

const resources = 60;
const idleSeconds = 15;

/** What an apply of a Blueprint writes. Leases go on whether or not anything is applied. */
const written = ["blueprints", "blueprintruns", "secrets", "configmaps", "events"] as const;
const writingVerbs: ReadonlySet<string> = new Set(["POST", "PUT", "PATCH", "APPLY", "DELETE"]);

interface Counters {
  readonly writes: ReadonlyMap<string, number>;
  readonly etcdBytes: number;
  readonly etcdPuts: number;
}

export async function etcdBench(context: BenchContext): Promise<readonly Measurement[]> {
  const { signal, tell } = context;
  await using plane = await startBenchPlane(context);
  const dharma = await startDharma(plane, "simulated", signal);
  try {
    await untilCalm(dharma.pid, 60_000, signal).catch(() => undefined);
    const reader = counterReader(plane, signal);
    tell(`what is written at rest, ${idleSeconds} s`);
    const rest = await reader();
    await systemClock.sleep(idleSeconds * 1000, signal);
    const before = await reader();
    tell(`applying ${resources} resources`);
    const began = systemClock.monotonic();
    await plane.kube.apply(blueprints, sixtyQueues(), { fieldManager: "bench", signal });
    await untilReady(plane.kube, { namespace, name: "sixty" }, dharma, signal);
    await settle(dharma, signal);
    const seconds = (systemClock.monotonic() - began) / 1000;
    return figuresOf(rest, before, await reader(), seconds);
  } finally {
    await dharma.stop();
  }
}

function figuresOf(rest: Counters, before: Counters, after: Counters, seconds: number): readonly Measurement[] {
  const atRest = (pick: (counters: Counters) => number): number =>
    ((pick(before) - pick(rest)) / idleSeconds) * seconds;
  const grown = (pick: (counters: Counters) => number): number => pick(after) - pick(before) - atRest(pick);
  const data = `apply of ${resources} resources`;
  const each = (metric: string, unit: string, value: number): Measurement =>
    judged({ name: "etcd", data, metric, unit, value: value / resources });
  return [
    each(
      "writes to the API server a resource, all kinds but leases",
      "writes",
      grown((counters) => counters.writes.values().reduce((sum, count) => sum + count, 0)),
    ),
    ...written.map((kind) =>
      each(
        `writes of ${kind} a resource`,
        "writes",
        grown((counters) => counters.writes.get(kind) ?? 0),
      ),
    ),
    each(
      "puts to etcd a resource, less those at rest",
      "writes",
      grown((counters) => counters.etcdPuts),
    ),
    each("bytes sent to etcd a resource, less those at rest", "KiB", grown((counters) => counters.etcdBytes) / 1024),
  ];
}

function counterReader(plane: BenchPlane, signal: AbortSignal): () => Promise<Counters> {
  return async () => {
    const agent = new Agent({ connect: { ca: await readFile(plane.control.caFile, "utf8") } });
    try {
      const api = await undiciFetch(`${plane.control.url}/metrics`, {
        dispatcher: agent,
        signal,
        headers: { authorization: `Bearer ${plane.control.adminToken}` },
      }).then((answer) => answer.text());
      const etcd = await fetch(`${plane.control.etcdUrl}/metrics`, { signal }).then((answer) => answer.text());
      const count = (kind: string): number =>
        sumOf(
          api,
          "apiserver_request_total",
          ({ resource, verb = "", code = "" }) => resource === kind && writingVerbs.has(verb) && code.startsWith("2"),
        );
      return {
        writes: new Map(written.map((kind) => [kind, count(kind)])),
        etcdBytes: sumOf(etcd, "etcd_network_client_grpc_received_bytes_total"),
        etcdPuts: sumOf(etcd, "etcd_mvcc_put_total"),
      };
    } finally {
      await agent.close();
    }
  };
}

/** Until events, audit and history have been written too. */
async function settle(dharma: DharmaRunning, signal: AbortSignal): Promise<void> {
  await systemClock.sleep(5_000, signal);
  await untilCalm(dharma.pid, 60_000, signal).catch(() => undefined);
}

function sixtyQueues(): Blueprint {
  const spec = {
    provider: "aws",
    region: "eu-central-1",
    approval: "Never",
    resources: Array.from({ length: resources }, (_, index) => ({
      name: `queue-${index}`,
      type: "aws:sqs/queue:Queue",
      properties: { visibilityTimeoutSeconds: 60, delaySeconds: index % 10, tags: { team: "shop" } },
    })),
  };
  return {
    apiVersion: "iacdharma.com/v1alpha1",
    kind: "Blueprint",
    metadata: { name: "sixty", namespace },
    spec,
  } as unknown as Blueprint;
}

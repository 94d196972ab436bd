// CPU and memory of Pods and nodes from the cluster's metrics API (metrics.k8s.io/v1beta1), where one is installed.
import { isKubeError, type Kube } from "../kube/index.ts";
import { quantityOf } from "./quantity.ts";
import { type Labels, type Sample, seriesKey, type SignalReading, type SignalSource } from "./sample.ts";

/** What a Pod may use or a node has to give, in cores and bytes. Absent where there is no limit. */
export interface Capacity {
  readonly cpu?: number;
  readonly memory?: number;
}

export interface MetricsApiOptions {
  readonly kube: Pick<Kube, "getPath">;
  /** Limits of a Pod's containers, all together; undefined where not all have one. */
  readonly limitsOf?: (namespace: string, pod: string) => Capacity | undefined;
  /** A node's allocatable resources. */
  readonly allocatableOf?: (node: string) => Capacity | undefined;
  /** Readings older than this are no readings of now, in milliseconds. Default 3 minutes: metrics-server scrapes once a minute at most. */
  readonly staleMs?: number;
}

interface Kind {
  readonly plural: "pods" | "nodes";
  readonly prefix: "pod" | "node";
}

const kinds: readonly Kind[] = [
  { plural: "pods", prefix: "pod" },
  { plural: "nodes", prefix: "node" },
];

/**
 * Gauges `pod_cpu_cores`, `pod_memory_bytes` (labels namespace, pod), `node_cpu_cores`, `node_memory_bytes` (label node), and where the
 * capacity is known `pod_cpu_utilization_ratio` and the like. A cluster without the API is one problem, `MetricsApiAbsent`: common and no
 * failure of ours.
 */
export function createMetricsApi(options: MetricsApiOptions): SignalSource {
  const read = async (kind: Kind, now: number, signal: AbortSignal): Promise<SignalReading> => {
    const path = `/apis/metrics.k8s.io/v1beta1/${kind.plural}`;
    try {
      const list = await options.kube.getPath(path, { signal, retry: "none" });
      return readList(list, path, kind, now, options);
    } catch (error) {
      signal.throwIfAborted();
      if (!isKubeError(error)) throw error;
      const isAbsent = error.kind === "notFound" || error.status === 503;
      return problem(isAbsent ? "MetricsApiAbsent" : "KubeError", isAbsent ? absent : error.message);
    }
  };
  return {
    name: "metrics API",
    read: async (now, { signal }) => {
      const [pods = nothing, nodes = nothing] = await Promise.all(kinds.map((kind) => read(kind, now, signal)));
      const isAbsent = pods.problems.some(({ reason }) => reason === "MetricsApiAbsent");
      // Said once: both are one API.
      const others = isAbsent ? nodes.problems.filter(({ reason }) => reason !== "MetricsApiAbsent") : nodes.problems;
      return { samples: [...pods.samples, ...nodes.samples], problems: [...pods.problems, ...others] };
    },
  };
}

const absent =
  "the cluster serves no metrics API (metrics.k8s.io): install metrics-server for CPU and memory of Pods, or query Prometheus for them";
const nothing: SignalReading = { samples: [], problems: [] };

function problem(reason: string, message: string): SignalReading {
  return { samples: [], problems: [{ reason, message }] };
}

function readList(list: unknown, path: string, kind: Kind, now: number, options: MetricsApiOptions): SignalReading {
  const items = field(list, "items");
  if (!Array.isArray(items)) return problem("Malformed", `${path} answered no list: check what serves metrics.k8s.io`);
  const { staleMs = 180_000 } = options;
  const samples: Sample[] = [];
  let [malformed, stale] = [0, 0];
  for (const item of items as readonly unknown[]) {
    const usage = usageOf(item);
    const time = Date.parse(String(field(item, "timestamp")));
    const labels = labelsOf(item, kind);
    if (usage === undefined || Number.isNaN(time) || labels === undefined) malformed += 1;
    else if (time < now - staleMs) stale += 1;
    else samples.push(...samplesOf(usage, labels, Math.min(time, now), kind, options));
  }
  const problems = [
    ...(malformed > 0 ? [{ reason: "Malformed", message: `${malformed} entries of ${path} can't be read` }] : []),
    ...(stale > 0
      ? [{ reason: "Stale", message: `${stale} entries of ${path} are older than ${staleMs / 1000} s` }]
      : []),
  ];
  return { samples, problems };
}

interface Usage {
  readonly cpu: number;
  readonly memory: number;
}

function samplesOf(usage: Usage, labels: Labels, time: number, { prefix }: Kind, options: MetricsApiOptions): Sample[] {
  const { namespace = "", pod = "", node = "" } = labels;
  const capacity = prefix === "pod" ? options.limitsOf?.(namespace, pod) : options.allocatableOf?.(node);
  const sample = (name: string, value: number): Sample => {
    const metric = `${prefix}_${name}`;
    return { series: seriesKey(metric, labels), metric, labels, value, time, type: "gauge" };
  };
  const ratio = (name: string, used: number, of: number | undefined) =>
    of === undefined || !(of > 0) ? [] : [sample(`${name}_utilization_ratio`, used / of)];
  return [
    sample("cpu_cores", usage.cpu),
    sample("memory_bytes", usage.memory),
    ...ratio("cpu", usage.cpu, capacity?.cpu),
    ...ratio("memory", usage.memory, capacity?.memory),
  ];
}

/** A node's usage, or that of a Pod's containers together. */
function usageOf(item: unknown): Usage | undefined {
  const containers = field(item, "containers");
  const parts: readonly unknown[] = Array.isArray(containers) ? containers : [item];
  let [cpu, memory] = [0, 0];
  for (const part of parts) {
    const usage = field(part, "usage");
    const [cores, bytes] = [quantityOf(field(usage, "cpu")), quantityOf(field(usage, "memory"))];
    if (cores === undefined || bytes === undefined) return undefined;
    cpu += cores;
    memory += bytes;
  }
  return { cpu, memory };
}

function labelsOf(item: unknown, { prefix }: Kind): Labels | undefined {
  const metadata = field(item, "metadata");
  const [name, namespace] = [field(metadata, "name"), field(metadata, "namespace")];
  if (typeof name !== "string") return undefined;
  if (prefix === "node") return { node: name };
  return typeof namespace === "string" ? { namespace, pod: name } : undefined;
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined;
}

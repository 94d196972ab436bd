import { Registry } from "prom-client";
import { describe, expect, test } from "vitest";
import { KubeError, systemClock } from "../kube/index.ts";
import { checkedUrl } from "./http.ts";
import { createMeasure } from "./measured.ts";
import { createMetricsApi, type MetricsApiOptions } from "./metrics-api.ts";
import { quantityOf } from "./quantity.ts";
import type { SignalReading } from "./sample.ts";

const now = Date.parse("2026-11-22T12:00:00Z");
const { signal } = new AbortController();
const timestamp = "2026-11-22T11:59:30Z";

const pod = {
  metadata: { name: "web-1", namespace: "shop" },
  timestamp,
  window: "15s",
  containers: [
    { name: "app", usage: { cpu: "250m", memory: "100Mi" } },
    { name: "proxy", usage: { cpu: "50000000n", memory: "28Mi" } },
  ],
};
const node = { metadata: { name: "n1" }, timestamp, usage: { cpu: "2", memory: "1Gi" } };

function read(
  answers: Readonly<Record<string, unknown>>,
  options: Partial<MetricsApiOptions> = {},
): Promise<SignalReading> {
  const getPath = (path: string): Promise<unknown> => {
    const answer = answers[path.split("/").at(-1) ?? ""];
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  };
  return createMetricsApi({ kube: { getPath }, ...options }).read(now, { signal });
}

describe("the metrics API", () => {
  test("gives what Pods and nodes use, and of how much where that is known", async () => {
    const { samples, problems } = await read(
      { pods: { items: [pod] }, nodes: { items: [node] } },
      {
        limitsOf: (namespace, name) => (`${namespace}/${name}` === "shop/web-1" ? { cpu: 0.6 } : undefined),
        allocatableOf: () => ({ memory: 2 ** 31 }),
      },
    );
    expect(problems).toEqual([]);
    expect(samples.map(({ series, value }) => [series, Math.round(value * 1e6) / 1e6])).toEqual([
      ['pod_cpu_cores{namespace="shop",pod="web-1"}', 0.3],
      ['pod_memory_bytes{namespace="shop",pod="web-1"}', 128 * 2 ** 20],
      ['pod_cpu_utilization_ratio{namespace="shop",pod="web-1"}', 0.5],
      ['node_cpu_cores{node="n1"}', 2],
      ['node_memory_bytes{node="n1"}', 2 ** 30],
      ['node_memory_utilization_ratio{node="n1"}', 0.5],
    ]);
    expect(new Set(samples.map(({ time }) => time))).toEqual(new Set([now - 30_000]));
  });

  test.each([["notFound", 404] as const, ["server", 503] as const])(
    "that is not there (%s) is one quiet problem",
    async (kind, status) => {
      const gone = new KubeError(kind, "no", { status });
      expect(await read({ pods: gone, nodes: gone })).toEqual({
        samples: [],
        problems: [{ reason: "MetricsApiAbsent", message: expect.stringContaining("metrics-server") }],
      });
    },
  );

  test("that refuses one of the two still gives the other", async () => {
    const refused = new KubeError("forbidden", "pods.metrics.k8s.io is forbidden", { status: 403 });
    const { samples, problems } = await read({ pods: refused, nodes: { items: [node] } });
    expect(samples).toHaveLength(2);
    expect(problems).toEqual([{ reason: "KubeError", message: "pods.metrics.k8s.io is forbidden" }]);
  });

  test("gives nothing of entries that are old or can't be read, and says so", async () => {
    const old = { ...pod, timestamp: "2026-11-22T11:50:00Z" };
    const strange = [{}, { ...pod, timestamp: "soon" }, { ...pod, containers: [{ usage: { cpu: "much" } }] }, 3, null];
    expect(await read({ pods: { items: [old, ...strange] }, nodes: "no list" })).toEqual({
      samples: [],
      problems: [
        { reason: "Malformed", message: expect.stringMatching(/^5 entries/) },
        { reason: "Stale", message: expect.stringMatching(/^1 entries/) },
        { reason: "Malformed", message: expect.stringContaining("nodes answered no list") },
      ],
    });
  });

  test("throws on what is no answer of an API server", async () => {
    await expect(read({ pods: new Error("a defect"), nodes: { items: [] } })).rejects.toThrow("a defect");
  });
});

test.each<[unknown, number | undefined]>([
  ["0", 0],
  ["250m", 0.25],
  ["1500n", 1.5e-6],
  ["3u", 3e-6],
  ["2Ki", 2048],
  ["1.5Gi", 1.5 * 2 ** 30],
  ["2k", 2000],
  ["1e3", 1000],
  ["1E3", 1000],
  ["1E", 1e18],
  [".5", 0.5],
  ["-1", -1],
  ["1 Gi", undefined],
  ["Gi", undefined],
  ["1ki", undefined],
  ["", undefined],
  [5, undefined],
])("the quantity %j is %j", (text, number) => {
  const found = quantityOf(text);
  if (number === undefined || found === undefined) expect(found).toBe(number);
  else expect(found).toBeCloseTo(number, 12);
});

test("a measured source reads the same and tells of it", async () => {
  const registry = new Registry();
  const sample = { series: "up", metric: "up", labels: {}, value: 1, time: now };
  const source = createMeasure(
    registry,
    systemClock,
  )({
    name: "s",
    read: () => Promise.resolve({ samples: [sample, sample], problems: [{ reason: "Partial", message: "" }] }),
  });
  expect(source.name).toBe("s");
  expect((await source.read(now, { signal })).samples).toHaveLength(2);
  const text = await registry.metrics();
  expect(text).toContain('dharma_signal_samples{source="s"} 2');
  expect(text).toContain('dharma_signal_read_duration_seconds_count{source="s"} 1');
});

test("a URL with a password is refused without repeating it", () => {
  expect(() => checkedUrl("http://me:secret@metrics/")).toThrow(/^(?!.*secret).*token instead$/);
  expect(() => checkedUrl("ftp://metrics/")).toThrow("neither http nor https");
  expect(checkedUrl("http://metrics")).toBe("http://metrics/");
});

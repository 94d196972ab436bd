// Against a real Prometheus server, which scrapes endpoints of the test.
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { toolPaths } from "../../test/support/plane.ts";
import { systemClock } from "../kube/index.ts";
import { prometheusSource } from "./prometheus-source.ts";
import { createPrometheus, type Prometheus } from "./prometheus.ts";
import { type Endpoint, endpoint, type PrometheusServer, startPrometheus } from "./testing/prometheus-server.ts";

const { signal } = new AbortController();
let shop: Endpoint;
let leaving: Endpoint;
let server: PrometheusServer;
let prometheus: Prometheus;

beforeAll(async () => {
  shop = await endpoint(
    'load{id="a",zone="1"} 0.25\nload{id="b",zone="1"} 0.5\n# TYPE jobs_total counter\njobs_total 100\n',
  );
  leaving = await endpoint('leaving{id="c"} 7\n');
  const { prometheus: program = "" } = await toolPaths(["prometheus"]);
  server = await startPrometheus(program, [shop.address, leaving.address]);
  prometheus = createPrometheus({ url: server.url, clock: systemClock });
  await vi.waitUntil(async () => (await valueOf("sum(up)")) === 2, { timeout: 20_000, interval: 100 });
}, 600_000);
afterAll(async () => {
  await server?.stop();
  await Promise.all([shop, leaving].map((each) => each?.close()));
});

async function valueOf(query: string): Promise<number | undefined> {
  const { series } = await prometheus.instant(query, { time: Date.now(), signal });
  return series[0]?.points[0]?.value;
}

describe("a Prometheus server", () => {
  test("gives what it scraped, with labels and time", async () => {
    let time = 0;
    const both = async () => {
      time = Date.now();
      const { series: found } = await prometheus.instant("load", { time, signal });
      return found.length === 2 ? found : undefined;
    };
    const series = await vi.waitUntil(both, { timeout: 20_000 });
    expect(series.toSorted((a, b) => (a.labels["id"] ?? "").localeCompare(b.labels["id"] ?? ""))).toEqual([
      {
        metric: "load",
        labels: { id: "a", zone: "1", instance: shop.address, job: "job-0" },
        points: [{ time, value: 0.25 }],
      },
      expect.objectContaining({ points: [{ time, value: 0.5 }] }),
    ]);
    await expect.poll(() => valueOf("scalar(sum(load))"), { timeout: 20_000 }).toBe(0.75);
    expect(await valueOf("1/0")).toBe(Infinity);
    expect(await valueOf("0/0")).toBeNaN();
    expect(await valueOf("nothing_of_this_name")).toBeUndefined();
  });

  test("gives a range, a point a step and none before there was anything", async () => {
    const end = Date.now();
    const { series } = await prometheus.range("sum(load)", { start: end - 3_600_000, end, stepMs: 1000, signal });
    const points = series[0]?.points ?? [];
    expect(points.length).toBeGreaterThan(0);
    expect(points.length).toBeLessThan(600);
    expect(points.every(({ value }) => value === 0.75 || value === 0.5 || value === 0.25)).toBe(true);
    expect(points.at(-1)?.time).toBe(end);
  });

  test("counts on over a reset", async () => {
    const since = Date.now();
    await expect.poll(() => valueOf("count_over_time(jobs_total[1m]) > 3"), { timeout: 20_000 }).toBeDefined();
    shop.text = shop.text?.replace("jobs_total 100", "jobs_total 3");
    await expect.poll(() => valueOf("jobs_total"), { timeout: 20_000 }).toBe(3);
    await expect.poll(() => valueOf("resets(jobs_total[1m])"), { timeout: 20_000 }).toBe(1);
    await expect.poll(() => valueOf("rate(jobs_total[1m])"), { timeout: 20_000 }).toBeGreaterThan(0);
    const range = async () => {
      const asked = { start: since, end: Date.now(), stepMs: 200, signal };
      const { series } = await prometheus.range("jobs_total", asked);
      return (series[0]?.points ?? []).map(({ value }) => value);
    };
    await expect.poll(range, { timeout: 20_000 }).toContain(3);
    const values = await range();
    expect(values).toEqual([...values].toSorted((a, b) => b - a));
    expect(new Set(values)).toEqual(new Set([100, 3]));
  });

  test("says what is wrong with a query in its own words", async () => {
    const asked = prometheus.instant("sum(load", { time: Date.now(), signal });
    await expect(asked).rejects.toMatchObject({
      reason: "BadQuery",
      message: expect.stringMatching(/parse error: unclosed left paren/),
    });
    const many = 'load * on() group_left() label_replace(load, "x", "$1", "id", "(.*)")';
    await expect(prometheus.instant(many, { time: Date.now(), signal })).rejects.toMatchObject({
      reason: "Unprocessable",
      message: expect.stringMatching(/many-to-many|duplicate/),
    });
    const fine = { start: 0, end: Date.now(), stepMs: 1, signal };
    await expect(prometheus.range("load", fine)).rejects.toMatchObject({
      reason: "BadQuery",
      message: expect.stringMatching(/maximum resolution/),
    });
  });
});

test("a source gives its queries' numbers as samples of resources, and of a target that went away none", async () => {
  const source = prometheusSource({
    prometheus,
    queries: [
      { metric: "utilization_ratio", query: "load", resourceLabels: { id: "id" } },
      { metric: "size", query: "leaving", resourceLabels: { id: "id", target: "instance" } },
      { metric: "zonal", query: "load", resourceLabels: { zone: "zone" } },
      { metric: "unnamed", query: "sum(load)", resourceLabels: { id: "id" } },
      { metric: "wrong", query: "load{", resourceLabels: { id: "id" } },
    ],
  });
  let now = 0;
  const whole = async () => {
    now = Date.now();
    const reading = await source.read(now, { signal });
    return reading.samples.length === 4 ? reading : undefined;
  };
  const { samples, problems } = await vi.waitUntil(whole, { timeout: 20_000 });
  const of = (metric: string) => samples.filter((sample) => sample.metric === metric);
  const a = { series: 'utilization_ratio{id="a"}', labels: { id: "a" }, value: 0.25, time: now, type: "gauge" };
  expect(of("utilization_ratio")).toContainEqual({ metric: "utilization_ratio", ...a });
  expect(of("utilization_ratio")).toHaveLength(2);
  expect(of("size")).toMatchObject([{ labels: { id: "c", target: leaving.address }, value: 7 }]);
  expect(of("zonal")).toHaveLength(1);
  expect(problems.map(({ reason, message }) => `${reason} ${message.split(":")[0]}`)).toEqual([
    "Ambiguous zonal",
    "LabelsMissing unnamed",
    "BadQuery wrong",
  ]);

  await leaving.close();
  leaving = await endpoint("");
  const left = async () => (await source.read(Date.now(), { signal })).samples.map(({ metric }) => metric);
  await expect.poll(left, { timeout: 20_000 }).not.toContain("size");
  await expect.poll(left, { timeout: 20_000 }).toContain("utilization_ratio");
});

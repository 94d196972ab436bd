// Alerts, dashboard and ServiceMonitor: every metric they name is one that the operator serves, with those labels.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { collectDefaultMetrics, Registry } from "prom-client";
import { describe, expect, test } from "vitest";
import { decisionCounters } from "../../src/controllers/policy/decision-metrics.ts";
import { loopMetrics } from "../../src/controllers/health/metrics.ts";
import { createModels } from "../../src/inference/index.ts";
import { systemClock } from "../../src/kube/index.ts";
import { createMetrics, silentLogger } from "../../src/runtime/index.ts";
import { at, chart, listAt, objectOf, render } from "./chart.ts";

/** What Prometheus adds by itself, or the query language. */
const fromOutside = new Set(["up", "job", "pod", "le"]);
const words = new Set(
  "absent and sum by rate increase max max_over_time min_over_time histogram_quantile without avg".split(" "),
);

const all = ["serviceMonitor", "prometheusRule", "dashboard"].flatMap((part) => [
  "--set",
  `metrics.${part}.enabled=true`,
]);

async function expressions(): Promise<readonly (readonly [title: string, expression: string])[]> {
  const objects = await render(all);
  const alerts = listAt(objectOf(objects, "PrometheusRule", "dharma"), "spec", "groups", 0, "rules").map(
    (rule) => [String(at(rule, "alert")), String(at(rule, "expr"))] as const,
  );
  const text = String(at(objectOf(objects, "ConfigMap", "dharma-dashboard"), "data", "dharma.json"));
  const dashboard: unknown = JSON.parse(text);
  const panels = listAt(dashboard, "panels").flatMap((panel) =>
    listAt(panel, "targets").map((target) => [String(at(panel, "title")), String(at(target, "expr"))] as const),
  );
  return [...alerts, ...panels];
}

test("alerts and dashboard ask only for what the operator serves", async () => {
  const registry = new Registry();
  const metrics = createMetrics(registry);
  metrics.controller("blueprint", 1, { queue: () => undefined, nowMs: () => 0 });
  decisionCounters(registry);
  loopMetrics(registry);
  createModels({ clock: systemClock, random: Math.random, log: silentLogger, metrics: registry });
  collectDefaultMetrics({ register: registry });
  const served = new Map(
    (await registry.getMetricsAsJSON()).map(({ name }) => [name, labelsOf(registry, name)] as const),
  );
  const asked = await expressions();
  expect(asked.length).toBeGreaterThan(10);
  for (const [title, expression] of asked) {
    const names = namesIn(expression);
    const bases = names.map((name) => name.replace(/_(bucket|sum|count)$/, ""));
    const known = names.map((name, index) => (served.has(name) ? name : (bases[index] ?? name)));
    const found = known.filter((name) => served.has(name));
    expect(found.length + (names.includes("up") ? 1 : 0), `${title}: ${expression}`).toBeGreaterThan(0);
    const labels = new Set(found.flatMap((name) => [...(served.get(name) ?? [])]));
    for (const name of names) {
      const base = name.replace(/_(bucket|sum|count)$/, "");
      const fine = served.has(name) || served.has(base) || labels.has(name) || fromOutside.has(name);
      expect(fine, `${title} asks for ${name}: ${expression}`).toBe(true);
    }
  }
});

test("alerts look at this release only, whatever it is called", async () => {
  const objects = await render([...all, "--set", "fullnameOverride=infra"]);
  const rules = listAt(objectOf(objects, "PrometheusRule", "infra"), "spec", "groups", 0, "rules");
  const jobs = rules.flatMap((rule) => String(at(rule, "expr")).match(/job=~?"[^"]*"/g) ?? []);
  expect(new Set(jobs)).toEqual(new Set(['job="infra-metrics"']));
  objectOf(objects, "Service", "infra-metrics"); // Prometheus' operator takes the Service's name for the job
});

describe("what Prometheus' operator reads", () => {
  test("the ServiceMonitor selects the metrics Service by its port's name", async () => {
    const objects = await render(all);
    const monitor = objectOf(objects, "ServiceMonitor", "dharma");
    const service = objectOf(objects, "Service", "dharma-metrics");
    expect(service.metadata.labels).toMatchObject(at(monitor, "spec", "selector", "matchLabels") as object);
    const port = at(monitor, "spec", "endpoints", 0, "port");
    expect(listAt(service, "spec", "ports").map((each) => at(each, "name"))).toEqual([port]);
  });

  test("every alert says how grave it is and what it means", async () => {
    const rules = listAt(objectOf(await render(all), "PrometheusRule", "dharma"), "spec", "groups", 0, "rules");
    expect(rules.length).toBeGreaterThan(4);
    for (const rule of rules) {
      expect(["warning", "critical"]).toContain(at(rule, "labels", "severity"));
      expect(String(at(rule, "annotations", "summary"))).not.toBe("undefined");
      expect(String(at(rule, "annotations", "description"))).not.toBe("undefined");
    }
  });
});

test("the dashboard has each panel in a place of its own", () => {
  const dashboard: unknown = JSON.parse(readFileSync(join(chart, "files", "dashboard.json"), "utf8"));
  const panels = listAt(dashboard, "panels");
  expect(new Set(panels.map((panel) => at(panel, "id"))).size).toBe(panels.length);
  expect(
    new Set(panels.map((panel) => `${String(at(panel, "gridPos", "x"))},${String(at(panel, "gridPos", "y"))}`)).size,
  ).toBe(panels.length);
});

function namesIn(expression: string): readonly string[] {
  const bare = expression.replaceAll(/"[^"]*"/g, "").replaceAll(/\[[^\]]*\]/g, "");
  return (bare.match(/[a-zA-Z_][a-zA-Z0-9_]*/g) ?? []).filter((word) => !words.has(word));
}

/** The labels a metric was declared with. */
function labelsOf(registry: Registry, name: string): readonly string[] {
  const metric: unknown = registry.getSingleMetric(name);
  return listAt(metric, "labelNames").map(String);
}

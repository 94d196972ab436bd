// Health on a real control plane: a fault in the simulated cloud lowers the score, its end brings it back.
import { createServer } from "node:http";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Blueprint, blueprints, configMaps, events, type Health } from "../api/index.ts";
import { explain } from "../cli/explain.ts";
import { healthAnnotation, workloadTypes } from "../controllers/health/workload.ts";
import { listen } from "../runtime/http.ts";
import { annotate, makeBlueprint, ready, startWorld, until, type World } from "../../test/support/world.ts";

let world: World;
let exporter: Exporter;

beforeAll(async () => {
  exporter = await startExporter();
  world = await startWorld({
    healthIntervalMs: 250,
    healthOfWorkloads: "selected",
    signals: { scrape: [exporter.url] },
  });
}, 300_000);

afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
  await exporter?.close();
}, 120_000);

const spec = {
  provider: "aws",
  region: "eu-west-1",
  resources: [
    { name: "orders", type: "aws:sqs/queue:Queue", properties: { visibilityTimeoutSeconds: 60 } },
    { name: "bills", type: "aws:sqs/queue:Queue", properties: { visibilityTimeoutSeconds: 60 } },
  ],
};

const health = ({ status }: Blueprint) => status?.health;

test("a fault lowers the score and says why, and the score recovers when it ends", { timeout: 400_000 }, async () => {
  const namespace = await world.namespace();
  const key = { namespace, name: "shop" };
  await makeBlueprint(world, namespace, "shop", spec);
  await until(world, blueprints, key, (one) => ready(one) === "True Succeeded", 240_000);
  const well = await until(world, blueprints, key, (one) => health(one)?.anomalyPercent !== undefined, 60_000);
  expect(health(well)).toMatchObject({ class: "Healthy" });
  await new Promise((resolve) => setTimeout(resolve, 15_000)); // the detector has to see what is ordinary

  const fault = await world.cloud("POST", "/faults", {
    kind: "health",
    match: { blueprint: well.metadata.uid, type: "aws:sqs/queue:Queue" },
    level: 0.1,
  });
  const ill = await until(world, blueprints, key, (one) => health(one)?.class === "Critical", 60_000);
  expect(health(ill)?.anomalyPercent).toBeGreaterThan(80);
  expect(health(ill)?.reasons?.[0]).toMatchObject({
    signal: expect.stringMatching(/^anomaly\/dharma_simulated_resource_/),
    message: expect.stringMatching(/of (orders|bills) .*expected/),
  });
  const records = await world.kube.get(
    configMaps,
    { namespace: "dharma-system", name: `dharma-health-${ill.metadata.uid}` },
    { signal: world.signal },
  );
  expect(JSON.parse(records.data?.["records.json"] ?? "[]").at(-1)).toMatchObject({ status: { class: "Critical" } });

  const id = typeof fault === "object" && fault !== null && "id" in fault ? String(fault.id) : "";
  await world.cloud("DELETE", `/faults/${id}`);
  await until(world, blueprints, key, (one) => health(one)?.class === "Healthy", 60_000);
  const { items } = await world.kube.list(events, { namespace, signal: world.signal });
  const told = items.filter(({ action }) => action === "Score").map(({ reason }) => reason);
  expect(told).toEqual(expect.arrayContaining(["Critical", "Healthy"]));

  // What it was made from is told, and gives the same score again.
  const request = { resource: "shop", operatorNamespace: "dharma-system", replay: "newest" } as const;
  const explained = (await explain(world.kube, namespace, request, world.signal)).join("\n");
  expect(explained).toMatch(/health: Healthy, \d+ of 100/);
  expect(explained).toContain("judged by conditions 1, AnomalyDetector/streaming 1.");
  expect(explained).toMatch(/dharma_simulated_resource_\w+ of (orders|bills)/);
  expect(explained).toMatch(/WHEN +CLASS +SCORE/);
  expect(explained).toMatch(/Computed again from its record: Healthy, \d+ of 100, the same in every digit/);

  // An answer is learnt once and kept.
  const judgement = health(ill)?.updateTime ?? "";
  await annotate(world, blueprints, key, { "iacdharma.com/feedback": `FalseAlarm@${judgement}@jane@example.com` });
  await expect
    .poll(
      async () => {
        const kept = await world.kube
          .get(
            configMaps,
            { namespace: "dharma-system", name: `dharma-learnt-${ill.metadata.uid}` },
            { signal: world.signal },
          )
          .catch(() => undefined);
        return JSON.parse(kept?.data?.["learnt.json"] ?? "{}");
      },
      { timeout: 30_000 },
    )
    .toMatchObject({ answers: [{ answer: "FalseAlarm", from: "jane@example.com" }], statistics: { wrong: 1 } });
});

test("a selected workload carries its health in an annotation, any other none", { timeout: 120_000 }, async () => {
  const namespace = await world.namespace();
  const [deployments] = workloadTypes;
  if (deployments === undefined) throw new Error("Deployments are workloads");
  for (const [name, labels] of [
    ["chosen", { "iacdharma.com/health": "score" }],
    ["other", {}],
  ] as const)
    await world.kube.create(deployments, deploymentOf(namespace, name, labels), { signal: world.signal });
  const annotationOf = async (name: string) => {
    const { metadata } = await world.kube.get(deployments, { namespace, name }, { signal: world.signal });
    return metadata.annotations?.[healthAnnotation];
  };
  await expect
    .poll(async () => JSON.parse((await annotationOf("chosen")) ?? "{}"), { timeout: 60_000 })
    .toMatchObject({ class: "Critical", reasons: [{ signal: "condition/Ready", message: "0 of 2 Pods are ready" }] });
  expect(await annotationOf("other")).toBeUndefined();
  const request = { resource: "deployment/chosen", operatorNamespace: "dharma-system", replay: "newest" } as const;
  const explained = (await explain(world.kube, namespace, request, world.signal)).join("\n");
  expect(explained).toMatch(/health: Critical[\s\S]*0 of 2 Pods are ready[\s\S]*the same in every digit/);
});

test("an operator that begins in the middle of trouble goes on from it", { timeout: 240_000 }, async () => {
  const namespace = await world.namespace();
  const [deployments] = workloadTypes;
  if (deployments === undefined) throw new Error("Deployments are workloads");
  const key = { namespace, name: "cart" };
  const labels = { "iacdharma.com/health": "score" };
  await world.kube.create(deployments, deploymentOf(namespace, key.name, labels, 0), { signal: world.signal });
  const healthNow = async (): Promise<Health> => {
    const { metadata } = await world.kube.get(deployments, key, { signal: world.signal });
    return JSON.parse(metadata.annotations?.[healthAnnotation] ?? "{}");
  };
  const become = (expected: object) => expect.poll(healthNow, { timeout: 60_000 }).toMatchObject(expected);

  exporter.tell(`cart_latency_seconds{namespace="${namespace}",deployment="cart"}`, 0.02);
  await become({ class: "Healthy", anomalyPercent: expect.any(Number) });
  await new Promise((resolve) => setTimeout(resolve, 15_000)); // the detector has to see what is ordinary
  exporter.tell(`cart_latency_seconds{namespace="${namespace}",deployment="cart"}`, 0.4);
  await become({ anomalyPercent: expect.toSatisfy((percent: number) => percent > 80) });
  const { class: before } = await healthNow();
  expect(before).not.toBe("Healthy");

  await world.restart();
  await new Promise((resolve) => setTimeout(resolve, 5_000)); // some cycles
  expect(await healthNow()).toMatchObject({ class: before, reasons: [{ signal: "anomaly/cart_latency_seconds" }] });
  const { items } = await world.kube.list(events, { namespace, signal: world.signal });
  expect(items.filter(({ action, reason }) => action === "Score" && reason === "Healthy")).toEqual([]);

  exporter.tell(`cart_latency_seconds{namespace="${namespace}",deployment="cart"}`, 0.02);
  await become({ class: "Healthy" });
});

interface Exporter {
  readonly url: string;
  /** The value of a series from now on, with a little noise as real ones have. */
  tell(series: string, value: number): void;
  close(): Promise<void>;
}

async function startExporter(): Promise<Exporter> {
  const values = new Map<string, number>();
  const server = createServer((_, response) => {
    const lines = [...values].map(([series, value]) => `${series} ${value * (1 + 0.05 * Math.sin(performance.now()))}`);
    response.end([...lines, ""].join("\n"));
  });
  const { port, close } = await listen(server, "127.0.0.1:0");
  return { url: `http://127.0.0.1:${port}/metrics`, tell: (series, value) => void values.set(series, value), close };
}

function deploymentOf(namespace: string, name: string, labels: Readonly<Record<string, string>>, replicas = 2) {
  const selector = { app: name };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { namespace, name, labels },
    spec: {
      replicas,
      selector: { matchLabels: selector },
      template: {
        metadata: { labels: selector },
        spec: { containers: [{ name: "main", image: "registry.invalid/none" }] },
      },
    },
  };
}

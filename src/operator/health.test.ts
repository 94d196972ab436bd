// Health on a real control plane: a fault in the simulated cloud lowers the score, its end brings it back.
import { createServer } from "node:http";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  type Blueprint,
  blueprints,
  configMaps,
  type Event,
  events,
  type Health,
  type Pod,
  pods,
} from "../api/index.ts";
import { explain } from "../cli/explain.ts";
import { healthAnnotation, workloadTypes } from "../controllers/health/workload.ts";
import { askForCheck, breakSomething } from "../local/start/heal.ts";
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
  drift: { mode: "Heal", interval: "1h" },
  resources: [
    { name: "orders", type: "aws:sqs/queue:Queue", properties: { visibilityTimeoutSeconds: 60 } },
    { name: "bills", type: "aws:sqs/queue:Queue", properties: { visibilityTimeoutSeconds: 60 } },
  ],
};

const health = ({ status }: Blueprint) => status?.health;
const isWell = (one: Blueprint) => health(one)?.class === "Healthy" && health(one)?.anomalyPercent !== undefined;

test("a fault lowers the score and says why, and the score recovers when it ends", { timeout: 400_000 }, async () => {
  const namespace = await world.namespace();
  const key = { namespace, name: "shop" };
  await makeBlueprint(world, namespace, "shop", spec);
  await until(world, blueprints, key, (one) => ready(one) === "True Succeeded", 240_000);
  const well = await until(world, blueprints, key, isWell, 60_000);
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
  const told = async () => {
    const { items } = await world.kube.list(events, { namespace, signal: world.signal });
    return items.filter(({ action }) => action === "Score").map(({ reason, note }) => `${reason}: ${note}`);
  };
  // They are sent in the background.
  const both = [expect.stringMatching(/^Critical: .* it was Healthy/), expect.stringMatching(/^Healthy: /)];
  await expect.poll(told, { timeout: 10_000 }).toEqual(expect.arrayContaining(both));

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

  // What is broken and healed answers for itself.
  const healthy = await until(world, blueprints, key, (one) => health(one)?.class === "Healthy", 60_000);
  await breakSomething(world.operator.cloudControl ?? "", [healthy], world.signal);
  await until(world, blueprints, key, (one) => health(one)?.class === "Critical", 60_000);
  await askForCheck(world.kube, healthy, world.signal);
  await until(world, blueprints, key, (one) => health(one)?.class === "Healthy", 120_000);
  const learntLines = async () => (await explain(world.kube, namespace, request, world.signal)).join("\n");
  await expect
    .poll(learntLines, { timeout: 30_000 })
    .toMatch(/learnt from, newest first:\n +\S+: shop-\S+ answered true alarm to that of/);
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
  const notReady = { signal: "condition/Ready", message: "0 of 2 Pods are ready" };
  const annotationOf = async (name: string) => {
    const { metadata } = await world.kube.get(deployments, { namespace, name }, { signal: world.signal });
    return metadata.annotations?.[healthAnnotation];
  };
  await expect
    .poll(async () => JSON.parse((await annotationOf("chosen")) ?? "{}"), { timeout: 60_000 })
    .toMatchObject({ class: "Critical", reasons: expect.arrayContaining([expect.objectContaining(notReady)]) });
  expect(await annotationOf("other")).toBeUndefined();
  const request = { resource: "deployment/chosen", operatorNamespace: "dharma-system", replay: "newest" } as const;
  await expect
    .poll(async () => (await explain(world.kube, namespace, request, world.signal)).join("\n"), { timeout: 30_000 })
    .toMatch(/health: Critical[\s\S]*0 of 2 Pods are ready[\s\S]*the same in every digit/);
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
  expect((await healthNow()).class).not.toBe("Healthy");
  const recoveries = async () => {
    const { items } = await world.kube.list(events, { namespace, signal: world.signal });
    return items.filter(({ action, reason }) => action === "Score" && reason === "Healthy").length;
  };
  const before = await recoveries();

  await world.restart();
  await expect.poll(cycles, { timeout: 60_000 }).toBeGreaterThan(4);
  expect((await healthNow()).class).not.toBe("Healthy");
  expect((await healthNow()).reasons?.[0]).toMatchObject({ signal: "anomaly/cart_latency_seconds" });
  expect(await recoveries()).toBe(before);

  exporter.tell(`cart_latency_seconds{namespace="${namespace}",deployment="cart"}`, 0.02);
  await become({ class: "Healthy" });
});

/** Cycles of the health loop since this operator began. */
async function cycles(): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${world.operator.ports.get("metrics") ?? 0}/metrics`);
  const count = /^dharma_health_cycle_seconds_count (\d+)$/m.exec(await answer.text());
  return Number(count?.[1] ?? 0);
}

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

test(
  "what happened to the Pods of a workload is known of it, and still is after a restart",
  { timeout: 120_000 },
  async () => {
    const namespace = await world.namespace();
    const { signal, kube } = world;
    const [deployments] = workloadTypes;
    if (deployments === undefined) throw new Error("Deployments are workloads");
    const plain = deploymentOf(namespace, "api", {});
    // Available without any Pod that is, until it is asked for more.
    const selected = { ...plain, spec: { ...plain.spec, strategy: spared("100%") } };
    const { uid = "" } = (await kube.create(deployments, selected, { signal })).metadata;
    const key = { namespace, name: "api" };
    const spare = (share: string) =>
      kube.patch(deployments, key, { kind: "merge", body: { spec: { strategy: spared(share) } } }, { signal });
    const podsOf = async () => (await kube.list(pods, { namespace, signal })).items;
    await expect.poll(podsOf, { timeout: 30_000 }).toHaveLength(2);
    const [one, two] = await podsOf();
    if (one === undefined || two === undefined) throw new Error("two Pods");
    const judged = async () => {
      const { metadata } = await kube.get(deployments, key, { signal });
      return JSON.parse(metadata.annotations?.[healthAnnotation] ?? "{}");
    };
    const kept = async (name: string, field: string) => {
      const named = { namespace: "dharma-system", name: `${name}-${uid}` };
      const object = await kube.get(configMaps, named, { signal }).catch(() => undefined);
      return JSON.parse(object?.data?.[field] ?? "[]");
    };
    const failureRow = async () => {
      const { failure } = (await kept("dharma-health", "records.json")).at(-1);
      return Object.fromEntries(failure.features.map((name: string, at: number) => [name, failure.row[at]]));
    };
    const past = async () => {
      const { restarts = [], warnings = [], notReady = [] } = await kept("dharma-past", "past.json");
      return [restarts.length, warnings.length, notReady.map(({ to }: { to?: number }) => typeof to)];
    };
    const isAvailable = async () => {
      const { status } = await kube.get(deployments, key, { signal });
      return status?.conditions?.some(({ type, status: value }) => type === "Available" && value === "True") ?? false;
    };
    await expect.poll(isAvailable, { timeout: 30_000 }).toBe(true);
    const labels = { "iacdharma.com/health": "score" };
    await kube.patch(deployments, key, { kind: "merge", body: { metadata: { labels } } }, { signal });
    await expect.poll(judged, { timeout: 30_000 }).toMatchObject({ class: "Healthy" });
    const well = await judged();

    const warning = await kube.create<Event>(events, warningAbout(one), { signal });
    for (const pod of [one, two]) await restarted(pod, 1);
    await expect.poll(async () => (await past())[0], { timeout: 20_000 }).toBe(2); // both are known from here on
    await restarted(one, 12);
    await restarted(two, 8);
    await expect
      .poll(failureRow, { timeout: 30_000 })
      .toMatchObject({ restarts_hour: expect.toSatisfy((count: number) => count > 0), outages_week: 0 });
    const request = { resource: "deployment/api", operatorNamespace: "dharma-system", replay: "none" } as const;
    await expect
      .poll(async () => (await explain(kube, namespace, request, signal)).join("\n"), { timeout: 30_000 })
      .toMatch(/restarts (hour|day|week) is \d+/);
    expect((await judged()).score).toBeLessThan(well.score);
    await spare("0%");
    await expect.poll(judged, { timeout: 30_000 }).toMatchObject({ class: "Critical" });
    await spare("100%");
    await expect.poll(past, { timeout: 20_000 }).toEqual([20, 1, ["number"]]);

    await kube.delete(events, { namespace, name: warning.metadata.name }, { signal });
    await world.restart();
    await expect.poll(judged, { timeout: 30_000 }).not.toMatchObject({ class: "Critical" });
    await spare("0%");
    await expect.poll(judged, { timeout: 30_000 }).toMatchObject({ class: "Critical" });
    expect(await failureRow()).toMatchObject({ restarts_hour: 20, warnings_hour: 1 });
    await expect.poll(past, { timeout: 20_000 }).toEqual([20, 1, ["number", "undefined"]]);
  },
);

const spared = (maxUnavailable: string) => ({ rollingUpdate: { maxUnavailable } });

/** Writes the status that a kubelet would write. */
async function restarted({ metadata: { namespace = "", name } }: Pod, restartCount: number): Promise<void> {
  const finishedAt = new Date().toISOString().replace(/\.\d+/, "");
  const lastState = { terminated: { exitCode: 137, reason: "OOMKilled", finishedAt } };
  const container = { name: "main", image: "none", imageID: "", ready: true, restartCount, lastState };
  const patch = { kind: "merge", body: { status: { containerStatuses: [container] } } } as const;
  const options = { signal: world.signal, subresource: "status" } as const;
  await world.kube.patch(pods, { namespace, name }, patch, options);
}

function warningAbout({ metadata: { name, namespace = "", uid = "" } }: Pod): Event {
  return {
    apiVersion: "events.k8s.io/v1",
    kind: "Event",
    metadata: { name: `${name}.warning`, namespace },
    eventTime: new Date().toISOString().replace("Z", "000Z"),
    reason: "BackOff",
    action: "Start",
    type: "Warning",
    regarding: { kind: "Pod", name, namespace, uid },
    reportingController: "iacdharma.com/test",
    reportingInstance: "test",
  };
}

function deploymentOf(namespace: string, name: string, labels: Readonly<Record<string, string>>, replicas = 2) {
  const selector = { app: name };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { namespace, name, labels },
    spec: {
      replicas,
      progressDeadlineSeconds: 1, // nothing runs Pods here: a roll-out is stuck at once
      selector: { matchLabels: selector },
      template: {
        metadata: { labels: selector },
        spec: { containers: [{ name: "main", image: "registry.invalid/none" }] },
      },
    },
  };
}

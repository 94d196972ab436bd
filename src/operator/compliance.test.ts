// What is built is judged: a score per framework in the status, which follows the resources.
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { blueprints, type KubeObject, namespaces, type ResourceType } from "../api/index.ts";
import { applyManifests } from "../local/start/manifests.ts";
import { makeBlueprint, startWorld, until, type World } from "../../test/support/world.ts";

let world: World;

beforeAll(async () => {
  world = await startWorld({ workloads: "judged" });
  await applyManifests(world.kube, [reportCrd], world.signal);
}, 300_000);

interface Report extends KubeObject {
  readonly summary: Readonly<Record<string, number>>;
  readonly results?: readonly {
    readonly rule: string;
    readonly severity: string;
    readonly resources: readonly unknown[];
  }[];
}
const reports: ResourceType<Report> = {
  group: "openreports.io",
  version: "v1alpha1",
  kind: "Report",
  plural: "reports",
  namespaced: true,
};

// As strict as the published kind about what is written here: unknown fields would be pruned and missed below.
const reportCrd = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "reports.openreports.io", annotations: { "api-approved.kubernetes.io": "unapproved, test only" } },
  spec: {
    group: "openreports.io",
    scope: "Namespaced",
    names: { kind: "Report", plural: "reports", singular: "report", listKind: "ReportList" },
    versions: [
      {
        name: "v1alpha1",
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: {
              source: { type: "string" },
              configuration: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
              summary: {
                type: "object",
                properties: Object.fromEntries(
                  ["pass", "fail", "warn", "error", "skip"].map((name) => [name, { type: "integer" }]),
                ),
              },
              results: {
                type: "array",
                items: {
                  type: "object",
                  required: ["policy"],
                  properties: {
                    ...Object.fromEntries(
                      ["source", "policy", "rule", "category", "message"].map((name) => [name, { type: "string" }]),
                    ),
                    severity: { type: "string", enum: ["critical", "high", "medium", "low", "info"] },
                    result: { type: "string", enum: ["pass", "fail", "warn", "error", "skip"] },
                    scored: { type: "boolean" },
                    timestamp: {
                      type: "object",
                      required: ["seconds", "nanos"],
                      properties: { seconds: { type: "integer" }, nanos: { type: "integer" } },
                    },
                    resources: {
                      type: "array",
                      items: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
                    },
                    properties: { type: "object", additionalProperties: { type: "string" } },
                  },
                },
              },
            },
          },
        },
      },
    ],
  },
};

afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
}, 120_000);

const bucket = { name: "assets", type: "aws:s3/bucket:Bucket" };
const versioning = {
  name: "versions",
  type: "aws:s3/bucketVersioning:BucketVersioning",
  properties: { bucket: "${assets.bucket}", versioningConfiguration: { status: "Enabled" } },
};
const spec = (resources: readonly object[]) => ({ provider: "aws", region: "eu-west-1", approval: "Never", resources });

describe("the compliance of a Blueprint", () => {
  test("is scored after it was built, and again after each change", { timeout: 300_000 }, async () => {
    const namespace = await world.namespace();
    const key = { namespace, name: "shop" };
    await makeBlueprint(world, namespace, "shop", spec([bucket]));
    const built = await until(world, blueprints, key, ({ status }) => status?.compliance !== undefined, 240_000);
    const before = built.status?.compliance;
    const failing = before?.failedControls?.find(({ rule }) => rule === "aws.s3.versioning");
    expect(failing).toMatchObject({
      severity: "Medium",
      resources: ["assets"],
      resourceCount: 1,
      judged: 1,
      message: expect.stringContaining("assets"),
    });
    expect(before?.frameworks?.map(({ name }) => name)).toContain("pci-dss-4.0");
    expect(before).toMatchObject({ bundle: expect.stringMatching(/^sha256:/), failed: expect.any(Number) });
    expect(before?.scorePercent).toBeLessThan(100);

    const told = (report: Report) => report.results?.map(({ rule }) => rule) ?? [];
    const reported = await untilReport(namespace, (report) => told(report).includes("aws.s3.versioning"));
    expect(reported.summary).toMatchObject({ fail: before?.failed, pass: before?.passed });
    expect(reported.results?.[0]?.resources).toEqual([
      { apiVersion: "iacdharma.com/v1alpha1", kind: "Blueprint", namespace, name: "shop" },
    ]);
    const metrics = await fetch(`http://127.0.0.1:${world.operator.ports.get("metrics")}/metrics`);
    expect(await metrics.text()).toContain(
      `dharma_compliance_score_percent{namespace="${namespace}",framework="all"} ${before?.scorePercent}`,
    );

    await makeBlueprint(world, namespace, "shop", spec([bucket, versioning]));
    const mended = await until(
      world,
      blueprints,
      key,
      ({ status }) => status?.compliance !== undefined && status.compliance.basis !== before?.basis,
      240_000,
    );
    const after = mended.status?.compliance;
    expect(after?.failedControls?.map(({ rule }) => rule)).not.toContain("aws.s3.versioning");
    expect(after?.scorePercent).toBeGreaterThan(before?.scorePercent ?? 100);
    await untilReport(namespace, (report) => !told(report).includes("aws.s3.versioning"));
  });

  test("is absent where there is nothing to judge", { timeout: 300_000 }, async () => {
    const namespace = await world.namespace();
    const key = { namespace, name: "trust" };
    const policy = {
      name: "hosted",
      type: "aws:servicediscovery/httpNamespace:HttpNamespace",
    };
    await makeBlueprint(world, namespace, "trust", spec([policy]));
    const built = await until(
      world,
      blueprints,
      key,
      ({ status }) => status?.phase === "Ready" || status?.phase === "Failed",
      240_000,
    );
    expect(built.status?.compliance).toBeUndefined();
  });
});

describe("the compliance of workloads", () => {
  const deployment = (namespace: string, privileged: boolean) => ({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace },
    spec: {
      selector: { matchLabels: { app: "web" } },
      template: {
        metadata: { labels: { app: "web" } },
        spec: { containers: [{ name: "c", image: "registry.example/web:1.2", securityContext: { privileged } }] },
      },
    },
  });
  const apply = (namespace: string, privileged: boolean) =>
    world.kube.apply(deployments, deployment(namespace, privileged), { fieldManager: "test", signal: world.signal });
  const privilegedIn = (report: Report) =>
    report.results?.find(({ rule }) => rule.startsWith("kubernetes.") && rule.includes("privileged"));

  test("is reported once for each labelled namespace, at the owner, and follows it", { timeout: 120_000 }, async () => {
    const namespace = await world.namespace();
    await apply(namespace, true);
    await world.kube.patch(
      namespaces,
      { name: namespace },
      { kind: "merge", body: { metadata: { labels: { "iacdharma.com/workload-policy": "report" } } } },
      { signal: world.signal },
    );
    const report = await untilReport(namespace, (found) => privilegedIn(found) !== undefined, "dharma-workloads");
    expect(privilegedIn(report)).toMatchObject({
      severity: expect.stringMatching(/high|critical/),
      properties: { resources: `Deployment/${namespace}/web`, resourceCount: "1" },
    });
    await apply(namespace, false);
    await untilReport(namespace, (found) => privilegedIn(found) === undefined, "dharma-workloads");
  });
});

const deployments: ResourceType = {
  group: "apps",
  version: "v1",
  kind: "Deployment",
  plural: "deployments",
  namespaced: true,
};

async function untilReport(
  namespace: string,
  holds: (report: Report) => boolean,
  name = "dharma-blueprints",
): Promise<Report> {
  for (const deadline = performance.now() + 60_000; performance.now() < deadline; await sleep(250)) {
    const { items } = await world.kube.list(reports, { namespace, signal: world.signal });
    const report = items.find(({ metadata }) => metadata.name === name);
    if (items.length === 1 && report !== undefined && holds(report)) return report;
  }
  throw new Error(`the compliance report of ${namespace} did not get there`);
}

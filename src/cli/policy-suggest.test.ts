// `dharma policy suggest` as people run it: a real process against the real API server, with records of the last weeks.
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { usePlane } from "../../test/support/plane.ts";
import { blueprintRuns, type BlueprintRun, blueprints, configMaps, namespaces } from "../api/index.ts";
import { createKube, type KubeClient, systemClock } from "../kube/index.ts";
import { applyManifests, readManifests } from "../local/start/manifests.ts";

const root = join(import.meta.dirname, "..", "..");
const signal = new AbortController().signal;
const id = randomBytes(4).toString("hex");
const namespace = `suggest-${id}`;
const home = `home-${id}`;
const apiVersion = "iacdharma.com/v1alpha1";
let kube: KubeClient;
let kubeconfig: string;

function suggest(...args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const all = ["policy", "suggest", "-n", namespace, "--operator-namespace", home, ...args];
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [join(root, "bin/dharma"), ...all],
      { env: { ...process.env, KUBECONFIG: kubeconfig } },
      (error, stdout, stderr) =>
        resolve({ code: typeof error?.code === "number" ? error.code : error === null ? 0 : 1, stdout, stderr }),
    );
  });
}

/** A finished run of `shop` whose plan a rule refused, some days ago. */
async function deniedRun(uid: string, days: number): Promise<void> {
  const run = {
    apiVersion,
    kind: "BlueprintRun",
    metadata: { name: `shop-${days}`, namespace },
    spec: { blueprintRef: { name: "shop", uid, generation: 1 }, operation: "Apply", cause: "SpecChange" },
  };
  await applyManifests(kube, [run], signal);
  const deny = {
    rule: "aws.s3.versioning",
    message: "assets keeps no versions",
    resource: "urn:pulumi:s::p::aws:s3/bucket:Bucket::assets",
    controls: [],
    severity: "Medium",
  };
  const decision = {
    point: "Plan",
    allow: false,
    requireApproval: false,
    deny: [deny],
    warn: [],
    bundle: `sha256:${"a".repeat(64)}`,
    input: "hmac-sha256:k:00",
    time: new Date(Date.now() - days * 86_400_000).toISOString(),
  };
  const status = { phase: "Failed", decisions: [decision] };
  await kube.apply<BlueprintRun>(blueprintRuns, { ...run, status } as unknown as BlueprintRun, {
    fieldManager: "test",
    subresource: "status",
    signal,
  });
}

beforeAll(async () => {
  kubeconfig = (await usePlane()).kubeconfigPath;
  kube = await createKube({ kubeconfig: { path: kubeconfig }, clock: systemClock, random: Math.random }, signal);
  await applyManifests(kube, await readManifests(join(root, "crds")), signal);
  for (const name of [namespace, home])
    await kube.create(namespaces, { apiVersion: "v1", kind: "Namespace", metadata: { name } }, { signal });
  const spec = {
    provider: "aws",
    region: "eu-west-1",
    paused: true,
    components: [{ name: "assets", type: "ObjectStore" }],
  };
  const blueprint = { apiVersion, kind: "Blueprint", metadata: { name: "shop", namespace }, spec };
  await applyManifests(kube, [blueprint], signal);
  const { metadata } = await kube.get(blueprints, { namespace, name: "shop" }, { signal });
  for (const days of [2, 5, 9]) await deniedRun(metadata.uid ?? "", days);
  const settings = `exceptions: [{ name: old, namespaces: [${namespace}], rules: [aws.*], owner: jane, reason: moving, expireTime: 2026-01-31T00:00:00Z }]`;
  const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "dharma-policy", namespace: home } };
  await kube.create(configMaps, { ...object, data: { "settings.yaml": settings } }, { signal });
}, 240_000);

afterAll(async () => {
  await kube?.close();
});

describe("dharma policy suggest", { timeout: 120_000 }, () => {
  test("tells for people what to change, on what evidence, and that it changed nothing", async () => {
    const { code, stdout, stderr } = await suggest();
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain(`aws.s3.versioning refuses assets of Blueprint ${namespace}/shop again and again`);
    expect(stdout).toContain("runs: shop-2, shop-5, shop-9");
    expect(stdout).toContain("Exception old of jane has expired");
    expect(stdout).toContain("Drift in denials: too few specs were judged to tell");
    expect(stdout).toContain("Nothing was changed.");
  });

  test("gives each as a YAML document that says what it is and what to merge", async () => {
    const { stdout } = await suggest("-o", "yaml");
    const documents = parseAllDocuments(stdout).map((document) => document.toJS());
    expect(documents).toMatchObject([
      { suggestion: "Exception", settings: { exceptions: [{ owner: "", reason: "", resources: ["assets"] }] } },
      { suggestion: "Remove", change: "Take exception old out of the policy settings." },
    ]);
  });

  test("works where no settings are, over the whole cluster", async () => {
    const { code, stdout } = await suggest("--policy-config", "nosuch", "-A", "-o", "json");
    expect(code).toBe(0);
    expect(JSON.parse(stdout).suggestions).toContainEqual(expect.objectContaining({ kind: "Exception" }));
  });
});

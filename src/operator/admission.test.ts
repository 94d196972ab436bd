// Policies at the API server's door: Dharma's kinds, workloads where a namespace asks, and who may say which namespaces.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createKube, isKubeError, type KubeClient, systemClock } from "../kube/index.ts";
import { blueprints, type KubeObject, namespaces, type ResourceType } from "../api/index.ts";
import { policyExemptLabel, workloadPolicyLabel } from "../controllers/webhooks/policy.ts";
import { startWorld, type World } from "../../test/support/world.ts";

let world: World;
let jane: KubeClient;
let folder: string;

const rbac = "rbac.authorization.k8s.io";
const rbacType = (kind: string, plural: string): ResourceType => ({
  group: rbac,
  version: "v1",
  kind,
  plural,
  namespaced: false,
});
const janesRights: readonly (readonly [ResourceType, KubeObject])[] = [
  [
    rbacType("ClusterRole", "clusterroles"),
    {
      apiVersion: `${rbac}/v1`,
      kind: "ClusterRole",
      metadata: { name: "jane" },
      rules: [
        { apiGroups: [""], resources: ["namespaces"], verbs: ["get", "create", "patch", "update"] },
        { apiGroups: ["apps"], resources: ["deployments"], verbs: ["create"] },
        { apiGroups: ["iacdharma.com"], resources: ["blueprints"], verbs: ["get", "create", "patch"] },
      ],
    } as KubeObject,
  ],
  [
    rbacType("ClusterRoleBinding", "clusterrolebindings"),
    {
      apiVersion: `${rbac}/v1`,
      kind: "ClusterRoleBinding",
      metadata: { name: "jane" },
      roleRef: { apiGroup: rbac, kind: "ClusterRole", name: "jane" },
      subjects: [{ apiGroup: rbac, kind: "User", name: "jane" }],
    } as KubeObject,
  ],
];

beforeAll(async () => {
  world = await startWorld({
    workloads: "judged",
    policySettings: { admission: { production: { environment: "production" } } },
  });
  folder = await mkdtemp(join(tmpdir(), "dharma-admission-"));
  const admin: { users: { user: Record<string, unknown> }[] } = parse(await readFile(world.kubeconfigPath, "utf8"));
  for (const { user } of admin.users) user["as"] = "jane";
  const path = join(folder, "jane.yaml");
  await writeFile(path, stringify(admin));
  jane = await createKube({ kubeconfig: { path }, clock: systemClock, random: Math.random }, world.signal);
  for (const [type, right] of janesRights) await world.kube.create(type, right, { signal: world.signal });
}, 300_000);

afterAll(async () => {
  await jane?.close();
  await rm(folder, { recursive: true, force: true });
  await world?.[Symbol.asyncDispose]();
}, 120_000);

interface Deployment extends KubeObject {
  readonly spec: object;
}
const deployments: ResourceType<Deployment> = {
  group: "apps",
  version: "v1",
  kind: "Deployment",
  plural: "deployments",
  namespaced: true,
};

// No Pod: that one waits for the namespace's service account, which another controller makes.
const deployment = (namespace: string, securityContext: object): Deployment => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web", namespace },
  spec: {
    selector: { matchLabels: { app: "web" } },
    template: {
      metadata: { labels: { app: "web" } },
      spec: { containers: [{ name: "c", image: "registry.example/app:1.2", securityContext }] },
    },
  },
});

async function refusal(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return "";
  } catch (error) {
    if (isKubeError(error, "forbidden", "invalid")) return error.message;
    throw error;
  }
}

async function label(name: string, labels: Readonly<Record<string, string>>): Promise<void> {
  await world.kube.patch(
    namespaces,
    { name },
    { kind: "merge", body: { metadata: { labels } } },
    { signal: world.signal },
  );
}

describe("workloads of a namespace", () => {
  const create = (type: ResourceType<Deployment>, object: Deployment) =>
    jane.create(type, object, { signal: world.signal, dryRun: true });

  test("are let in where nobody asked for the policies, and in the operator's own namespace", async () => {
    const name = await world.namespace();
    expect(await refusal(create(deployments, deployment(name, { privileged: true })))).toBe("");
    await label("dharma-system", { [workloadPolicyLabel]: "enforce" });
    expect(await refusal(create(deployments, deployment("dharma-system", { privileged: true })))).toBe("");
  });

  test("are refused by the Kubernetes pack where the namespace asks for it, until it is exempt", async () => {
    const name = await world.namespace();
    const told = () => refusal(create(deployments, deployment(name, { privileged: true })));
    // The API server's admission follows namespaces by a watch: it knows a label a moment after it was set.
    await label(name, { [workloadPolicyLabel]: "enforce" });
    await expect.poll(told, { timeout: 20_000 }).toMatch(/privileged.*\(kubernetes\./);
    await label(name, { [policyExemptLabel]: "true" });
    await expect.poll(told, { timeout: 20_000 }).toBe("");
  });
});

describe("the labels that say how workloads are judged", () => {
  const set = (kube: KubeClient, name: string, labels: Readonly<Record<string, string | null>>) =>
    refusal(
      kube.patch(namespaces, { name }, { kind: "merge", body: { metadata: { labels } } }, { signal: world.signal }),
    );

  test("are set, changed and removed only by who has the verb except", async () => {
    const name = await world.namespace();
    const told = await set(jane, name, { [policyExemptLabel]: "true" });
    expect(told).toMatch(/jane may not change iacdharma\.com\/policy-exempt.*verb except on namespaces/);
    expect(await set(jane, name, { team: "shop" })).toBe("");
    expect(await set(world.kube, name, { [workloadPolicyLabel]: "enforce" })).toBe("");
    expect(await set(jane, name, { [workloadPolicyLabel]: null })).toMatch(/workload-policy/);
    expect(await set(jane, name, { team: "web" })).toBe("");
  });

  test("take no other value", async () => {
    const name = await world.namespace();
    expect(await set(world.kube, name, { [workloadPolicyLabel]: "sometimes" })).toMatch(/must be report or enforce/);
  });
});

describe("a Blueprint", () => {
  test("that breaks a rule about Dharma's kinds is refused with the rule's message", async () => {
    const namespace = await world.namespace();
    const spec = { provider: "aws", region: "eu-west-1", approval: "Never", resources: [] };
    const production = {
      apiVersion: "iacdharma.com/v1alpha1",
      kind: "Blueprint",
      metadata: { name: "prod", namespace, labels: { environment: "production" } },
      spec,
    };
    const told = await refusal(jane.apply(blueprints, production, { fieldManager: "test", signal: world.signal }));
    expect(told).toMatch(/\(admission\./);
    const dev = { ...production, metadata: { name: "dev", namespace } };
    expect(await refusal(jane.apply(blueprints, dev, { fieldManager: "test", signal: world.signal }))).toBe("");
  });
});

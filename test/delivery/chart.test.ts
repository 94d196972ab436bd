// The chart without a cluster of its own: what it renders, what the API server and the operator say to it.
import { randomBytes } from "node:crypto";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { exceptWebhook } from "../../src/controllers/policy/except-webhook.ts";
import { settingsWebhook } from "../../src/controllers/policy/settings-webhook.ts";
import { approvalsWebhook } from "../../src/controllers/webhooks/approvals.ts";
import { exportWebhook } from "../../src/controllers/webhooks/export.ts";
import { namespaceLabelsWebhook } from "../../src/controllers/webhooks/namespaces.ts";
import { policyWebhook, workloadWebhook } from "../../src/controllers/webhooks/policy.ts";
import { referencesWebhook } from "../../src/controllers/webhooks/references.ts";
import { specWebhook } from "../../src/controllers/webhooks/spec.ts";
import { parseFlags } from "../../src/main.ts";
import { configurationOf } from "../../src/runtime/webhook-configuration.ts";
import type { Webhook } from "../../src/runtime/index.ts";
import { usePlane } from "../support/plane.ts";
import { at, chart, listAt, mustRun, objectOf, render, type Rendered, runTool } from "./chart.ts";

const examples = readdirSync(join(chart, "examples")).map((name) => join(chart, "examples", name));
const everyValues: readonly (readonly [name: string, args: readonly string[]])[] = [
  ["values.yaml", []],
  ...examples.map((path) => [path.slice(chart.length + 1), ["-f", path]] as const),
];
const monitoring = "monitoring.coreos.com/v1";
const namespace = `chart-${randomBytes(4).toString("hex")}`;

test("helm lint finds nothing, even when strict", async () => {
  await mustRun("helm", ["lint", "--strict", chart, ...examples.flatMap((path) => ["-f", path])]);
});

describe("the API server", () => {
  let kubeconfig: string;
  beforeAll(async () => {
    kubeconfig = (await usePlane()).kubeconfigPath;
    await mustRun("kubectl", ["create", "namespace", namespace], { kubeconfig });
  });

  test.each(everyValues)("accepts every object of %s", { timeout: 120_000 }, async (_name, args) => {
    const objects = await render([...args, "--set", `tenantNamespaces={${namespace}}`], namespace);
    const known = objects.filter(({ apiVersion }) => apiVersion !== monitoring);
    const input = known.map((object) => JSON.stringify(object)).join("\n---\n");
    const apply = ["apply", "--server-side", "--force-conflicts", "--dry-run=server", "--validate=strict", "-f", "-"];
    const said = await mustRun("kubectl", apply, { kubeconfig, input });
    expect(said.trim().split("\n")).toHaveLength(known.length);
  });

  test("takes the Pods where Pod Security is restricted, and would not take them with more rights", async () => {
    const restricted = `${namespace}-restricted`;
    await mustRun("kubectl", ["create", "namespace", restricted], { kubeconfig });
    await mustRun("kubectl", ["label", "namespace", restricted, "pod-security.kubernetes.io/enforce=restricted"], {
      kubeconfig,
    });
    await expect
      .poll(() => runTool("kubectl", ["-n", restricted, "get", "serviceaccount", "default"], { kubeconfig }), {
        timeout: 60_000,
      })
      .toMatchObject({ code: 0 });
    const deployment = objectOf(await render(), "Deployment", "dharma");
    const create = async (change: object) => {
      const spec = {
        ...(at(deployment, "spec", "template", "spec") as object),
        serviceAccountName: "default",
        ...change,
      };
      const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "operator", namespace: restricted }, spec };
      return runTool("kubectl", ["create", "--dry-run=server", "-f", "-"], { kubeconfig, input: JSON.stringify(pod) });
    };
    expect(await create({})).toMatchObject({ code: 0 });
    const refused = await create({ hostNetwork: true });
    expect(refused.stderr).toContain("violates PodSecurity");
  });
});

describe("values.schema.json", () => {
  test.each([
    ["replicas=0", "replicas"],
    ["replicas=two", "replicas"],
    ["cloud=mars", "cloud"],
    ["clowd=real", "clowd"],
    ["image.digest=sha256:short", "digest"],
    ["image.repository=", "repository"],
    ["workers=0", "workers"],
    ["allowedPackages={}", "allowedPackages"],
    ["allowedPackages={AWS}", "allowedPackages"],
    ["approver=nobody", "approver"],
    ["specAdmission=Maybe", "specAdmission"],
    ["planLifeDays=0", "planLifeDays"],
    ["tenantNamespaces={Shop}", "tenantNamespaces"],
    ["tenantNamespaces={shop,shop}", "tenantNamespaces"],
    ["webhooks.timeoutSeconds=31", "timeoutSeconds"],
    ["resources.request.cpu=1", "request"],
    ["scratchSizeLimit=lots", "scratchSizeLimit"],
    ["podDisruptionBudget.maxUnavailable=half", "maxUnavailable"],
    ["networkPolicy.egressPorts={70000}", "egressPorts"],
    ["metrics.serviceMonitor.interval=often", "interval"],
    ["logLevel=loud", "logLevel"],
    ["extraEnv[0].value=x", "extraEnv"],
  ])("refuses %s and names it", async (value, named) => {
    const { code, stderr } = await runTool("helm", ["template", "dharma", chart, "--set", value]);
    expect(code).toBe(1);
    expect(stderr).toContain(named);
  });
});

describe("the operator's arguments", () => {
  test.each(everyValues)("of %s are flags it knows", async (_name, args) => {
    const [command, ...flags] = argumentsOf(await render(args));
    expect(command).toBe("operator");
    expect(parseFlags(flags)).toMatchObject({ namespace: "dharma-system", metricsAddress: ":8080" });
    expect(() => parseFlags([...flags, "--no-such-flag"])).toThrow("--no-such-flag");
  });

  test("say what the values say", async () => {
    const production = await render(["-f", join(chart, "examples", "production.yaml"), "--set", "planLifeDays=3"]);
    expect(parseFlags(argumentsOf(production).slice(1))).toMatchObject({
      cloud: "real",
      requireSecondPerson: true,
      keyFile: "/etc/dharma/keys/keys",
      planLife: 3 * 86_400_000,
      allowPackage: ["aws", "azure-native", "gcp"],
      webhookAddress: ":9443",
      webhookService: "dharma-webhooks",
      specAdmission: "Deny",
    });
    const simulated = await render(["-f", join(chart, "examples", "simulated.yaml")]);
    expect(parseFlags(argumentsOf(simulated).slice(1))).toMatchObject({ cloud: "simulated", allowSimulated: true });
  });

  test("name ports that the container opens, the Services reach and the NetworkPolicy lets in", async () => {
    const objects = await render();
    const flags = parseFlags(argumentsOf(objects).slice(1));
    const container = at(objectOf(objects, "Deployment", "dharma"), "spec", "template", "spec", "containers", 0);
    const ports = new Map(listAt(container, "ports").map((port) => [at(port, "name"), at(port, "containerPort")]));
    const portOf = (address = "") => Number(address.split(":").at(-1));
    expect(ports.get("metrics")).toBe(portOf(flags.metricsAddress));
    expect(ports.get("health")).toBe(portOf(flags.healthAddress));
    expect(ports.get("webhooks")).toBe(portOf(flags.webhookAddress));
    const ingress = listAt(objectOf(objects, "NetworkPolicy", "dharma"), "spec", "ingress", 0, "ports");
    expect(ingress.map((rule) => at(rule, "port"))).toEqual([...ports.keys()]);
    for (const name of ["dharma-metrics", "dharma-webhooks"]) {
      const target = at(objectOf(objects, "Service", name), "spec", "ports", 0, "targetPort");
      expect(ports.has(target)).toBe(true);
    }
  });
});

const judging = {
  policy: { decide: () => neverAsked() },
  operatorNamespace: "dharma-system",
};
const neverAsked = () => Promise.reject(new Error("nobody asks"));

test("the webhook configurations are those of the webhooks that the operator registers", async () => {
  const keys = { current: { id: "a", secret: new Uint8Array(32) }, former: [] };
  const registered: readonly Webhook[] = [
    // The order of src/operator/controllers.ts does not matter to the API server.
    approvalsWebhook({ keys, operatorUser: "operator" }),
    settingsWebhook({ keys, namespace: "dharma-system", name: "dharma-policy" }),
    exceptWebhook(keys),
    referencesWebhook(keys),
    exportWebhook({
      state: { exportStack: neverAsked, revealStack: neverAsked, getArtifact: neverAsked },
    }),
    specWebhook({ checkSpec: () => [], admission: "Warn" }),
    policyWebhook(judging),
    namespaceLabelsWebhook(),
    workloadWebhook(judging),
  ] as readonly Webhook[];
  const objects = await render(["--set", "policy.workloads=true"]);
  for (const kind of ["mutating", "validating"] as const) {
    const expected = configurationOf(
      kind,
      {
        kind: "manage",
        name: "dharma-webhooks",
        client: { kind: "service", name: "dharma-webhooks", namespace: "dharma-system", port: 443 },
      },
      registered.filter((webhook) => webhook.kind === kind),
      "",
    );
    const rendered = objectOf(objects, expected.kind ?? "", "dharma-webhooks");
    const withBundle = listAt(rendered, "webhooks").map((webhook) => ({
      ...(webhook as object),
      clientConfig: { ...(at(webhook, "clientConfig") as object), caBundle: "" },
    }));
    expect(withBundle).toEqual(expected.webhooks);
  }
});

describe("rights", () => {
  test.each(everyValues)("with %s nobody gets Secrets of all namespaces", async (_name, args) => {
    const objects = await render(args);
    const bound = new Set(
      objects.filter(({ kind }) => kind === "ClusterRoleBinding").map((binding) => at(binding, "roleRef", "name")),
    );
    const roles = objects.filter(({ kind, metadata }) => kind === "ClusterRole" && bound.has(metadata.name));
    const rules = roles.flatMap((role) => listAt(role, "rules"));
    for (const rule of rules) {
      expect(listAt(rule, "resources")).not.toContain("secrets");
      expect(listAt(rule, "resources")).not.toContain("configmaps");
      expect([...listAt(rule, "resources"), ...listAt(rule, "verbs"), ...listAt(rule, "apiGroups")]).not.toContain("*");
      expect(listAt(rule, "verbs")).not.toContain("escalate");
      expect(listAt(rule, "verbs")).not.toContain("impersonate");
    }
  });

  test.each([
    ["scored", "health.workloads=true", true],
    ["not scored", "health.workloads=false", false],
  ])("Pods of all namespaces are read where workloads are %s, and never written", async (_name, setting, isRead) => {
    const role = objectOf(await render(["--set", setting]), "ClusterRole", "dharma");
    const core = listAt(role, "rules").filter((rule) => listAt(rule, "apiGroups").includes(""));
    const ofPods = core.filter((rule) => listAt(rule, "resources").includes("pods"));
    expect(ofPods.map((rule) => listAt(rule, "verbs"))).toEqual(isRead ? [["get", "list", "watch"]] : []);
  });

  test("the approver's verb is in no role that Kubernetes aggregates", async () => {
    const approving = (await render()).filter(
      (role) =>
        role.kind === "ClusterRole" && listAt(role, "rules").some((rule) => listAt(rule, "verbs").includes("approve")),
    );
    expect(approving.map(({ metadata }) => metadata.name)).toEqual(["dharma-approver"]);
    expect(Object.keys(approving[0]?.metadata.labels ?? {}).filter((name) => name.includes("aggregate"))).toEqual([]);
  });
});

test("the CRDs are the repository's, kept on uninstall, and left out on demand", async () => {
  const crds = (await render()).filter(({ kind }) => kind === "CustomResourceDefinition");
  expect(crds).toHaveLength(6);
  for (const crd of crds) expect(at(crd, "metadata", "annotations", "helm.sh/resource-policy")).toBe("keep");
  const without = await render(["--set", "crds.install=false"]);
  expect(without.filter(({ kind }) => kind === "CustomResourceDefinition")).toEqual([]);
});

test("replicas alone decide whether there is a disruption budget", async () => {
  const budgets = async (...args: readonly string[]) =>
    (await render(args)).filter(({ kind }) => kind === "PodDisruptionBudget").length;
  expect(await budgets()).toBe(1);
  expect(await budgets("--set", "replicas=1")).toBe(0);
});

function argumentsOf(objects: readonly Rendered[]): readonly string[] {
  const deployment = objectOf(objects, "Deployment", "dharma");
  return listAt(deployment, "spec", "template", "spec", "containers", 0, "args").map(String);
}

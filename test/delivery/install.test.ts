// The chart on a cluster of its own: installed, upgraded, used with exactly its rights, uninstalled.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFailed, test } from "vitest";
import { blueprintRuns, blueprints } from "../../src/api/index.ts";
import { createKube, isKubeError, type KubeClient, systemClock } from "../../src/kube/index.ts";
import type { ControlPlane } from "../../src/local/index.ts";
import { kubeconfig as kubeconfigText } from "../../src/local/plane/kubeconfig.ts";
import { ready } from "../support/world.ts";
import { ownPlane } from "../support/plane.ts";
import { at, chart, mustRun, runTool } from "./chart.ts";
import { startOperatorProcess } from "./process.ts";

const { signal } = new AbortController();
const system = "dharma-system";
const tenant = "shop";
let plane: ControlPlane;
let kube: KubeClient;
let folder: string;

const helm = (...args: readonly string[]) => mustRun("helm", args, { kubeconfig: plane.kubeconfigPath });
const kubectl = (...args: readonly string[]) => mustRun("kubectl", args, { kubeconfig: plane.kubeconfigPath });
const deployment = async (): Promise<unknown> =>
  JSON.parse(await kubectl("-n", system, "get", "deployment", "dharma", "-o", "json"));

beforeAll(async () => {
  plane = await ownPlane({ components: ["controllerManager", "scheduler", "kwok"] });
  kube = await createKube(
    { kubeconfig: { path: plane.kubeconfigPath }, clock: systemClock, random: Math.random },
    signal,
  );
  folder = await mkdtemp(join(tmpdir(), "dharma-chart-"));
  await kubectl("create", "namespace", tenant);
}, 300_000);

afterAll(async () => {
  await kube.close();
  await plane.stop();
  await rm(folder, { recursive: true, force: true });
}, 60_000);

describe("helm", () => {
  test("installs a Deployment that becomes available on its nodes", { timeout: 240_000 }, async () => {
    await helm(
      ..."install dharma --create-namespace --wait --timeout 200s --namespace".split(" "),
      system,
      chart,
      "--set",
      `tenantNamespaces={${tenant}}`,
    );
    expect(at(await deployment(), "status", "availableReplicas")).toBe(2);
    const nodes = await kubectl("-n", system, "get", "pods", "-o", "jsonpath={.items[*].spec.nodeName}");
    expect(new Set(nodes.split(" ")).size).toBe(2); // the loss of a node leaves a replica
  });

  test("upgrades to other values", { timeout: 240_000 }, async () => {
    await helm(
      ..."upgrade dharma --reuse-values --wait --timeout 200s --namespace".split(" "),
      system,
      chart,
      "--set",
      "replicas=1,specAdmission=Warn,cloud=simulated",
    );
    const now = await deployment();
    expect(at(now, "status", "updatedReplicas")).toBe(1);
    expect(at(now, "spec", "template", "spec", "containers", 0, "args")).toContain("--spec-admission=Warn");
  });
});

describe("the rights of the chart's service account", () => {
  const user = `system:serviceaccount:${system}:dharma`;
  test.each([
    ["yes", "delete", "blueprints.iacdharma.com", tenant],
    ["yes", "delete", "blueprintruns.iacdharma.com", tenant],
    ["yes", "get", "secrets", tenant],
    ["yes", "patch", "secrets", tenant],
    ["yes", "list", "secrets", system],
    ["no", "list", "secrets", tenant],
    ["no", "delete", "secrets", tenant],
    ["no", "get", "secrets", "default"],
    ["no", "get", "secrets", "kube-system"],
    ["no", "get", "configmaps", "default"],
    ["no", "create", "blueprints.iacdharma.com", tenant],
    ["no", "create", "pods", system],
    ["no", "approve", "blueprintruns.iacdharma.com", tenant],
    ["no", "impersonate", "users", ""],
    ["no", "create", "namespaces", ""],
    ["no", "patch", "validatingwebhookconfigurations.admissionregistration.k8s.io/other", ""],
    ["yes", "patch", "validatingwebhookconfigurations.admissionregistration.k8s.io/dharma-webhooks", ""],
    ["no", "bind", "clusterroles.rbac.authorization.k8s.io", ""],
  ])("say %s to %s %s in %s", async (answer, verb, resource, namespace) => {
    const where = namespace === "" ? [] : ["-n", namespace];
    const { stdout } = await runTool("kubectl", ["auth", "can-i", verb, resource, `--as=${user}`, ...where], {
      kubeconfig: plane.kubeconfigPath,
    });
    expect(stdout.trim()).toBe(answer);
  });

  test("suffice from plan to destruction, and nothing is forbidden", { timeout: 400_000 }, async () => {
    await kubectl("-n", tenant, "create", "secret", "generic", "settings", "--from-literal=password=open");
    await kubectl("-n", tenant, "create", "configmap", "settings", "--from-literal=owner=jane");
    await using operator = await startOperatorProcess([
      `--kubeconfig=${await serviceAccountKubeconfig()}`,
      `--namespace=${system}`,
      "--webhook-address=127.0.0.1:0",
      "--webhook-service=dharma-webhooks",
    ]);
    onTestFailed(() => console.error(operator.lines.slice(-30).join("\n")));
    const served = await operator.line(/webhooks are served/, 120_000);
    await reachWebhooksAt(portOf(served));
    const key = { namespace: tenant, name: "assets" };
    await expect.poll(() => makeBlueprint(key), { timeout: 120_000, interval: 1_000 }).toBe("made");
    const run = await eventually(async () => {
      const { items } = await kube.list(blueprintRuns, { namespace: tenant, signal });
      return items.find(({ status }) => status?.phase === "AwaitingApproval");
    });
    await approve(run.metadata.name, run.status?.plan?.id ?? "");
    await eventually(async () => {
      const object = await kube.get(blueprints, key, { signal });
      return ready(object) === "True Succeeded" ? object : undefined;
    });
    const written = await kubectl("-n", tenant, "get", "secret", "assets-outputs", "-o", "jsonpath={.data.bucket}");
    expect(written).not.toBe("");

    await kube.delete(blueprints, key, { signal });
    const destroy = await eventually(async () => {
      const { items } = await kube.list(blueprintRuns, { namespace: tenant, signal });
      return items.find(({ spec, status }) => spec.operation === "Destroy" && status?.phase === "AwaitingApproval");
    });
    await approve(destroy.metadata.name, destroy.status?.plan?.id ?? "");
    await eventually(async () => {
      try {
        await kube.get(blueprints, key, { signal });
        return undefined;
      } catch (error) {
        if (isKubeError(error, "notFound")) return "gone";
        throw error;
      }
    });
    expect(operator.lines.filter((line) => /forbidden|cannot \w+ resource/i.test(line))).toEqual([]);
  });
});

test(
  "uninstalling keeps the CRDs and every Blueprint, and installing again takes them over",
  { timeout: 240_000 },
  async () => {
    const args = ["dharma", "--namespace", system, "--wait", "--timeout", "200s"];
    await helm("uninstall", ...args);
    expect((await kubectl("get", "crds", "-o", "name")).match(/iacdharma\.com/g)).toHaveLength(6);
    const left = await kubectl(
      "get",
      "clusterroles,validatingwebhookconfigurations,mutatingwebhookconfigurations",
      "-o",
      "name",
    );
    expect(left).not.toContain("dharma");
    const paused = {
      provider: "aws",
      region: "eu-west-1",
      paused: true,
      components: [{ name: "a", type: "ObjectStore" }],
    };
    await kube.create(
      blueprints,
      {
        apiVersion: "iacdharma.com/v1alpha1",
        kind: "Blueprint",
        metadata: { name: "kept", namespace: tenant },
        spec: paused,
      } as never,
      { signal },
    );
    await helm("install", ...args.slice(0, 1), chart, ...args.slice(1));
    expect((await kube.get(blueprints, { namespace: tenant, name: "kept" }, { signal })).metadata.name).toBe("kept");
  },
);

/** A kubeconfig with a token that the API server itself issued for the chart's ServiceAccount. */
async function serviceAccountKubeconfig(): Promise<string> {
  const token = (await kubectl("-n", system, "create", "token", "dharma", "--duration=1h")).trim();
  const path = join(folder, "operator.kubeconfig");
  await writeFile(path, kubeconfigText(plane.url, await readFile(plane.caFile, "utf8"), token), { mode: 0o600 });
  return path;
}

function portOf(line: string): number {
  const port = at(JSON.parse(line), "port");
  if (typeof port !== "number") throw new Error(`no port in: ${line}`);
  return port;
}

/**
 * Nobody routes Service addresses here, so the Service becomes a name for this machine (the API server's service resolver
 * takes an ExternalName with the port of the configuration); all else stays the chart's: configurations, names, certificate.
 */
async function reachWebhooksAt(port: number): Promise<void> {
  await kubectl("-n", system, "delete", "service", "dharma-webhooks");
  await kubectl("-n", system, "create", "service", "externalname", "dharma-webhooks", "--external-name=localhost");
  for (const kind of ["mutating", "validating"]) {
    const configuration = `${kind}webhookconfiguration`;
    const names = await kubectl("get", configuration, "dharma-webhooks", "-o", "jsonpath={.webhooks[*].name}");
    const count = names.trim().split(" ").length;
    const patch = Array.from({ length: count }, (_, index) => ({
      op: "replace",
      path: `/webhooks/${index}/clientConfig/service/port`,
      value: port,
    }));
    await kubectl("patch", configuration, "dharma-webhooks", "--type=json", "-p", JSON.stringify(patch));
  }
}

/** Says "made", or why not yet: until the API server knows where the webhooks are, it refuses. */
async function makeBlueprint(key: { readonly namespace: string; readonly name: string }): Promise<string> {
  const spec = {
    provider: "aws",
    region: "eu-west-1",
    approval: "Always",
    inputs: [
      { name: "owner", configMapKeyRef: { name: "settings", key: "owner" } },
      { name: "password", secretKeyRef: { name: "settings", key: "password" } },
    ],
    components: [{ name: "assets", type: "ObjectStore" }],
    resources: [{ name: "orders", type: "aws:sqs/queue:Queue", properties: { tags: { owner: "${inputs.owner}" } } }],
    outputs: { bucket: "${assets.name}" },
    writeOutputsToSecret: "assets-outputs",
  };
  try {
    const object = { apiVersion: "iacdharma.com/v1alpha1", kind: "Blueprint", metadata: key, spec };
    await kube.apply(blueprints, object, { fieldManager: "test", signal });
    return "made";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function approve(run: string, plan: string): Promise<void> {
  await kubectl("-n", tenant, "annotate", "blueprintrun", run, `iacdharma.com/approve=${plan}`);
}

async function eventually<T>(look: () => Promise<T | undefined>, timeoutMs = 180_000): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  while (performance.now() < deadline) {
    const found = await look();
    if (found !== undefined) return found;
    await systemClock.sleep(250, signal);
  }
  throw new Error(
    `nothing after ${timeoutMs / 1000} s: ${await kubectl("get", "blueprints,blueprintruns", "-A", "-o", "yaml")}`,
  );
}

// `dharma export` and `dharma history` against a running operator, and the exported state in the hands of the pulumi CLI.
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { type Blueprint, blueprints, type ResourceType, secrets } from "../api/index.ts";
import { makeBlueprint, ready, startWorld, until, type World } from "../../test/support/world.ts";
import { toolPaths } from "../../test/support/plane.ts";

const root = join(import.meta.dirname, "..", "..");
const password = "correct-horse-battery";
const passphrase = "tell nobody";
let world: World;
let namespace: string;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "dharma-export-"));
  world = await startWorld();
  namespace = await world.namespace();
  const db = { apiVersion: "v1", kind: "Secret", metadata: { name: "db", namespace }, stringData: { password } };
  await world.kube.apply(secrets, db, { fieldManager: "test", signal: world.signal });
  await makeBlueprint(world, namespace, "shop", {
    provider: "aws",
    region: "eu-west-1",
    approval: "Never",
    inputs: [{ name: "password", secretKeyRef: { name: "db", key: "password" } }],
    resources: [{ name: "orders", type: "aws:sqs/queue:Queue" }],
    outputs: { queue: "${orders.url}", login: "user:${inputs.password}" },
  });
  await until(world, blueprints, { namespace, name: "shop" }, (object: Blueprint) => ready(object).startsWith("True"));
}, 400_000);

afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
}, 120_000);

describe("dharma export", () => {
  test("prints the deployment with its secrets sealed", async () => {
    const { code, stdout, stderr } = await dharma("export", "shop", "-n", namespace);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).not.toContain(password);
    expect(JSON.parse(stdout)).toMatchObject({
      version: 3,
      deployment: {
        secrets_providers: { type: "service" },
        resources: expect.arrayContaining([expect.objectContaining({ type: "aws:sqs/queue:Queue" })]),
      },
    });
  });

  test("shows secrets when asked, in a file nobody else may read", async () => {
    const file = join(folder, "shown.json");
    const { code, stdout } = await dharma("export", "shop", "-n", namespace, "--show-secrets", "--output", file);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
    expect((await stat(file)).mode & 0o077).toBe(0);
    expect(await readFile(file, "utf8")).toContain(password);
  });

  test("sealed by a passphrase goes into any Pulumi backend", { timeout: 120_000 }, async () => {
    const none = await dharma("export", "shop", "-n", namespace, "--passphrase");
    expect(none).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining("PULUMI_CONFIG_PASSPHRASE") });
    const file = join(folder, "state.json");
    const env = { ...process.env, KUBECONFIG: world.kubeconfigPath, PULUMI_CONFIG_PASSPHRASE: passphrase };
    const args = ["export", "shop", "-n", namespace, "--passphrase", "-o", file];
    expect(await execute(join(root, "bin/dharma"), args, env)).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(await readFile(file, "utf8")).not.toContain(password);
    const pulumi = await pulumiProject();
    await pulumi("stack", "init", await uidOf("shop"));
    await pulumi("stack", "import", "--file", file);
    expect(JSON.parse(await pulumi("stack", "output", "--json", "--show-secrets"))).toMatchObject({
      login: `user:${password}`,
      queue: expect.stringContaining("sqs.eu-west-1"),
    });
    expect(await pulumi("stack", "output", "--json")).not.toContain(password);
    expect(await pulumi("stack", "export")).not.toContain(password);
  });

  test("leaves nothing of it in the Blueprint", async () => {
    const { metadata } = await world.kube.get(blueprints, { namespace, name: "shop" }, { signal: world.signal });
    expect(Object.keys(metadata.annotations ?? {}).filter((name) => name.includes("export"))).toEqual([]);
  });

  test("gives the newest plan whole, and the runs", async () => {
    const plan: unknown = JSON.parse((await dharma("export", "shop", "-n", namespace, "--as", "plan")).stdout);
    expect(plan).toMatchObject({ operation: "Apply", plan: { creates: 1, steps: [{ op: "create", name: "orders" }] } });
    const runs: unknown = JSON.parse((await dharma("export", "shop", "-n", namespace, "--as", "runs")).stdout);
    expect(runs).toMatchObject([
      { kind: "BlueprintRun", spec: { operation: "Apply" }, status: { phase: "Succeeded" } },
    ]);
  });

  test("needs the verb export, and export-secrets for secrets in clear", async () => {
    const jane = await kubeconfigOf("jane", ["get", "list", "patch"]);
    const refused = await dharma("export", "shop", "-n", namespace, "--kubeconfig", jane);
    expect({ code: refused.code, lines: refused.stderr.trim().split("\n").length }).toEqual({ code: 1, lines: 1 });
    expect(refused.stderr).toContain(`jane may not export blueprints ${namespace}/shop: ask for the verb export`);
    const joe = await kubeconfigOf("joe", ["get", "list", "patch", "export"]);
    expect((await dharma("export", "shop", "-n", namespace, "--kubeconfig", joe)).code).toBe(0);
    const shown = await dharma("export", "shop", "-n", namespace, "--show-secrets", "--kubeconfig", joe);
    expect(shown.stderr).toContain("joe may not export-secrets");
    expect(shown.stdout).toBe("");
  });

  test("of what has no state, or into what can't be written, is said in one line", async () => {
    await makeBlueprint(world, namespace, "later", {
      provider: "aws",
      region: "eu-west-1",
      paused: true,
      resources: [{ name: "orders", type: "aws:sqs/queue:Queue" }],
    });
    const none = await dharma("export", "later", "-n", namespace);
    expect(none).toMatchObject({ code: 1, stderr: "Blueprint later has no state yet: nothing was planned or built\n" });
    const unwritable = await dharma("export", "shop", "-n", namespace, "-o", join(folder, "no", "such", "folder"));
    expect({ code: unwritable.code, says: unwritable.stderr }).toEqual({
      code: 1,
      says: expect.stringContaining("can't be written"),
    });
  });
});

test("dharma history lists the runs as a table", async () => {
  const { code, stdout } = await dharma("history", "shop", "-n", namespace);
  const [head, run] = stdout.split("\n");
  expect(code).toBe(0);
  expect(head).toMatch(/^RUN +OPERATION +CAUSE +PHASE +STARTED +TOOK +CHANGES +BY$/);
  expect(run).toMatch(/^shop-apply-\w+ +Apply +SpecChange +Succeeded +\S+Z +\d+s +1 to create/);
});

function dharma(...args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return execute(join(root, "bin/dharma"), args, { ...process.env, KUBECONFIG: world.kubeconfigPath });
}

function execute(
  file: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  cwd = root,
): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(file, args, { env, cwd }, (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === "number" ? error.code : error === null ? 0 : 1, stdout, stderr }),
    );
  });
}

/** A project on a file backend; runs pulumi in it and gives its output. */
async function pulumiProject(): Promise<(...args: readonly string[]) => Promise<string>> {
  const { pulumi = "" } = await toolPaths(["pulumi"]);
  const project = join(folder, "project");
  const backend = join(folder, "backend");
  await mkdir(project, { recursive: true });
  await mkdir(backend, { recursive: true });
  await writeFile(join(project, "Pulumi.yaml"), "name: shop\nruntime: nodejs\n");
  const env = {
    PATH: dirname(pulumi),
    HOME: folder,
    PULUMI_HOME: join(folder, "home"),
    PULUMI_BACKEND_URL: pathToFileURL(backend).href,
    PULUMI_CONFIG_PASSPHRASE: passphrase,
    PULUMI_SKIP_UPDATE_CHECK: "true",
  };
  return async (...args) => {
    const { code, stdout, stderr } = await execute(pulumi, [...args, "--non-interactive"], env, project);
    if (code !== 0) throw new Error(`pulumi ${args.join(" ")}: ${stdout}${stderr}`);
    return stdout;
  };
}

/** The admin's kubeconfig as somebody else, who may do `verbs` with Blueprints of the namespace. */
async function kubeconfigOf(user: string, verbs: readonly string[]): Promise<string> {
  const apiGroup = "rbac.authorization.k8s.io";
  const metadata = { name: user, namespace };
  const rules = [
    { apiGroups: ["iacdharma.com"], resources: ["blueprints"], verbs },
    { apiGroups: ["iacdharma.com"], resources: ["blueprintruns"], verbs: ["get", "list"] },
  ];
  const role = { apiVersion: `${apiGroup}/v1`, kind: "Role", metadata, rules };
  const binding = {
    apiVersion: `${apiGroup}/v1`,
    kind: "RoleBinding",
    metadata,
    roleRef: { apiGroup, kind: "Role", name: user },
    subjects: [{ apiGroup, kind: "User", name: user }],
  };
  await world.kube.create(rbac("Role", "roles"), role, { signal: world.signal });
  await world.kube.create(rbac("RoleBinding", "rolebindings"), binding, { signal: world.signal });
  const config: { users: { user: object }[] } = parse(await readFile(world.kubeconfigPath, "utf8"));
  for (const entry of config.users) entry.user = { ...entry.user, as: user };
  const path = join(folder, `${user}.kubeconfig`);
  await writeFile(path, stringify(config));
  return path;
}

const rbac = (kind: string, plural: string): ResourceType => {
  return { group: "rbac.authorization.k8s.io", version: "v1", kind, plural, namespaced: true };
};

async function uidOf(name: string): Promise<string> {
  return (await world.kube.get(blueprints, { namespace, name }, { signal: world.signal })).metadata.uid ?? "";
}

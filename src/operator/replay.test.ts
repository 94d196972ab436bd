// Decisions of a real operator, replayed by the command as people run it: the same by the same rules, told where others differ.
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { blueprints, configMaps, secrets } from "../api/index.ts";
import { makeBlueprint, ready, runsIn, startWorld, until, type World } from "../../test/support/world.ts";

const root = join(import.meta.dirname, "..", "..");
const patience = 240_000;
let world: World;
let namespace: string;
let folder: string;
let denied: string;

function dharma(...args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [join(root, "bin/dharma"), ...args],
      { env: { ...process.env, KUBECONFIG: world.kubeconfigPath } },
      (error, stdout, stderr) =>
        resolve({ code: typeof error?.code === "number" ? error.code : error === null ? 0 : 1, stdout, stderr }),
    );
  });
}

const replay = (...args: readonly string[]) => dharma("policy", "replay", ...args, "-n", namespace);

async function settings(text: string): Promise<void> {
  const object = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { namespace: "dharma-system", name: "dharma-policy", labels: { "iacdharma.com/policy": "settings" } },
    data: { "settings.yaml": text },
  };
  await world.kube.apply(configMaps, object, { fieldManager: "admin", signal: world.signal });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "dharma-replay-"));
  world = await startWorld({ policySettings: { allowedRegions: ["eu-central-1"] } });
  namespace = await world.namespace();
  const queue = { name: "orders", type: "aws:sqs/queue:Queue", properties: { tags: { login: "${inputs.password}" } } };
  const secret = { apiVersion: "v1", kind: "Secret", metadata: { namespace, name: "db" } };
  const data = { password: Buffer.from("hunter2-hunter2").toString("base64") };
  await world.kube.create(secrets, { ...secret, data }, { signal: world.signal });
  await makeBlueprint(world, namespace, "shop", {
    provider: "aws",
    region: "eu-west-1",
    approval: "Never",
    inputs: [{ name: "password", secretKeyRef: { name: "db", key: "password" } }],
    resources: [queue],
  });
  await until(world, blueprints, { namespace, name: "shop" }, (object) => ready(object).startsWith("False"));
  denied =
    (await runsIn(world, namespace)).find(({ status }) => status?.error?.reason === "PolicyDenied")?.metadata.name ??
    "";
}, 300_000);

afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
}, 120_000);

describe("dharma policy replay", () => {
  test(
    "of a denied plan decides the same, of the input that is proven to be the one",
    { timeout: patience },
    async () => {
      const { code, stdout, stderr } = await replay(denied);
      expect(stderr).toBe("");
      expect(stdout).toContain("The input is the one that was judged");
      expect(stdout).toMatch(/decision +denied +denied/);
      const metrics = await fetch(`http://127.0.0.1:${world.operator.ports.get("metrics") ?? 0}/metrics`);
      expect(await metrics.text()).toMatch(
        /dharma_policy_denials_total\{point="Plan",rule="dharma\.region\.not-allowed"\} [1-9]/,
      );
      expect(stdout).toContain("Same: the decision and every finding are as they were.");
      expect(code).toBe(0);
    },
  );

  test(
    "by another folder of policies differs, tells each finding, and ends with 1",
    { timeout: patience },
    async () => {
      const rego = `package dharma.plan
decision := {"allow": true, "requireApproval": false, "deny": [], "warn": [f]}
f := {"rule": "own.told", "message": "look here", "resource": "", "controls": [], "severity": "Low"}`;
      await writeFile(join(folder, "plan.rego"), rego);
      const { code, stdout } = await replay("shop", "--policies", folder);
      expect(code).toBe(1);
      expect(stdout).toContain("The bundle is another one than the one that decided.");
      expect(stdout).toMatch(/decision +denied +allowed/);
      expect(stdout).toMatch(/- deny {2}\w+ {2}dharma\.region\.not-allowed/);
      expect(stdout).toContain("+ warn  Low  own.told");
    },
  );

  test("under the settings of now tells that the plan would pass", { timeout: patience }, async () => {
    await settings("namespaces: { elsewhere: { maxBlastRadius: 1 } }\n");
    const { code, stdout } = await replay(denied, "--at-settings", "current", "-o", "json");
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      verified: "verified",
      settings: "current",
      past: { allow: false },
      now: { allow: true },
      comparison: { same: false, sameBundle: true, sameSettings: false },
    });
  });

  test("of a saved file needs no cluster, and holds no secret", { timeout: patience }, async () => {
    const file = join(folder, "input.json");
    expect(await replay(denied, "--save", file)).toMatchObject({ code: 0 });
    expect(await readFile(file, "utf8")).not.toContain("hunter2");
    const { code, stdout } = await dharma("policy", "replay", "--file", file, "--kubeconfig", "/nowhere");
    expect(stdout).toContain("Same:");
    expect(code).toBe(0);
    await writeFile(file, (await readFile(file, "utf8")).replace('"region": "eu-west-1"', '"region": "eu-central-1"'));
    const changed = await dharma("policy", "replay", "--file", file);
    expect(changed).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining("is not the one") });
  });

  test("of what is not there says which Blueprints there are", { timeout: patience }, async () => {
    const { code, stderr } = await replay("nosuch");
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining("There are: shop") });
  });
});

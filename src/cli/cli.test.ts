// The commands as people run them: real processes against the real API server.
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { usePlane } from "../../test/support/plane.ts";
import { blueprintRuns, blueprints, type Blueprint, type BlueprintRun } from "../api/index.ts";
import { createKube, type KubeClient, systemClock } from "../kube/index.ts";
import { applyManifests, readManifests } from "../local/start/manifests.ts";

const root = join(import.meta.dirname, "..", "..");
const signal = new AbortController().signal;
const namespace = `cli-${randomBytes(4).toString("hex")}`;
let kube: KubeClient;
let kubeconfig: string;
let folder: string;

function dharma(...args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [join(root, "bin/dharma"), ...args],
      { env: { ...process.env, KUBECONFIG: kubeconfig } },
      (error, stdout, stderr) =>
        resolve({ code: typeof error?.code === "number" ? error.code : error === null ? 0 : 1, stdout, stderr }),
    );
  });
}

const blueprint = {
  apiVersion: "iacdharma.com/v1alpha1",
  kind: "Blueprint",
  metadata: { name: "shop", namespace },
  spec: { provider: "aws", region: "eu-west-1", paused: true, components: [{ name: "assets", type: "ObjectStore" }] },
};

beforeAll(async () => {
  kubeconfig = (await usePlane()).kubeconfigPath;
  folder = await mkdtemp(join(tmpdir(), "dharma-cli-"));
  kube = await createKube({ kubeconfig: { path: kubeconfig }, clock: systemClock, random: Math.random }, signal);
  await applyManifests(kube, await readManifests(join(root, "crds")), signal);
  await applyManifests(kube, [blueprint], signal);
  const made = await kube.get<Blueprint>(blueprints, { namespace, name: "shop" }, { signal });
  const run = {
    apiVersion: blueprint.apiVersion,
    kind: "BlueprintRun",
    metadata: { name: "shop-1", namespace },
    spec: {
      blueprintRef: { name: "shop", uid: made.metadata.uid ?? "", generation: 1 },
      operation: "Apply",
      cause: "SpecChange",
    },
  };
  await applyManifests(kube, [run], signal);
  await kube.apply<BlueprintRun>(
    blueprintRuns,
    {
      ...run,
      status: {
        phase: "AwaitingApproval",
        plan: {
          id: `sha256:${"a".repeat(64)}`,
          creates: 1,
          updates: 0,
          replaces: 1,
          deletes: 0,
          steps: [
            { op: "create", urn: "urn:1", type: "aws:s3/bucket:Bucket", name: "assets" },
            {
              op: "replace",
              urn: "urn:2",
              type: "aws:ec2/vpc:Vpc",
              name: "net",
              changed: ["cidrBlock"],
              replaceReasons: ["cidrBlock"],
            },
          ],
        },
      },
    } as unknown as BlueprintRun,
    { fieldManager: "test", subresource: "status", signal },
  );
});

afterAll(async () => {
  await kube.close();
  await rm(folder, { recursive: true, force: true });
});

describe("dharma plan", () => {
  test("shows each step with what forces a replacement, and how to approve", async () => {
    const { code, stdout } = await dharma("plan", "shop", "-n", namespace);
    expect(code).toBe(0);
    expect(stdout).toContain("1 to create, 1 to replace");
    expect(stdout).toMatch(/-\/\+ net .*cidrBlock forces replacement/);
    expect(stdout).toContain(`dharma approve shop-1 -n ${namespace}`);
  });

  test("checks a file without a cluster and names the nearest known component", async () => {
    const file = join(folder, "bad.yaml");
    await writeFile(
      file,
      JSON.stringify({
        ...blueprint,
        spec: { ...blueprint.spec, components: [{ name: "assets", type: "ObjectStor" }] },
      }),
    );
    const { code, stderr } = await dharma("plan", "-f", file, "--kubeconfig", "/nowhere");
    expect(code).toBe(1);
    expect(stderr).toMatch(/UnknownComponent: .*did you mean `ObjectStore`/);
  });

  test("says which Blueprints there are when the name is wrong", async () => {
    const { code, stderr } = await dharma("plan", "shopp", "-n", namespace);
    expect(code).toBe(1);
    expect(stderr).toContain(`There is no Blueprint shopp in namespace ${namespace}. There are: shop.`);
  });

  test("a missing file is said in one line", async () => {
    const { code, stderr } = await dharma("plan", "-f", join(folder, "none.yaml"));
    expect({ code, lines: stderr.trim().split("\n").length }).toEqual({ code: 1, lines: 1 });
    expect(stderr).toContain("can't be read");
  });
});

describe("dharma approve and reject", () => {
  test("an approval of a plan that is not the one that waits is refused and changes nothing", async () => {
    const { code, stderr } = await dharma("approve", "shop", "-n", namespace, "--plan", "sha256:other");
    expect(code).toBe(1);
    expect(stderr).toContain("not sha256:other");
    const run = await kube.get(blueprintRuns, { namespace, name: "shop-1" }, { signal });
    expect(run.metadata.annotations).toBeUndefined();
  });

  test("an approval by the Blueprint's name annotates the run that waits with the plan that waits", async () => {
    const { code, stdout } = await dharma("approve", "shop", "-n", namespace);
    expect(code).toBe(0);
    expect(stdout).toContain("Approved: 1 to create, 1 to replace");
    const run = await kube.get(blueprintRuns, { namespace, name: "shop-1" }, { signal });
    expect(run.metadata.annotations).toEqual({ "iacdharma.com/approve": `sha256:${"a".repeat(64)}` });
  });
});

describe("dharma explain", () => {
  test("tells that the operator has not looked yet, and shows the newest run", async () => {
    const { code, stdout } = await dharma("explain", "shop", "-n", namespace);
    expect(code).toBe(0);
    expect(stdout).toContain("The operator has not looked at it yet");
    expect(stdout).toContain("run shop-1: AwaitingApproval");
  });

  test("an unknown kind is refused with the known ones", async () => {
    const { code, stderr } = await dharma("explain", "bluprint/shop", "-n", namespace);
    expect(code).toBe(1);
    expect(stderr).toContain("Known: blueprint,");
  });
});

test("wrong usage exits with 2, a kubeconfig that is not there with 1 and what to do", async () => {
  expect((await dharma("plann")).code).toBe(2);
  const { code, stderr } = await dharma("explain", "shop", "--kubeconfig", "/nowhere");
  expect(code).toBe(1);
  expect(stderr).toContain("KUBECONFIG");
});

// GitOps for real: Argo CD syncs examples/ from Git, shows each object's true health, heals what people change by hand,
// never fights the operator, and prunes without leaving anything in the cloud.
import { execFile } from "node:child_process";
import { cp, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseAllDocuments, stringify } from "yaml";
import { readFileSync } from "node:fs";
import { type BlueprintRun, blueprintRuns, blueprints } from "../../src/api/index.ts";
import { annotate, startWorld, type World } from "../support/world.ts";
import { type ArgoCd, redisPath, startArgoCd } from "./argocd.ts";
import { at, listAt, mustRun, root } from "./chart.ts";

const redis = redisPath();
const namespace = "shop";
const run = promisify(execFile);
const own = { provider: "aws", region: "eu-west-1", drift: { mode: "Report", interval: "1h" } };
const queue = { name: "orders", type: "aws:sqs/queue:Queue", properties: { visibilityTimeoutSeconds: 60 } };

let world: World;
let argo: ArgoCd;
let folder: string;
let repository: string;

const kubectl = (...args: readonly string[]) => mustRun("kubectl", args, { kubeconfig: world.kubeconfigPath });
const git = (...args: readonly string[]) =>
  run("git", ["-c", "user.name=test", "-c", "user.email=test@example.com", ...args], { cwd: repository });

describe.skipIf(redis === undefined)(
  `Argo CD${redis === undefined ? " (skipped: no redis-server on PATH)" : ""}`,
  () => {
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "dharma-argocd-"));
      repository = join(folder, "repository");
      await cp(join(root, "examples"), join(repository, "examples"), { recursive: true });
      await git("init", "--quiet", "--initial-branch=main");
      await commit("examples");
      world = await startWorld();
      argo = await startArgoCd(world.kubeconfigPath, redis ?? "", folder);
      await writeFile(join(folder, "application.json"), JSON.stringify(application()));
      await kubectl("apply", "--server-side", "-f", join(folder, "application.json"));
    }, 1_800_000);

    afterAll(async () => {
      await argo[Symbol.asyncDispose]();
      await world[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    }, 180_000);

    test(
      "syncs examples/ and shows planning, Ready, and what has no controller yet",
      { timeout: 900_000 },
      async () => {
        const seen = new Map<string, Set<string>>();
        await until("all Blueprints Healthy", 840_000, async () => {
          const health = await healths();
          for (const [name, { status }] of health) seen.set(name, (seen.get(name) ?? new Set()).add(status));
          return ["aws", "azure", "gcp"].every(
            (cloud) => health.get(`Blueprint/web-shop-${cloud}`)?.status === "Healthy",
          );
        });
        for (const cloud of ["aws", "azure", "gcp"]) {
          expect([...(seen.get(`Blueprint/web-shop-${cloud}`) ?? [])]).toEqual(
            expect.arrayContaining(["Progressing", "Healthy"]),
          );
        }
        const health = await healths();
        for (const name of ["CostBudget/shop", "EdgeCluster/berlin-7", "RemediationPolicy/web-tier"]) {
          expect(health.get(name), name).toMatchObject({
            status: "Degraded",
            message: expect.stringContaining("NotImplemented"),
          });
        }
        expect(at(await shop(), "status", "sync", "status")).toBe("Synced");
      },
    );

    test("shows a plan that waits for a person as suspended until it is approved", { timeout: 400_000 }, async () => {
      await write("asked.yaml", blueprint("asked", { ...own, approval: "Always", resources: [queue] }));
      await until("Suspended", 180_000, async () => (await healthOf("asked"))?.status === "Suspended");
      expect((await healthOf("asked"))?.message).toContain("AwaitingApproval");
      await approve("asked", "Apply");
      await until("Healthy", 180_000, async () => (await healthOf("asked"))?.status === "Healthy");
    });

    test("shows a failure with its reason, and that a commit repaired it", { timeout: 400_000 }, async () => {
      const wrong = { name: "assets", type: "ObjectStore", properties: { version: true } };
      await write("wrong.yaml", blueprint("wrong", { ...own, approval: "Never", components: [wrong] }));
      await until("Degraded", 180_000, async () => (await healthOf("wrong"))?.status === "Degraded");
      expect((await healthOf("wrong"))?.message).toContain("UnknownProperty");
      const right = { ...wrong, properties: { versioning: true } };
      await write("wrong.yaml", blueprint("wrong", { ...own, approval: "Never", components: [right] }));
      await until("Healthy", 180_000, async () => (await healthOf("wrong"))?.status === "Healthy");
    });

    test("puts back what a person changed by hand, then leaves the operator alone", { timeout: 400_000 }, async () => {
      const key = { namespace, name: "asked" };
      await kubectl(
        "-n",
        namespace,
        "patch",
        "blueprint",
        "asked",
        "--type=merge",
        "-p",
        '{"spec":{"drift":{"interval":"9h"}}}',
      );
      await until("healed by Argo CD", 120_000, async () => {
        const { spec } = await world.kube.get(blueprints, key, { signal: world.signal });
        return spec.drift.interval === "1h";
      });
      await until("Healthy and Synced", 180_000, async () => {
        const synced = at(await shop(), "status", "sync", "status") === "Synced";
        return synced && (await healthOf("asked"))?.status === "Healthy";
      });
      const before = await situation();
      const versions = new Set<string>();
      for (let second = 0; second < 30; second += 1) {
        for (const object of await allBlueprints())
          versions.add(`${object.metadata.name} ${object.metadata.resourceVersion}`);
        await sleep(1_000);
      }
      expect(await situation()).toEqual(before); // no new generation, no new sync, no new run
      // The health of each may be written anew now and then; a fight would write every second.
      expect(versions.size).toBeLessThanOrEqual(2 * before.generations.length);
    });

    test("prunes what left Git, and nothing stays in the cloud", { timeout: 900_000 }, async () => {
      for (const file of await readdir(join(repository, "examples"))) {
        if (file.endsWith(".yaml")) await rm(join(repository, "examples", file));
      }
      await writeFile(
        join(repository, "examples", "left.yaml"),
        stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "left" }, data: {} }),
      );
      await commit("nothing is wanted any more");
      await refresh();
      await until("every Blueprint gone", 840_000, async () => {
        for (const each of await runs()) {
          if (each.spec.operation === "Destroy" && each.status?.phase === "AwaitingApproval") await answer(each);
        }
        return (await allBlueprints()).length === 0;
      });
      expect(await world.cloud("GET", "/resources")).toEqual({ resources: [] });
      await until("Synced", 120_000, async () => at(await shop(), "status", "sync", "status") === "Synced");
    });
  },
);

/** examples/argocd/application.yaml's second Application, with the repository of this test. */
function application(): unknown {
  const text = readFileSync(join(root, "examples", "argocd", "application.yaml"), "utf8");
  const found: unknown = parseAllDocuments(text)
    .map((document): unknown => document.toJS())
    .find((object) => at(object, "metadata", "name") === "shop");
  const spec = at(found, "spec") as object;
  const source = { ...(at(spec, "source") as object), repoURL: `file://${repository}` };
  return { ...(found as object), spec: { ...spec, source } };
}

function blueprint(name: string, spec: object): object {
  return { apiVersion: "iacdharma.com/v1alpha1", kind: "Blueprint", metadata: { name }, spec };
}

async function commit(message: string): Promise<void> {
  await git("add", "--all");
  await git("commit", "--quiet", "--message", message);
}

async function write(file: string, object: object): Promise<void> {
  await writeFile(join(repository, "examples", file), stringify(object));
  await commit(file);
  await refresh();
}

/** Asks Argo CD to look at Git now. */
async function refresh(): Promise<void> {
  await kubectl("-n", "argocd", "annotate", "--overwrite", "application", "shop", "argocd.argoproj.io/refresh=normal");
}

async function shop(): Promise<unknown> {
  return JSON.parse(await kubectl("-n", "argocd", "get", "application", "shop", "-o", "json"));
}

/** What Argo CD says of each resource, by KIND/NAME. */
async function healths(): Promise<ReadonlyMap<string, { readonly status: string; readonly message: string }>> {
  return new Map(
    listAt(await shop(), "status", "resources").map((each) => [
      `${String(at(each, "kind"))}/${String(at(each, "name"))}`,
      { status: String(at(each, "health", "status")), message: String(at(each, "health", "message")) },
    ]),
  );
}

async function healthOf(name: string): Promise<{ readonly status: string; readonly message: string } | undefined> {
  return (await healths()).get(`Blueprint/${name}`);
}

async function allBlueprints() {
  return (await world.kube.list(blueprints, { namespace, signal: world.signal })).items;
}

async function runs(): Promise<readonly BlueprintRun[]> {
  return (await world.kube.list(blueprintRuns, { namespace, signal: world.signal })).items;
}

/** What changes when somebody works: generations, syncs, runs. */
async function situation() {
  const object = await shop();
  return {
    generations: (await allBlueprints()).map(({ metadata }) => `${metadata.name} ${metadata.generation ?? 0}`),
    syncs: listAt(object, "status", "history").length,
    finished: at(object, "status", "operationState", "finishedAt"),
    runs: (await runs()).length,
  };
}

async function approve(name: string, operation: string): Promise<void> {
  const found = (await runs()).find(
    ({ spec, status }) =>
      spec.blueprintRef.name === name && spec.operation === operation && status?.phase === "AwaitingApproval",
  );
  if (found === undefined) throw new Error(`no run of ${name} waits for approval`);
  await answer(found);
}

async function answer(found: BlueprintRun): Promise<void> {
  const key = { namespace, name: found.metadata.name };
  await annotate(world, blueprintRuns, key, { "iacdharma.com/approve": found.status?.plan?.id ?? "" });
}

async function until(what: string, timeoutMs: number, holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (performance.now() < deadline) {
    if (await holds()) return;
    await sleep(500);
  }
  const objects = await kubectl("-n", namespace, "get", "blueprints,blueprintruns", "-o", "wide");
  const status = JSON.stringify(at(await shop(), "status"), undefined, 1);
  throw new Error(`not ${what} after ${timeoutMs / 1000} s\n${objects}\n${status}\n${await argo.logs()}`);
}

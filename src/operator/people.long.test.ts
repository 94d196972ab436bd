// What people may do about a plan: reject it, ask for another, approve it while they have the right to, and nothing more.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { type Blueprint, type BlueprintRun, blueprintRuns, blueprints, type ResourceType } from "../api/index.ts";
import { createKube, type KubeClient, systemClock } from "../kube/index.ts";
import {
  annotate,
  makeBlueprint,
  ready,
  runsIn,
  startWorld,
  until,
  untilGone,
  type World,
} from "../../test/support/world.ts";

let world: World;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "dharma-people-"));
  world = await startWorld();
}, 300_000);

afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
}, 120_000);

const base = { provider: "aws", region: "eu-west-1", approval: "Always" };
const queues = (...names: readonly string[]) =>
  names.map((name) => ({ name, type: "aws:sqs/queue:Queue", properties: { visibilityTimeoutSeconds: 60 } }));
const timeout = 600_000;
const rbac = { group: "rbac.authorization.k8s.io", version: "v1", namespaced: true };
const roleBindings: ResourceType = { ...rbac, kind: "RoleBinding", plural: "rolebindings" };

describe("people", () => {
  test("may reject a plan, and ask for another", { timeout }, async () => {
    const namespace = await world.namespace();
    const key = { namespace, name: "shop" };
    await makeBlueprint(world, namespace, "shop", { ...base, resources: queues("a") });
    await until(world, blueprints, key, (object) => ready(object) === "Unknown AwaitingApproval", 240_000);
    const [first] = await runsIn(world, namespace);
    const runKey = { namespace, name: first?.metadata.name ?? "" };
    await annotate(world, blueprintRuns, runKey, { "iacdharma.com/reject": first?.status?.plan?.id ?? "" });
    await until(world, blueprints, key, (object) => ready(object) === "False ApprovalRejected");
    await annotate(world, blueprints, key, { "iacdharma.com/reconcile-at": "again" });
    await until(world, blueprints, key, (object) => ready(object) === "Unknown AwaitingApproval", 240_000);
    await world.kube.delete(blueprints, key, { signal: world.signal });
    await untilGone(world, blueprints, key, 240_000);
  });

  test("without the right can neither approve nor reach for a Secret", { timeout }, async () => {
    const namespace = await world.namespace();
    const mallory = await kubeAs("mallory", []);
    await grant(namespace, "User", "mallory", edit);
    try {
      const spec = { ...base, resources: queues("a") };
      await makeBlueprint(world, namespace, "shop", spec);
      await until(
        world,
        blueprints,
        { namespace, name: "shop" },
        (object) => ready(object) === "Unknown AwaitingApproval",
        240_000,
      );
      const [run] = await runsIn(world, namespace);
      const body = { metadata: { annotations: { "iacdharma.com/approve": run?.status?.plan?.id ?? "" } } };
      const key = { namespace, name: run?.metadata.name ?? "" };
      await expect(
        mallory.patch(blueprintRuns, key, { kind: "merge", body }, { signal: world.signal }),
      ).rejects.toThrow(/may not approve/);
      const stealing = {
        apiVersion: "iacdharma.com/v1alpha1",
        kind: "Blueprint",
        metadata: { name: "thief", namespace },
        spec: { ...base, inputs: [{ name: "p", secretKeyRef: { name: "db", key: "p" } }], resources: queues("a") },
      };
      await expect(mallory.apply(blueprints, stealing, { fieldManager: "m", signal: world.signal })).rejects.toThrow(
        /may not get secrets/,
      );
    } finally {
      await mallory.close();
    }
  });

  test("whose right is taken away before the plan is carried out have approved nothing", { timeout }, async () => {
    const namespace = await world.namespace();
    const key = { namespace, name: "shop" };
    const jane = await kubeAs("jane", ["approvers"]);
    await grant(namespace, "User", "jane", edit);
    await grant(namespace, "Group", "approvers", ["approve"]);
    try {
      await makeBlueprint(world, namespace, "shop", { ...base, resources: queues("a") });
      await until(world, blueprints, key, (object) => ready(object) === "Unknown AwaitingApproval", 240_000);
      const [run] = await runsIn(world, namespace);
      const runKey = { namespace, name: run?.metadata.name ?? "" };
      // Held back by the pause: between the approval and its use there is time.
      await annotate(world, blueprints, key, { "iacdharma.com/paused": "true" });
      await until(world, blueprintRuns, runKey, (object) => readyOf(object).reason === "Paused");
      const body = { metadata: { annotations: { "iacdharma.com/approve": run?.status?.plan?.id ?? "" } } };
      await jane.patch(blueprintRuns, runKey, { kind: "merge", body }, { signal: world.signal });
      await world.kube.delete(roleBindings, { namespace, name: "approvers" }, { signal: world.signal });
      await annotate(world, blueprints, key, { "iacdharma.com/paused": null });
      const refused = await until(
        world,
        blueprintRuns,
        runKey,
        (object) => readyOf(object).reason === "ApproverNotAllowed",
      );
      expect(readyOf(refused)).toMatchObject({
        status: "Unknown",
        message: expect.stringContaining("jane approved, but may not approve blueprintruns"),
      });
      expect(refused.status).toMatchObject({ phase: "AwaitingApproval" });
      expect(refused.status?.approval).toBeUndefined();
      expect((await world.kube.get(blueprints, key, { signal: world.signal })).status?.resources ?? 0).toBe(0);

      // Given back: the same approval is good again.
      await grant(namespace, "Group", "approvers", ["approve"]);
      const done = await until(world, blueprintRuns, runKey, ({ status }) => status?.phase === "Succeeded", 240_000);
      expect(done.status?.approval).toMatchObject({ user: "jane", plan: run?.status?.plan?.id });
      expect(await until(world, blueprints, key, isReady)).toMatchObject({ status: { resources: 1 } });
    } finally {
      await jane.close();
    }
  });
});

const edit = ["get", "list", "create", "update", "patch"];

function isReady(object: Blueprint): boolean {
  return ready(object) === "True Succeeded";
}

function readyOf(run: BlueprintRun): { readonly status?: string; readonly reason?: string; readonly message?: string } {
  return run.status?.conditions?.find(({ type }) => type === "Ready") ?? {};
}

/** A client as that person, in these groups. */
async function kubeAs(user: string, groups: readonly string[]): Promise<KubeClient> {
  const config: { users: { user: Record<string, unknown> }[] } = parse(await readFile(world.kubeconfigPath, "utf8"));
  for (const entry of config.users) Object.assign(entry.user, { as: user, "as-groups": groups });
  const path = join(folder, `${user}.yaml`);
  await writeFile(path, stringify(config), { mode: 0o600 });
  return createKube({ kubeconfig: { path }, clock: systemClock, random: Math.random }, world.signal);
}

/** Gives these verbs on Blueprints and runs of a namespace, and nothing else. */
async function grant(namespace: string, kind: "User" | "Group", name: string, verbs: readonly string[]): Promise<void> {
  const rules = [{ apiGroups: ["iacdharma.com"], resources: ["blueprints", "blueprintruns"], verbs }];
  const apiVersion = "rbac.authorization.k8s.io/v1";
  const options = { fieldManager: "test", signal: world.signal };
  const role = { apiVersion, kind: "Role", metadata: { name, namespace }, rules };
  await world.kube.apply({ ...rbac, kind: "Role", plural: "roles" }, role, options);
  const binding = {
    apiVersion,
    kind: "RoleBinding",
    metadata: { name, namespace },
    roleRef: { apiGroup: rbac.group, kind: "Role", name },
    subjects: [{ kind, apiGroup: rbac.group, name }],
  };
  await world.kube.apply(roleBindings, binding, options);
}

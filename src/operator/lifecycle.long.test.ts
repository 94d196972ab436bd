// What must never go wrong in a Blueprint's life: namespaces deleted, accounts exchanged, clouds that lose or deny.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Blueprint, blueprintRuns, blueprints, namespaces, secrets } from "../api/index.ts";
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

beforeAll(async () => {
  world = await startWorld();
}, 300_000);

afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
}, 120_000);

const base = { provider: "aws", region: "eu-west-1", approval: "Never" };
const queueType = "aws:sqs/queue:Queue";
const queues = (...names: readonly string[]) =>
  names.map((name) => ({ name, type: queueType, properties: { visibilityTimeoutSeconds: 60 } }));
const isReady = (object: Blueprint) =>
  ready(object) === "True Succeeded" && object.status?.lastAppliedGeneration === object.metadata.generation;
const timeout = 600_000;

describe("deletion", () => {
  test("of the namespace destroys everything first, without making anything in it", { timeout }, async () => {
    const namespace = await world.namespace();
    await makeBlueprint(world, namespace, "shop", { ...base, resources: queues("a", "b") });
    await until(world, blueprints, { namespace, name: "shop" }, isReady, 240_000);
    await world.kube.delete(namespaces, { name: namespace }, { signal: world.signal });
    await untilGone(world, namespaces, { name: namespace }, 300_000);
    expect(await queuesOf(namespace)).toEqual([]);
    const kept = (await runsIn(world, "dharma-system")).filter(({ spec }) => spec.blueprintRef.namespace === namespace);
    expect(kept).toMatchObject([{ spec: { operation: "Destroy", cause: "Deletion" }, status: { phase: "Succeeded" } }]);
  });

  test("in the foreground destroys everything first", { timeout }, async () => {
    const namespace = await world.namespace();
    const key = { namespace, name: "shop" };
    await makeBlueprint(world, namespace, "shop", { ...base, resources: queues("a") });
    await until(world, blueprints, key, isReady, 240_000);
    await world.kube.delete(blueprints, key, { propagation: "Foreground", signal: world.signal });
    await untilGone(world, blueprints, key, 240_000);
    expect(await queuesOf(namespace)).toEqual([]);
  });

  test("waits while it is paused, leaves everything with Retain", { timeout }, async () => {
    const namespace = await world.namespace();
    const key = { namespace, name: "shop" };
    const spec = { ...base, resources: queues("a"), deletionPolicy: "Retain" };
    await makeBlueprint(world, namespace, "shop", spec);
    await until(world, blueprints, key, isReady, 240_000);
    await annotate(world, blueprints, key, { "iacdharma.com/paused": "true" });
    await world.kube.delete(blueprints, key, { signal: world.signal });
    const paused = await until(
      world,
      blueprints,
      key,
      ({ status }) => status?.conditions?.some(({ type }) => type === "Paused") === true,
    );
    expect(ready(paused)).toBe("True Succeeded");
    await annotate(world, blueprints, key, { "iacdharma.com/paused": null });
    await untilGone(world, blueprints, key);
    expect(await queuesOf(namespace)).toHaveLength(1);
  });

  test("goes in reverse order of references", { timeout }, async () => {
    const namespace = await world.namespace();
    const [platform, shop] = [
      { namespace, name: "platform" },
      { namespace, name: "shop" },
    ];
    await makeBlueprint(world, namespace, "shop", {
      ...base,
      inputs: [{ name: "upstream", blueprintRef: { name: "platform", output: "arn" } }],
      resources: [{ ...queues("b")[0], properties: { tags: { upstream: "${inputs.upstream}" } } }],
    });
    await until(world, blueprints, shop, (object) => ready(object) === "False InputMissing");
    await makeBlueprint(world, namespace, "platform", {
      ...base,
      resources: queues("a"),
      outputs: { arn: "${a.arn}" },
    });
    await until(world, blueprints, shop, isReady, 300_000);
    await world.kube.delete(blueprints, platform, { signal: world.signal });
    await until(world, blueprints, platform, (object) => ready(object) === "Unknown HasDependents");
    await world.kube.delete(blueprints, shop, { signal: world.signal });
    await untilGone(world, blueprints, shop, 240_000);
    await untilGone(world, blueprints, platform, 240_000);
    expect(await queuesOf(namespace)).toEqual([]);
  });
});

describe("the cloud", () => {
  test("of another account is never written to, and the right one is found again", { timeout }, async () => {
    const namespace = await world.namespace();
    const key = { namespace, name: "shop" };
    const credentials = (account: string) => ({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "aws", namespace },
      stringData: { AWS_ACCESS_KEY_ID: `${namespace}-${account}`, AWS_SECRET_ACCESS_KEY: "s" },
    });
    const options = { fieldManager: "test", signal: world.signal };
    await world.kube.apply(secrets, credentials("one"), options);
    await makeBlueprint(world, namespace, "shop", {
      ...base,
      credentials: { secretRef: { name: "aws" } },
      resources: queues("a"),
    });
    const built = await until(world, blueprints, key, isReady, 240_000);
    await world.kube.apply(secrets, credentials("two"), options);
    await annotate(world, blueprints, key, { "iacdharma.com/reconcile-at": "1" });
    const stalled = await until(
      world,
      blueprints,
      key,
      (object) => ready(object) === "False CloudIdentityChanged",
      240_000,
    );
    expect(stalled.status).toMatchObject({
      resources: 1,
      cloud: built.status?.cloud,
      outputs: built.status?.outputs ?? {},
    });
    await world.kube.apply(secrets, credentials("one"), options);
    await annotate(world, blueprints, key, { "iacdharma.com/reconcile-at": "2" });
    await until(world, blueprints, key, isReady, 240_000);
    // Destroying needs nothing of the tenant: the credentials were sealed.
    await world.kube.delete(secrets, { namespace, name: "aws" }, { signal: world.signal });
    await world.kube.delete(blueprints, key, { signal: world.signal });
    await untilGone(world, blueprints, key, 240_000);
    expect(await queuesOf(`${namespace}-one`)).toEqual([]);
  });

  test("of another account that the spec names is moved to by approval, and nothing is left", { timeout }, async () => {
    const namespace = await world.namespace();
    const key = { namespace, name: "shop" };
    for (const account of ["one", "two"]) {
      const stringData = { AWS_ACCESS_KEY_ID: `${namespace}-${account}`, AWS_SECRET_ACCESS_KEY: "s" };
      const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: account, namespace }, stringData };
      await world.kube.apply(secrets, secret, { fieldManager: "test", signal: world.signal });
    }
    const spec = (account: string) => ({
      ...base,
      credentials: { secretRef: { name: account } },
      resources: queues("a", "b"),
    });
    await makeBlueprint(world, namespace, "shop", spec("one"));
    const built = await until(world, blueprints, key, isReady, 240_000);
    await makeBlueprint(world, namespace, "shop", spec("two"));
    await until(world, blueprints, key, (object) => ready(object) === "Unknown AwaitingApproval", 240_000);
    const asked = (await runsIn(world, namespace)).at(-1);
    expect(asked).toMatchObject({
      spec: { operation: "Destroy", cause: "SpecChange" },
      status: { plan: { deletes: 2 } },
    });
    expect(await queuesOf(`${namespace}-one`)).toHaveLength(2);
    // The old account needs nothing of the tenant any more: its credentials were kept.
    await world.kube.delete(secrets, { namespace, name: "one" }, { signal: world.signal });
    await annotate(
      world,
      blueprintRuns,
      { namespace, name: asked?.metadata.name ?? "" },
      { "iacdharma.com/approve": asked?.status?.plan?.id ?? "" },
    );
    const moved = await until(world, blueprints, key, isReady, 240_000);
    expect(moved.status?.cloud?.identity).not.toBe(built.status?.cloud?.identity);
    expect(await queuesOf(`${namespace}-one`)).toEqual([]);
    expect(await queuesOf(`${namespace}-two`)).toHaveLength(2);
  });

  test("of another provider is moved to in the same way", { timeout }, async () => {
    const namespace = await world.namespace();
    const key = { namespace, name: "shop" };
    const spec = (provider: string, region: string) => ({
      provider,
      region,
      approval: "Never",
      components: [{ name: "assets", type: "ObjectStore" }],
    });
    await makeBlueprint(world, namespace, "shop", spec("aws", "eu-west-1"));
    await until(world, blueprints, key, isReady, 240_000);
    await makeBlueprint(world, namespace, "shop", spec("gcp", "europe-west1"));
    await until(world, blueprints, key, (object) => ready(object) === "Unknown AwaitingApproval", 240_000);
    const asked = (await runsIn(world, namespace)).at(-1);
    const runKey = { namespace, name: asked?.metadata.name ?? "" };
    await annotate(world, blueprintRuns, runKey, { "iacdharma.com/approve": asked?.status?.plan?.id ?? "" });
    const moved = await until(world, blueprints, key, isReady, 240_000);
    expect(moved.status?.cloud?.identity).toMatch(/^gcp:/);
  });

  test("that lost most of it is not believed: nothing is rebuilt, nothing forgotten", { timeout }, async () => {
    const namespace = await world.namespace();
    const key = { namespace, name: "shop" };
    await makeBlueprint(world, namespace, "shop", {
      ...base,
      resources: queues("a", "b", "c"),
      drift: { mode: "Heal", interval: "1h" },
    });
    await until(world, blueprints, key, isReady, 240_000);
    for (const { id, type } of await queuesOf(namespace)) {
      await world.cloud("DELETE", `/resources/${encodeURIComponent(id)}?type=${encodeURIComponent(type)}`);
    }
    await annotate(world, blueprints, key, { "iacdharma.com/reconcile-at": "1" });
    const unsure = await until(
      world,
      blueprints,
      key,
      ({ status }) =>
        status?.conditions?.some(({ type, reason }) => type === "Drifted" && reason === "RefreshInconclusive") === true,
      240_000,
    );
    expect(ready(unsure)).toBe("True Succeeded");
    expect((await runsIn(world, namespace)).filter(({ spec }) => spec.operation === "Apply")).toHaveLength(1);
  });

  test("that denies is told apart from one that is empty, and tried again on request", { timeout }, async () => {
    const namespace = await world.namespace();
    const key = { namespace, name: "shop" };
    await world.cloud("POST", "/faults", {
      kind: "denied",
      match: { type: queueType, operation: "create" },
    });
    await makeBlueprint(world, namespace, "shop", { ...base, resources: queues("a") });
    // A right is given outside the cluster, where nothing tells the operator: it tries again by itself, later and later.
    const denied = await until(world, blueprints, key, (object) => ready(object) === "Unknown AccessDenied", 240_000);
    expect(said(denied)).toContain("not authorized");
    await world.cloud("DELETE", "/faults");
    expect(await queuesOf(namespace)).toEqual([]);
    await annotate(world, blueprints, key, { "iacdharma.com/reconcile-at": "1" });
    await until(world, blueprints, key, isReady, 240_000);
  });
});

describe("a change that fails for good", () => {
  test("is taken back to the last good spec, and says so until the spec changes", { timeout }, async () => {
    const namespace = await world.namespace();
    const key = { namespace, name: "shop" };
    const spec = (properties: object) => ({
      ...base,
      rollback: { automatic: true },
      resources: [...queues("a"), { name: "b", type: queueType, properties }],
    });
    await makeBlueprint(world, namespace, "shop", spec({ delaySeconds: 1 }));
    await until(world, blueprints, key, isReady, 240_000);
    // The cloud refuses the name of the queue, which no plan can know.
    await makeBlueprint(world, namespace, "shop", spec({ delaySeconds: 2, fifoQueue: true }));
    const back = await until(
      world,
      blueprints,
      key,
      (object) => ready(object) === "False InvalidProperty" && said(object).startsWith("rolled back"),
      300_000,
    );
    expect(back.status?.observedGeneration).toBe(2);
    expect(
      (await runsIn(world, namespace)).map(({ spec: { operation }, status }) => `${operation} ${status?.phase ?? ""}`),
    ).toEqual(["Apply Succeeded", "Apply Failed", "Rollback Succeeded"]);
    expect(
      (await queuesOf(namespace))
        .map(({ properties }) => Number(properties["delaySeconds"] ?? 0))
        .toSorted((a, b) => a - b),
    ).toEqual([0, 1]);
    await makeBlueprint(world, namespace, "shop", spec({ delaySeconds: 3 }));
    await until(world, blueprints, key, isReady, 240_000);
  });
});

describe("a change that turns out bad", () => {
  test("is taken back when a probe says so within the window and the score confirms it", { timeout }, async () => {
    const namespace = await world.namespace();
    const key = { namespace, name: "shop" };
    const spec = (delaySeconds: number) => ({
      ...base,
      rollback: { automatic: true, window: "10m" },
      resources: [{ name: "a", type: queueType, properties: { delaySeconds } }],
    });
    await makeBlueprint(world, namespace, "shop", spec(1));
    await until(world, blueprints, key, isReady, 240_000);
    await makeBlueprint(world, namespace, "shop", spec(2));
    const changed = await until(
      world,
      blueprints,
      key,
      (object) => object.metadata.generation === 2 && isReady(object),
      240_000,
    );
    const probe = {
      type: "Degraded",
      status: "True",
      reason: "Critical",
      message: "every second order fails",
      lastTransitionTime: `${new Date().toISOString().slice(0, 19)}Z`,
    };
    const { apiVersion, kind } = changed;
    const told = { apiVersion, kind, metadata: key, status: { conditions: [probe] } };
    await world.kube.apply(blueprints, told, { fieldManager: "probe", subresource: "status", signal: world.signal });
    const back = await until(world, blueprints, key, (object) => ready(object) === "False HealthRegressed", 240_000);
    expect(said(back)).toContain("every second order fails");
    expect((await runsIn(world, namespace)).at(-1)).toMatchObject({
      spec: { operation: "Rollback", cause: "Rollback", note: expect.stringContaining("every second order fails") },
      status: { phase: "Succeeded" },
    });
    expect((await queuesOf(namespace)).map(({ properties }) => properties["delaySeconds"])).toEqual([1]);
  });
});

function said(object: Blueprint): string {
  return object.status?.conditions?.find(({ type }) => type === "Ready")?.message ?? "";
}

interface CloudResource {
  readonly id: string;
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** Queues of the account that a namespace's (or access key's) name opens. */
async function queuesOf(owner: string): Promise<readonly CloudResource[]> {
  const { accountOfAccessKey } = await import("../provision/simulated/index.ts");
  const { resources } = (await world.cloud("GET", "/resources")) as { readonly resources: readonly CloudResource[] };
  const accounts = [accountOfAccessKey(`simulated-${owner}`), accountOfAccessKey(owner)];
  return resources.filter(
    ({ type, id, properties }) =>
      type === queueType && accounts.some((account) => `${id} ${JSON.stringify(properties)}`.includes(account)),
  );
}

// Input that cannot be built: a reason from the documented list, an event, no hot loop, and nothing of the last good state lost.
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Blueprint, blueprints, configMaps, events, isReason, secrets } from "../api/index.ts";
import { annotate, makeBlueprint, ready, runsIn, startWorld, until, type World } from "../../test/support/world.ts";

let world: World;
let namespace: string;

beforeAll(async () => {
  world = await startWorld();
  namespace = await world.namespace();
}, 300_000);

afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
}, 120_000);

const base = { provider: "aws", region: "eu-west-1", approval: "Never" };
const queue = { name: "orders", type: "aws:sqs/queue:Queue" };
const net = { name: "net", type: "Network", properties: { cidr: "10.0.0.0/16" } };

interface Row {
  readonly name: string;
  readonly spec: object;
  readonly reason: string;
  readonly says: RegExp;
}

const rows: readonly Row[] = [
  {
    name: "unknown-component",
    spec: { components: [{ name: "net", type: "Netwrok" }] },
    reason: "UnknownComponent",
    says: /Network/,
  },
  {
    name: "unknown-property",
    spec: { components: [{ ...net, properties: { cdir: "10.0.0.0/16" } }] },
    reason: "UnknownProperty",
    says: /cidr/,
  },
  {
    name: "invalid-property",
    spec: { components: [{ ...net, properties: { cidr: "10.0.0.0/99" } }] },
    reason: "InvalidProperty",
    says: /cidr/,
  },
  {
    name: "unknown-type",
    spec: { resources: [{ name: "q", type: "aws:sqs/queue:Quee" }] },
    reason: "UnknownType",
    says: /Queue/,
  },
  {
    name: "raw-property",
    spec: { resources: [{ ...queue, properties: { visibilityTimeoutSecond: 3 } }] },
    reason: "UnknownProperty",
    says: /visibilityTimeoutSeconds/,
  },
  {
    name: "reference-to-nothing",
    spec: { resources: [{ ...queue, properties: { tags: { net: "${nett.id}" } } }], components: [net] },
    reason: "UnknownReference",
    says: /net/,
  },
  {
    name: "cycle",
    spec: {
      resources: [
        { name: "a", type: queue.type, properties: { tags: { x: "${b.arn}" } } },
        { name: "b", type: queue.type, properties: { tags: { x: "${a.arn}" } } },
      ],
    },
    reason: "ReferenceCycle",
    says: /a.*b|b.*a/,
  },
  {
    name: "package-not-allowed",
    spec: { resources: [{ name: "r", type: "kubernetes:core/v1:Secret" }] },
    reason: "PackageNotAllowed",
    says: /kubernetes/,
  },
  {
    name: "plain-secret",
    spec: {
      resources: [
        {
          name: "db",
          type: "aws:rds/instance:Instance",
          properties: { instanceClass: "db.t3.micro", password: "hunter2-hunter2" },
        },
      ],
    },
    reason: "PlaintextSecret",
    says: /password/,
  },
  {
    name: "secret-missing",
    spec: { resources: [queue], inputs: [{ name: "password", secretKeyRef: { name: "nowhere", key: "password" } }] },
    reason: "InputMissing",
    says: /nowhere/,
  },
  {
    name: "key-missing",
    spec: { resources: [queue], inputs: [{ name: "password", configMapKeyRef: { name: "there", key: "nokey" } }] },
    reason: "InputMissing",
    says: /nokey/,
  },
  {
    name: "blueprint-missing",
    spec: { resources: [queue], inputs: [{ name: "vpc", blueprintRef: { name: "nobody", output: "id" } }] },
    reason: "InputMissing",
    says: /nobody/,
  },
  {
    name: "not-shared",
    spec: {
      resources: [queue],
      inputs: [{ name: "vpc", blueprintRef: { name: "nobody", namespace: "kube-system", output: "id" } }],
    },
    reason: "OutputNotShared",
    says: /shareOutputs/,
  },
  {
    name: "no-credentials",
    spec: { resources: [queue], credentials: { secretRef: { name: "nowhere" } } },
    reason: "MissingCredentials",
    says: /nowhere/,
  },
  {
    name: "no-backend",
    spec: { resources: [queue], state: { backendRef: "large" } },
    reason: "BackendUnknown",
    says: /large/,
  },
  {
    name: "wrong-region",
    spec: { region: "eu-nowhere-1", resources: [queue] },
    reason: "WrongRegion",
    says: /eu-nowhere-1/,
  },
  {
    name: "foreign-secret",
    spec: { resources: [queue], writeOutputsToSecret: "theirs" },
    reason: "SecretNotOwned",
    says: /theirs/,
  },
  {
    name: "many",
    spec: {
      resources: Array.from({ length: 1000 }, (_, index) => ({
        name: `q${index}`,
        type: queue.type,
        properties: { nonsense: 1 },
      })),
    },
    reason: "UnknownProperty",
    says: /nonsense/,
  },
];

describe("bad input", () => {
  test(
    "is told by a documented reason, a sentence and an event, and is left in peace",
    { timeout: 300_000 },
    async () => {
      const options = { fieldManager: "test", signal: world.signal };
      await world.kube.apply(
        configMaps,
        { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "there", namespace }, data: {} } as never,
        options,
      );
      await world.kube.apply(
        secrets,
        { apiVersion: "v1", kind: "Secret", metadata: { name: "theirs", namespace }, data: {} } as never,
        options,
      );
      for (const { name, spec } of rows) await makeBlueprint(world, namespace, name, { ...base, ...spec });
      const wrong: string[] = [];
      for (const { name, reason, says } of rows) {
        const stalled = await until(world, blueprints, { namespace, name }, isStalled, 120_000).catch(
          (error: Error) => error,
        );
        if (stalled instanceof Error) {
          wrong.push(`${name}: ${stalled.message.slice(0, 2000)}`);
          continue;
        }
        const message = stalled.status?.conditions?.find(({ type }) => type === "Ready")?.message ?? "";
        if (ready(stalled) !== `False ${reason}`)
          wrong.push(`${name}: ${ready(stalled)} instead of ${reason}: ${message}`);
        else if (!says.test(message)) wrong.push(`${name}: does not say ${String(says)}: ${message}`);
        if (!isReason(reason)) wrong.push(`${name}: ${reason} is not documented`);
        if (message.includes("hunter2")) wrong.push(`${name}: tells the secret`);
      }
      expect(wrong).toEqual([]);

      const before = await passes();
      await sleep(5_000);
      expect((await passes()) - before).toBeLessThan(rows.length);
      const told = await world.kube.list(events, { namespace, signal: world.signal });
      for (const { name, reason } of rows) {
        expect(told.items.some((event) => event.regarding?.name === name && event.reason === reason)).toBe(true);
      }
    },
  );

  test("leaves what was built, and says in which generation it was", { timeout: 300_000 }, async () => {
    const key = { namespace, name: "good" };
    await makeBlueprint(world, namespace, "good", { ...base, resources: [queue], outputs: { url: "${orders.url}" } });
    const good = await until(world, blueprints, key, (object) => ready(object) === "True Succeeded", 120_000);
    await makeBlueprint(world, namespace, "good", {
      ...base,
      components: [{ name: "net", type: "Netwrok" }],
      outputs: { url: "${orders.url}" },
    });
    const bad = await until(world, blueprints, key, isStalled);
    expect(bad.status).toMatchObject({
      resources: 1,
      outputs: good.status?.outputs,
      lastAppliedGeneration: 1,
      observedGeneration: 2,
    });
    expect((await runsIn(world, namespace)).filter(({ spec }) => spec.blueprintRef.name === "good")).toHaveLength(1);
    await annotate(world, blueprints, key, { "iacdharma.com/reconcile-at": "again" });
    await until(world, blueprints, key, ({ status }) => status?.lastHandledReconcileAt === "again");
  });
});

function isStalled(object: Blueprint): boolean {
  return (
    object.status?.conditions?.some(({ type }) => type === "Stalled") === true &&
    object.status.observedGeneration === object.metadata.generation
  );
}

/** Passes of all controllers until now. */
async function passes(): Promise<number> {
  const port = world.operator.ports.get("metrics");
  const text = await (await fetch(`http://127.0.0.1:${port ?? 0}/metrics`)).text();
  return [...text.matchAll(/^controller_runtime_reconcile_total\{[^}]*\} (\d+)/gm)].reduce(
    (sum, [, count]) => sum + Number(count),
    0,
  );
}

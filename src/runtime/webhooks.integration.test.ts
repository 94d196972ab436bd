// Webhooks end to end: the real API server calls them, certificates are shared, renewed and rotated while it does.
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Registry } from "prom-client";
import { usePlane } from "../../test/support/plane.ts";
import { type ConfigMap, configMaps, namespaces, secrets, validatingWebhookConfigurations } from "../api/core.ts";
import type { KubeClient } from "../kube/index.ts";
import { type Clock, createKube, systemClock } from "../kube/index.ts";
import {
  createLogger,
  createMetrics,
  type Listening,
  type Webhook,
  webhookService,
  type WebhooksOptions,
} from "./index.ts";

const { signal } = new AbortController();
const namespace = `webhooks-${randomUUID().slice(0, 8)}`;
let kube: KubeClient;
const open: Listening[] = [];
const registry = new Registry();
const metrics = createMetrics(registry);

beforeAll(async () => {
  const kubeconfig = { path: (await usePlane()).kubeconfigPath };
  kube = await createKube({ kubeconfig, clock: systemClock, random: Math.random }, signal);
  const metadata = { name: namespace, labels: { webhooks: namespace } };
  await kube.create(namespaces, { apiVersion: "v1", kind: "Namespace", metadata }, { signal });
});
afterAll(async () => {
  await Promise.all(open.map((server) => server.close()));
  await kube.delete(namespaces, { name: namespace }, { signal });
  await kube.close();
});

const rules = [{ group: "", versions: ["v1"], resources: ["configmaps"], operations: ["CREATE", "UPDATE"] as const }];
const namespaceSelector = { matchLabels: { webhooks: namespace } };

const validate: Webhook<ConfigMap> = {
  kind: "validating",
  name: "refuse",
  rules,
  namespaceSelector,
  async handle(request) {
    if (request.object?.data?.["crash"]) throw new Error("a defect");
    if (request.object?.data?.["mood"] === "bad") {
      return { kind: "deny", message: `set mood to something better, ${request.user.username}`, code: 422 };
    }
    return { kind: "allow", warnings: ["think twice"] };
  },
};
const mutate: Webhook<ConfigMap> = {
  kind: "mutating",
  name: "stamp",
  rules,
  namespaceSelector,
  async handle(request) {
    const { object } = request;
    if (!object) return { kind: "allow" };
    const annotations = { ...object.metadata.annotations, "example.com/stamped": request.operation };
    return { kind: "mutate", object: { ...object, metadata: { ...object.metadata, annotations } } };
  },
};

async function serving(change: Partial<WebhooksOptions> = {}, webhooks: readonly Webhook[] = [validate, mutate]) {
  const name = `test-${randomUUID().slice(0, 8)}`;
  const server = await webhookService({
    kube,
    clock: systemClock,
    random: Math.random,
    log: createLogger({ level: "error" }),
    metrics,
    address: "127.0.0.1:0",
    secret: { namespace, name },
    names: ["127.0.0.1"],
    configuration: (port) => ({ kind: "manage", name, client: { kind: "url", base: `https://127.0.0.1:${port}` } }),
    ...change,
  })(webhooks, signal);
  open.push(server);
  return { name, server };
}

const close = async (server: Listening): Promise<void> => {
  open.splice(open.indexOf(server), 1);
  await server.close();
};

let made = 0;
const create = (data: Record<string, string>) => {
  made += 1;
  const metadata = { name: `object-${made}`, namespace };
  return kube.create(configMaps, { apiVersion: "v1", kind: "ConfigMap", metadata, data }, { signal });
};

/** The API server reloads configurations a moment after they change. */
async function eventually<T>(work: () => Promise<T>, ms = 20_000): Promise<T> {
  const end = performance.now() + ms;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (performance.now() > end) throw error;
      await systemClock.sleep(200, signal);
    }
  }
}

test("the API server asks, is answered with changes, refusals and reasons, and is told the truth about defects", async () => {
  const { name, server } = await serving();
  const stamped = await eventually(async () => {
    const object = await create({ mood: "good" });
    expect(object.metadata.annotations).toEqual({ "example.com/stamped": "CREATE" });
    return object;
  });
  await expect(create({ mood: "bad" })).rejects.toMatchObject({
    status: 422,
    message: expect.stringContaining("set mood to something better"),
  });
  await expect(create({ crash: "yes" })).rejects.toMatchObject({
    status: 500,
    message: expect.stringContaining("refuse could not decide"),
  });
  const updated = await kube.update(configMaps, { ...stamped, data: { mood: "fine" } }, { signal });
  expect(updated.metadata.annotations).toEqual({ "example.com/stamped": "UPDATE" });
  const text = await registry.metrics();
  expect(text).toContain('controller_runtime_webhook_requests_total{webhook="refuse",code="422"} 1');
  expect(text).toContain('controller_runtime_webhook_requests_in_flight{webhook="refuse"} 0');

  await close(server);
  await expect(kube.get(validatingWebhookConfigurations, { name }, { signal })).rejects.toMatchObject({
    kind: "notFound",
  });
  await eventually(() => create({ mood: "bad" })); // nothing is left behind that could refuse
});

describe("certificates", () => {
  test("two replicas that start at once share one Secret and one authority", async () => {
    const name = `shared-${randomUUID().slice(0, 8)}`;
    const change = { secret: { namespace, name } };
    const [one, two] = await Promise.all([serving(change), serving(change)]);
    const secret = await kube.get(secrets, { namespace, name }, { signal });
    const bundles = await Promise.all(
      [one, two].map(async (each) => {
        const found = await kube.get(validatingWebhookConfigurations, { name: each.name }, { signal });
        return found.webhooks?.[0]?.clientConfig.caBundle;
      }),
    );
    expect(bundles).toEqual([secret.data?.["ca.crt"], secret.data?.["ca.crt"]]);
    await Promise.all([close(one.server), close(two.server)]);
  });

  test("both certificates are renewed ahead of expiry while the API server keeps calling without a failure", async () => {
    // The calendar is turned by hand; what is issued is valid on the API server's own day, the 40th.
    const dayMs = 86_400_000;
    let today = 0;
    const clock: Clock = { ...systemClock, now: () => Date.now() + (today - 40) * dayMs };
    const { name, server } = await serving({
      clock,
      checkMs: 200,
      policy: { authorityMs: 45 * dayMs, servingMs: 42 * dayMs, overlapMs: 2 * dayMs },
    });
    const shared = async () => {
      const { data } = await kube.get(secrets, { namespace, name }, { signal });
      const bundle = Buffer.from(data?.["ca.crt"] ?? "", "base64").toString();
      return { authority: data?.["ca.key"], serving: data?.["tls.crt"], trusted: bundle.split("BEGIN").length - 1 };
    };
    const calling = async () => {
      const object = await create({ mood: "good" });
      expect(object.metadata.annotations).toEqual({ "example.com/stamped": "CREATE" });
    };
    await eventually(calling);
    const first = await shared();
    const turnTo = async (day: number, done: (now: Awaited<ReturnType<typeof shared>>) => boolean) => {
      today = day;
      await eventually(async () => {
        await calling();
        if (!done(await shared())) throw new Error(`nothing was renewed by day ${day}`);
      });
      for (let call = 0; call < 10; call += 1) await calling();
      return shared();
    };
    await turnTo(27, () => true);
    expect(await shared()).toEqual(first);
    const renewed = await turnTo(29, (now) => now.serving !== first.serving);
    expect(renewed).toMatchObject({ authority: first.authority, trusted: 1 });
    const introduced = await turnTo(31, (now) => now.trusted === 2);
    expect(introduced.authority).toBe(first.authority); // known before it signs
    const promoted = await turnTo(34, (now) => now.authority !== first.authority);
    expect(promoted.trusted).toBe(2); // what other replicas still serve stays trusted
    expect(promoted.serving).not.toBe(renewed.serving);
    await close(server);
  }, 120_000);

  test("only the CA bundle is written where the configuration belongs to somebody else", async () => {
    const name = `chart-${randomUUID().slice(0, 8)}`;
    const webhook = {
      name: "refuse.iacdharma.com",
      clientConfig: { url: "https://127.0.0.1:1/refuse" },
      admissionReviewVersions: ["v1"],
      sideEffects: "None",
      failurePolicy: "Ignore",
      namespaceSelector,
      rules: [{ apiGroups: [""], apiVersions: ["v1"], resources: ["configmaps"], operations: ["DELETE"] }],
    };
    const kind = "ValidatingWebhookConfiguration";
    const configuration = {
      apiVersion: "admissionregistration.k8s.io/v1",
      kind,
      metadata: { name },
      webhooks: [webhook],
    };
    await kube.create(validatingWebhookConfigurations, configuration, { signal });
    const { server, name: secretName } = await serving({ configuration: () => ({ kind: "inject", name }) });
    const found = await kube.get(validatingWebhookConfigurations, { name }, { signal });
    const secret = await kube.get(secrets, { namespace, name: secretName }, { signal });
    expect(found.webhooks?.[0]).toMatchObject({
      failurePolicy: "Ignore",
      clientConfig: { url: "https://127.0.0.1:1/refuse", caBundle: secret.data?.["ca.crt"] },
    });
    await close(server);
    expect(await kube.get(validatingWebhookConfigurations, { name }, { signal })).toBeDefined();
    await kube.delete(validatingWebhookConfigurations, { name }, { signal });
  });
});

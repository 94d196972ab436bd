// Policy set by administrators in a real cluster: settings, bundles and exceptions, and what is told about them. Minutes.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { blueprints, type ConfigMap, configMaps, events, serviceAccounts } from "../api/index.ts";
import { createKube, type Kube, type KubeClient, systemClock } from "../kube/index.ts";
import { annotate, makeBlueprint, ready, runsIn, startWorld, until, type World } from "../../test/support/world.ts";

let world: World;
let namespace: string;
let folder: string;
const patience = 240_000;
const key = { namespace: "dharma-system", name: "dharma-policy" };
const labels = { "iacdharma.com/policy": "settings" };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "dharma-policies-"));
  world = await startWorld();
  namespace = await world.namespace();
}, 300_000);

afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
}, 120_000);

interface Told {
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  readonly bundles: readonly { readonly name: string; readonly ready: boolean; readonly digest?: string }[];
}

async function writeSettings(text: string, kube: Kube = world.kube): Promise<ConfigMap> {
  const { signal } = world;
  const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { ...key, labels }, data: { "settings.yaml": text } };
  return kube.apply(configMaps, object, { fieldManager: "admin", signal });
}

async function told(holds: (status: Told) => boolean): Promise<Told> {
  let last: unknown;
  for (let tries = 0; tries < 150; tries += 1) {
    const { metadata } = await world.kube.get(configMaps, key, { signal: world.signal });
    last = parse(metadata.annotations?.["iacdharma.com/policy-status"] ?? "{}");
    if (holds(last as Told)) return last as Told;
    await sleep(200);
  }
  throw new Error(`the status did not get there: ${JSON.stringify(last)}`);
}

async function metric(name: string): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${world.operator.ports.get("metrics") ?? 0}/metrics`);
  return (await answer.text())
    .split("\n")
    .filter((line) => line.startsWith(name))
    .join("\n");
}

const spec = { provider: "aws", region: "eu-west-1", approval: "Never" };
const queue = { name: "orders", type: "aws:sqs/queue:Queue", properties: { visibilityTimeoutSeconds: 30 } };

/** A bundle that refuses any plan in this namespace, in words of its own. */
const refusing = (message: string): string => `package dharma.plan

decision := {"allow": count(denied) == 0, "requireApproval": false, "deny": denied, "warn": []}

denied contains {"rule": "own.never", "message": "${message}", "resource": "", "controls": [], "severity": "High"} if {
	input.blueprint.namespace == "${namespace}"
	not excepted
}

excepted if {
	some exception in input.settings.exceptions
	input.time < exception.expireTime
	"own.never" in exception.rules
}
`;

/** Applies a Blueprint and tells how its first run ended. */
async function decided(name: string, annotations: Readonly<Record<string, string>> = {}) {
  await makeBlueprint(world, namespace, name, { ...spec, resources: [queue] });
  if (Object.keys(annotations).length > 0) await annotate(world, blueprints, { namespace, name }, annotations);
  const blueprint = await until(world, blueprints, { namespace, name }, (object) =>
    /^(True|False) (Succeeded|PolicyDenied)/.test(ready(object)),
  );
  const run = (await runsIn(world, namespace)).findLast((each) => each.spec.blueprintRef.name === name);
  return { blueprint, decision: run?.status?.decisions?.at(-1) };
}

describe("settings", () => {
  test(
    "that are malformed are refused at admission in the parser's words, and nothing changes",
    { timeout: patience },
    async () => {
      await writeSettings("modes: { aws: Warn }\n");
      await told(({ status, reason }) => status === "True" && reason === "PolicyLoaded");
      for (const [text, says] of [
        ["modes: [", /no YAML/],
        ["mode: {}", /mode is not known/],
        ["modes: { aws: Deny }", /modes\.aws/],
      ] as const) {
        await expect(writeSettings(text)).rejects.toThrow(says);
      }
      const kept = await world.kube.get(configMaps, key, { signal: world.signal });
      expect(kept.data?.["settings.yaml"]).toBe("modes: { aws: Warn }\n");
    },
  );

  test(
    "that admission did not see are refused by the operator: told, and the last good ones stay",
    { timeout: patience },
    async () => {
      await writeSettings("maxBlastRadius: 0\n");
      await told(({ status }) => status === "True");
      await withoutLabel("maxBlastRadius: many\n");
      const { message } = await told(({ status }) => status === "False");
      expect(message).toMatch(/maxBlastRadius.*last good settings stay/s);
      const { decision } = await decided("still-bounded");
      expect(decision?.deny).toMatchObject([{ rule: "dharma.change.blast-radius" }]);
      const { items } = await world.kube.list(events, { namespace: key.namespace, signal: world.signal });
      expect(items.map(({ reason, type }) => `${type} ${reason}`)).toContain("Warning PolicyBroken");
      expect(await metric('dharma_policy_reload_total{result="failure"}')).toMatch(/ [1-9]/);
      // A denied plan is decided again under other settings, with nothing done to the Blueprint.
      await writeSettings("");
      await until(
        world,
        blueprints,
        { namespace, name: "still-bounded" },
        (object) => ready(object) === "True Succeeded",
      );
    },
  );
});

describe("bundles", () => {
  test(
    "from a ConfigMap decide beside the built-in one, live; a broken one changes nothing and is told",
    { timeout: patience },
    async () => {
      const name = { namespace: key.namespace, name: "own-rules" };
      const bundle = (text: string) => ({
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { ...name, labels },
        data: { "plan.rego": text },
      });
      const apply = (text: string) =>
        world.kube.apply(configMaps, bundle(text), { fieldManager: "admin", signal: world.signal });
      await writeSettings("bundles: [{ name: own, configMap: { name: own-rules } }]\n");
      const { message } = await told(({ status }) => status === "False");
      expect(message).toMatch(/no ConfigMap own-rules with the label.*everything is denied/s);
      const { decision: none } = await decided("without-bundle");
      expect(none?.deny).toMatchObject([{ rule: "policy.no-bundle", message: expect.stringContaining("own") }]);

      await apply(refusing("not here"));
      const first = await told(({ status }) => status === "True");
      expect(first.bundles).toMatchObject([{ name: "own", ready: true }]);
      const { decision: refused } = await decided("refused");
      expect(refused?.deny).toMatchObject([{ rule: "own.never", message: "not here" }]);
      expect(await metric('dharma_policy_bundle_ready{name="own"}')).toMatch(/ 1$/);
      expect(await metric("dharma_policy_bundle_info")).toContain(first.bundles[0]?.digest);

      await apply(`${refusing("broken")}\ndecision := nosuch\n`);
      const broken = await told(({ status }) => status === "False");
      expect(broken.message).toMatch(/plan\.rego:\d+: .*nosuch.*last good one decides/s);
      expect(broken.message).not.toContain(tmpdir());
      expect(broken.bundles[0]?.digest).toBe(first.bundles[0]?.digest);
      expect(await metric('dharma_policy_bundle_ready{name="own"}')).toMatch(/ 0$/);

      const changedAt = performance.now();
      await apply(refusing("no longer here"));
      await told(({ status, bundles }) => status === "True" && bundles[0]?.digest !== first.bundles[0]?.digest);
      console.info(`effect of a changed ConfigMap after ${Math.round(performance.now() - changedAt)} ms`);
      // What was denied is decided again by the rules of now.
      await writeSettings("");
      for (const denied of ["without-bundle", "refused"]) {
        await until(world, blueprints, { namespace, name: denied }, (object) => ready(object) === "True Succeeded");
      }
      expect(await metric('dharma_policy_bundle_ready{name="own"}')).toBe("");
    },
  );

  test("from a folder decide too, and follow it", { timeout: patience }, async () => {
    await writeFile(join(folder, "plan.rego"), refusing("folder"));
    await writeSettings(`bundles: [{ name: folder, directory: ${folder} }]\n`);
    const first = await told(({ status, bundles }) => status === "True" && bundles.length === 1);
    const { decision } = await decided("from-folder");
    expect(decision?.deny).toMatchObject([{ rule: "own.never", message: "folder" }]);
    const changedAt = performance.now();
    await writeFile(join(folder, "plan.rego"), refusing("folder, changed"));
    await told(({ bundles }) => bundles[0]?.digest !== first.bundles[0]?.digest);
    console.info(`effect of a changed folder after ${Math.round(performance.now() - changedAt)} ms`);
    await writeSettings("");
    await until(world, blueprints, { namespace, name: "from-folder" }, (object) => ready(object) === "True Succeeded");
  });
});

describe("exceptions", () => {
  const expireTime = new Date(Date.now() + 86_400_000).toISOString();
  const own = JSON.stringify([{ rules: ["own.never"], reason: "moves in spring", expireTime }]);
  const inSettings = (name: string) =>
    JSON.stringify({
      bundles: [{ name: "folder", directory: folder }],
      exceptions: [
        { name, namespaces: [namespace], rules: ["own.never"], owner: "shop team", reason: "moves", expireTime },
      ],
    });

  test("need the verb except; attested ones let a denied plan pass", { timeout: patience }, async () => {
    await writeFile(join(folder, "plan.rego"), refusing("folder"));
    await writeSettings(`bundles: [{ name: folder, directory: ${folder} }]\n`);
    await told(({ status, bundles }) => status === "True" && bundles.length === 1);
    expect((await decided("own")).decision?.deny).toMatchObject([{ rule: "own.never" }]);

    const mallory = await editor("mallory");
    const set = (kube: Kube) =>
      kube.patch(
        blueprints,
        { namespace, name: "own" },
        { kind: "merge", body: { metadata: { annotations: { "iacdharma.com/except": own } } } },
        { signal: world.signal },
      );
    await expect(set(mallory)).rejects.toThrow(/mallory may not except blueprints/);
    await expect(writeSettings(inSettings("by-mallory"), mallory)).rejects.toThrow(/mallory may not except blueprints/);
    await mallory.close();

    const { metadata } = await set(world.kube);
    expect(metadata.annotations?.["iacdharma.com/except-attestation"]).toBeTypeOf("string");
    await until(world, blueprints, { namespace, name: "own" }, (object) => ready(object) === "True Succeeded");
    expect((await decided("other")).decision?.deny).toMatchObject([{ rule: "own.never" }]);

    await writeSettings(inSettings("by-admin"));
    await until(world, blueprints, { namespace, name: "other" }, (object) => ready(object) === "True Succeeded");
  });

  test("that nobody attested are ignored, and told", { timeout: patience }, async () => {
    await writeSettings("");
    await withoutLabel(inSettings("smuggled"));
    const { message } = await told((status) => status.message.includes("smuggled"));
    expect(message).toMatch(/smuggled is not attested/);
    expect((await decided("smuggler")).decision?.deny).toMatchObject([{ rule: "own.never" }]);
    await writeSettings("");
    await until(world, blueprints, { namespace, name: "smuggler" }, (object) => ready(object) === "True Succeeded");
  });
});

test(
  "settings that were broken before the operator started deny, until they are good",
  { timeout: patience },
  async () => {
    await withoutLabel("maxBlastRadius: many\n");
    await world.restart();
    const { decision } = await decided("after-restart");
    expect(decision).toMatchObject({
      bundle: "",
      deny: [{ rule: "policy.no-bundle", message: expect.stringMatching(/^the policy settings/) }],
    });
    await writeSettings("");
    await until(
      world,
      blueprints,
      { namespace, name: "after-restart" },
      (object) => ready(object) === "True Succeeded",
    );
  },
);

/** Somebody who may edit Blueprints and the operator's ConfigMaps, and has no right to make exceptions. */
async function editor(name: string): Promise<KubeClient> {
  const { kube, signal } = world;
  const account = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name, namespace } };
  await kube.create(serviceAccounts, account, { signal });
  const rules = [
    { apiGroups: ["iacdharma.com"], resources: ["blueprints"], verbs: ["get", "patch"] },
    { apiGroups: [""], resources: ["configmaps"], verbs: ["get", "patch", "create"] },
  ];
  const role = { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", metadata: { name }, rules };
  const rbac = "/apis/rbac.authorization.k8s.io/v1";
  await kube.post(`${rbac}/clusterroles`, role, { signal });
  await kube.post(
    `${rbac}/clusterrolebindings`,
    {
      ...role,
      kind: "ClusterRoleBinding",
      rules: undefined,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name },
      subjects: [{ kind: "ServiceAccount", name, namespace }],
    },
    { signal },
  );
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;
  const answer = await kube.post(
    path,
    { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: { expirationSeconds: 3600 } },
    { signal },
  );
  const { token } = (answer as { status: { token: string } }).status;
  const config = parse(await readFile(world.kubeconfigPath, "utf8")) as { users: { user: object }[] };
  const file = join(folder, `${name}.kubeconfig`);
  await writeFile(
    file,
    JSON.stringify({ ...config, users: config.users.map((user) => ({ ...user, user: { token } })) }),
  );
  return createKube({ kubeconfig: { path: file }, clock: systemClock, random: Math.random }, signal);
}

async function withoutLabel(text: string): Promise<void> {
  const patch = { kind: "merge", body: { metadata: { labels: { "iacdharma.com/policy": null } } } } as const;
  await world.kube.patch(configMaps, key, patch, { signal: world.signal });
  const body = { data: { "settings.yaml": text } };
  await world.kube.patch(configMaps, key, { kind: "merge", body }, { signal: world.signal });
}

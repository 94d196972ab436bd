// A Blueprint with the cloud identity of a ServiceAccount, and with what the administrator lets its namespace use.
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Blueprint, blueprints, secrets, serviceAccounts } from "../api/index.ts";
import { makeBlueprint, ready, startWorld, until, untilGone, type World } from "../../test/support/world.ts";

const timeout = 300_000;
let world: World;
let folder: string;
let namespace: string;
const base = { provider: "aws", region: "eu-west-1", approval: "Never" };
const resources = [{ name: "orders", type: "aws:sqs/queue:Queue" }];
const role = "arn:aws:iam::210987654321:role/builder";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "dharma-settings-"));
  const settingsFile = join(folder, "settings.yaml");
  await writeFile(
    settingsFile,
    JSON.stringify({
      credentials: [
        { namespaces: ["given-*"], provider: "aws", secretRef: { name: "shared-aws" } },
        { namespaces: ["lent-*"], provider: "aws", serviceAccountName: "shared" },
      ],
    }),
  );
  world = await startWorld({ settingsFile });
  namespace = await world.namespace();
}, 300_000);

afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
}, 120_000);

describe("spec.credentials.serviceAccountName", () => {
  test("builds in the account of the role it is annotated with, and leaves no token behind", { timeout }, async () => {
    const key = { namespace, name: "shop" };
    await account(namespace, "builder", {});
    const spec = { ...base, resources, credentials: { serviceAccountName: "builder" } };
    await makeBlueprint(world, namespace, "shop", spec);
    const lacking = await until(world, blueprints, key, failed("MissingCredentials"));
    expect(message(lacking)).toContain("annotate it with eks.amazonaws.com/role-arn");

    await account(namespace, "builder", { "eks.amazonaws.com/role-arn": role });
    const built = await until(world, blueprints, key, isReady, timeout);
    expect(built.status?.cloud).toEqual({ identity: "aws:210987654321" });
    expect(await readdir(join(tmpdir(), "dharma-identity"))).toEqual([]);

    await world.kube.delete(blueprints, key, { signal: world.signal });
    await untilGone(world, blueprints, key, 240_000);
  });
});

describe("without credentials", () => {
  test.each([
    ["given", "a Secret of the operator's namespace"],
    ["lent", "a ServiceAccount of the operator's namespace"],
  ])("a namespace of the administrator's settings (%s) uses %s", { timeout }, async (prefix) => {
    const name = `${prefix}-${namespace}`;
    await world.kube.create(
      { group: "", version: "v1", kind: "Namespace", plural: "namespaces", namespaced: false },
      { apiVersion: "v1", kind: "Namespace", metadata: { name } },
      { signal: world.signal },
    );
    await account("dharma-system", "shared", { "eks.amazonaws.com/role-arn": role.replace("2109", "3333") });
    await world.kube.apply(
      secrets,
      secret("dharma-system", "shared-aws", { AWS_ACCESS_KEY_ID: "shared", AWS_SECRET_ACCESS_KEY: "s" }),
      {
        fieldManager: "test",
        signal: world.signal,
      },
    );
    await makeBlueprint(world, name, "shop", { ...base, resources });
    const built = await until(world, blueprints, { namespace: name, name: "shop" }, isReady, timeout);
    const expected = prefix === "lent" ? "aws:333387654321" : expect.stringMatching(/^aws:\d{12}$/);
    expect(built.status?.cloud).toEqual({ identity: expected });
  });
});

test.each([
  [{ PULUMI_BACKEND_URL: "file:///tmp" }, "steers the engine"],
  [{ AWS_WEB_IDENTITY_TOKEN_FILE: "/var/run/secrets/token" }, "operator's own machine"],
  [{ "dharma.identityToken": "{}" }, "no name of an environment variable"],
])("a Secret with %j is refused before a worker sees it", { timeout }, async (data, says) => {
  const name = `steering-${Object.keys(data)[0]
    ?.toLowerCase()
    .replaceAll(/[^a-z]/g, "")}`;
  await world.kube.apply(secrets, secret(namespace, name, data), { fieldManager: "test", signal: world.signal });
  await makeBlueprint(world, namespace, name, { ...base, resources, credentials: { secretRef: { name } } });
  const refused = await until(world, blueprints, { namespace, name }, failed("InvalidCredentials"));
  expect(message(refused)).toContain(says);
});

async function account(home: string, name: string, annotations: Readonly<Record<string, string>>): Promise<void> {
  const object = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name, namespace: home, annotations } };
  await world.kube.apply(serviceAccounts, object, { fieldManager: "test", signal: world.signal });
}

function secret(home: string, name: string, stringData: object) {
  return { apiVersion: "v1", kind: "Secret", metadata: { name, namespace: home }, stringData };
}

function isReady(object: Blueprint): boolean {
  return ready(object) === "True Succeeded";
}

function failed(reason: string) {
  return (object: Blueprint): boolean => ready(object).endsWith(` ${reason}`);
}

function message(object: Blueprint): string {
  return object.status?.conditions?.find(({ type }) => type === "Ready")?.message ?? "";
}

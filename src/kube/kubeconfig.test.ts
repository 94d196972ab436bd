import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

import { afterAll, beforeAll, expect, test } from "vitest";

import { loadKubeConfig } from "./kubeconfig.ts";

const { signal } = new AbortController();
let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "kubeconfig-"));
});
afterAll(() => rm(folder, { recursive: true }));

const file = async (name: string, text: string) => {
  await writeFile(join(folder, name), text);
  return join(folder, name);
};

const full = `
current-context: one
contexts:
- {name: one, context: {cluster: c, user: u, namespace: shop}}
- {name: two, context: {cluster: c, user: plugin}}
clusters:
- {name: c, cluster: {server: "https://host:6443/", certificate-authority: ca.pem, tls-server-name: other}}
users:
- {name: u, user: {token: abc, as: jane, as-groups: [a, b], as-user-extra: {scopes: [x]}}}
- {name: plugin, user: {exec: {command: ./plugin, args: [token], env: [{name: A, value: b}], installHint: "get it"}}}
`;

test("reads the current context, with paths taken from the file's own folder", async () => {
  const path = await file("full", full);
  expect(await loadKubeConfig({ path }, { signal })).toEqual({
    context: "one",
    server: "https://host:6443",
    namespace: "shop",
    ca: { kind: "file", path: join(folder, "ca.pem") },
    tlsServerName: "other",
    skipTlsVerify: false,
    proxyUrl: undefined,
    identity: {
      token: { kind: "data", data: Buffer.from("abc") },
      impersonate: { "Impersonate-User": "jane", "Impersonate-Group": ["a", "b"], "Impersonate-Extra-scopes": ["x"] },
    },
  });
});

test("reads another context by name, with its exec plugin", async () => {
  const path = await file("full", full);
  const { identity, namespace } = await loadKubeConfig({ path }, { context: "two", signal });
  expect(namespace).toBe("default");
  expect(identity.exec).toMatchObject({
    command: join(folder, "plugin"),
    args: ["token"],
    env: { A: "b" },
    installHint: "get it",
  });
});

test("looks through several files, the first word on a name winning", async () => {
  const first = await file("first", "current-context: two\n");
  const second = await file("second", full);
  const { identity } = await loadKubeConfig({ path: [first, second].join(delimiter) }, { signal });
  expect(identity.exec).toBeDefined();
});

test.each([
  ["an unknown context", full, "three", 'has no context "three": it has one, two'],
  [
    "no current context",
    full.replace("current-context: one", ""),
    undefined,
    "has no current-context: name one of one, two",
  ],
  [
    "a missing cluster",
    full.replace("cluster: c, user: u", "cluster: d, user: u"),
    undefined,
    'names cluster "d", which is not there',
  ],
  ["a missing user", full.replace("user: u,", "user: v,"), undefined, 'names user "v", which is not there'],
  ["a bad server", full.replace("https://host:6443/", "host"), undefined, "is not an http(s) URL"],
  ["no YAML", "a: [", undefined, "is not YAML"],
])("says what to do about %s", async (_, text, context, message) => {
  const path = await file("bad", text);
  await expect(loadKubeConfig({ path }, { ...(context !== undefined && { context }), signal })).rejects.toThrow(
    message,
  );
});

test("says what to do about a file that is not there, and about not being in a Pod", async () => {
  await expect(loadKubeConfig({ path: join(folder, "none") }, { signal })).rejects.toThrow(
    "give --kubeconfig, or set KUBECONFIG",
  );
  await expect(loadKubeConfig({ inCluster: true }, { env: {}, signal })).rejects.toThrow("runs in no Pod");
});

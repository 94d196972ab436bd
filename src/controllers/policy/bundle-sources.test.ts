// Keys and credentials of bundles come from Secrets of the operator's namespace, and say what is missing where they don't.
import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ConfigMap, ObjectKey } from "../../api/index.ts";
import { type Kube, KubeError, systemClock } from "../../kube/index.ts";
import type { BundleEntry } from "../../policy/index.ts";
import type { Informer } from "../../runtime/index.ts";
import { sourceOf } from "./bundle-sources.ts";

const { signal } = new AbortController();
const { publicKey } = generateKeyPairSync("ec", {
  namedCurve: "P-256",
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
});
const stored: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  token: { token: "t\n" },
  password: { username: "u", password: "p" },
  half: { username: "u" },
  key: { publicKey },
};
const asked: ObjectKey[] = [];
const get: unknown = async (_type: unknown, key: ObjectKey) => {
  asked.push(key);
  const entries = stored[key.name];
  if (entries === undefined) throw new KubeError("notFound", "no such Secret");
  const data = Object.fromEntries(
    Object.entries(entries).map(([name, text]) => [name, Buffer.from(text).toString("base64")]),
  );
  return { data };
};
const heard: (string | undefined)[] = [];
const server = createServer((request, response) => {
  heard.push(request.headers.authorization);
  response.writeHead(404).end();
});
beforeAll(() => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve)));
afterAll(() => server.close());

function fetchOf(more: Partial<BundleEntry>) {
  const { port } = server.address() as AddressInfo;
  const entry = { name: "own", http: { url: `http://127.0.0.1:${port}/b`, insecure: true }, ...more };
  return sourceOf(entry, {
    kube: { get } as Kube,
    namespace: "dharma-system",
    configMaps: { get: () => undefined } as unknown as Informer<ConfigMap>,
    opa: undefined,
    transport: { fetch: (url, init) => fetch(url, init), clock: systemClock },
  }).fetch(signal);
}

test.each([
  [{ credentialsRef: { name: "token" } }, "Bearer t"],
  [{ credentialsRef: { name: "password" } }, "Basic dTpw"],
  [{ publicKeyRef: { name: "key" } }, undefined],
])("%j asks with what the Secret holds", async (more, authorization) => {
  await expect(fetchOf(more)).rejects.toThrow("answers 404");
  expect(heard.at(-1)).toBe(authorization);
  expect(asked.at(-1)?.namespace).toBe("dharma-system");
});

test.each<[Partial<BundleEntry>, RegExp]>([
  [{ credentialsRef: { name: "half" } }, /half holds no credentials: give it token/],
  [{ credentialsRef: { name: "none" } }, /no Secret dharma-system\/none/],
  [{ publicKeyRef: { name: "none" } }, /no Secret dharma-system\/none/],
  [{ publicKeyRef: { name: "key", key: "pem" } }, /no entry pem/],
])("%j says what is missing, and asks nobody", async (more, message) => {
  const before = heard.length;
  await expect(fetchOf(more)).rejects.toThrow(message);
  expect(heard).toHaveLength(before);
});

test("a ConfigMap without the label is told apart from a broken one", async () => {
  const source = sourceOf(
    { name: "own", configMap: { name: "rules" } },
    {
      kube: { get } as Kube,
      namespace: "dharma-system",
      configMaps: { get: () => undefined } as unknown as Informer<ConfigMap>,
      opa: undefined,
      transport: { fetch: () => Promise.reject(new Error("nobody asks")), clock: systemClock },
    },
  );
  await expect(source.fetch(signal)).rejects.toThrow(/no ConfigMap rules with the label iacdharma\.com\/policy/);
});

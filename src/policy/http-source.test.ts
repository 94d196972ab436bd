// Bundles over HTTP and from a registry: real servers on this machine, and what goes wrong with them.
import { execFile } from "node:child_process";
import { createHash, generateKeyPairSync } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { opaPath } from "../../test/support/policy.ts";
import { systemClock } from "../kube/index.ts";
import { BundleError } from "./bundle.ts";
import { type Credentials, httpSource } from "./http-source.ts";
import { ociSource } from "./oci.ts";
import { parseReference } from "./oci-reference.ts";
import { buildBundle } from "./sources-build.ts";
import { bundleFetcher, type ReadSource } from "./sources-fetch.ts";

const { signal } = new AbortController();
const rule = `package dharma.plan
decision := {"allow": true, "requireApproval": false, "deny": [], "warn": []}`;

let opa: string;
let archive: Uint8Array;
let signed: Uint8Array;
const keys = generateKeyPairSync("ec", {
  namedCurve: "P-256",
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
});

beforeAll(async () => {
  opa = await opaPath();
  const dir = await mkdtemp(join(tmpdir(), "dharma-sources-"));
  const build = async (name: string, ...more: string[]): Promise<Uint8Array> => {
    await promisify(execFile)(opa, ["build", "-b", "p", "-o", name, ...more], { cwd: dir });
    return readFile(join(dir, name));
  };
  await mkdir(join(dir, "p"));
  await writeFile(join(dir, "p", "plan.rego"), rule);
  await writeFile(join(dir, "key.pem"), keys.privateKey);
  const wasm = ["-t", "wasm", "-e", "dharma/plan/decision"];
  archive = await build("wasm.tar.gz", ...wasm);
  signed = await build("signed.tar.gz", ...wasm, "--signing-alg", "ES256", "--signing-key", "key.pem");
  await rm(dir, { recursive: true });
});
const servers: Server[] = [];
afterEach(async () => {
  await Promise.all(
    servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve).closeAllConnections())),
  );
});

const build = (read: ReadSource, publicKey?: string) =>
  bundleFetcher(
    read,
    async () => publicKey,
    (files, pem, during) => buildBundle(files, { name: "own", publicKey: pem, opa, signal: during }),
  );

interface Heard {
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
}
async function serve(
  answer: (request: Heard, response: ServerResponse) => void,
): Promise<{ url: string; heard: Heard[] }> {
  const heard: Heard[] = [];
  const server = createServer((request, response) => {
    const one = { url: request.url ?? "", headers: request.headers };
    heard.push(one);
    answer(one, response);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, heard };
}

const transport = { fetch: (url: string, init: RequestInit) => fetch(url, init), clock: systemClock };
const nobody = async () => undefined;
const over = (url: string, more: object = {}, credentials: () => Promise<Credentials | undefined> = nobody) =>
  httpSource({ url, insecure: true, credentials, transport: { ...transport, ...more } });

describe("HTTP", () => {
  test("is asked again by ETag, and gives the last good one for 304", async () => {
    let etag = '"1"';
    const { url, heard } = await serve(({ headers }, response) => {
      if (headers["if-none-match"] === etag) return void response.writeHead(304).end();
      response.writeHead(200, { etag }).end(archive);
    });
    const fetch = build(over(`${url}/bundle.tar.gz`));
    const bundle = await fetch(signal);
    expect(await fetch(signal)).toBe(bundle);
    etag = '"2"';
    await fetch(signal);
    expect(heard.map(({ headers }) => headers["if-none-match"])).toEqual([undefined, '"1"', '"1"']);
  });

  test("with a signature is taken, with none or another's it is not", async () => {
    const { url } = await serve(({ url: path }, response) => void response.end(path === "/signed" ? signed : archive));
    expect((await build(over(`${url}/signed`), keys.publicKey)(signal)).entrypoints).toHaveLength(1);
    await expect(build(over(`${url}/plain`), keys.publicKey)(signal)).rejects.toThrow(/not signed/);
    const other = generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ type: "spki", format: "pem" });
    await expect(build(over(`${url}/signed`), String(other))(signal)).rejects.toThrow(/not by publicKey/);
  });

  test("sends credentials to its own origin and nowhere else", async () => {
    const elsewhere = await serve((_, response) => void response.end(archive));
    const home = await serve((_, response) => void response.writeHead(302, { location: `${elsewhere.url}/b` }).end());
    await over(`${home.url}/a`, {}, async () => ({ kind: "token", token: "t" }))(undefined, signal);
    await over(`${home.url}/a`, {}, async () => ({ kind: "password", username: "u", password: "p" }))(
      undefined,
      signal,
    );
    expect(home.heard.map(({ headers }) => headers.authorization)).toEqual(["Bearer t", "Basic dTpw"]);
    expect(elsewhere.heard.map(({ headers }) => headers.authorization)).toEqual([undefined, undefined]);
  });

  test.each<[string, (request: Heard, response: ServerResponse) => void, object, RegExp]>([
    ["404", (_, response) => void response.writeHead(404).end(), {}, /answers 404: check the address/],
    ["401", (_, response) => void response.writeHead(401).end(), {}, /answers 401: check the Secret/],
    ["500", (_, response) => void response.writeHead(500).end(), {}, /answers 500: it is asked again/],
    [
      "too much, as it says",
      (_, response) => void response.end(Buffer.alloc(200)),
      { maxBytes: 100 },
      /longer than 100/,
    ],
    [
      "too much, as it comes",
      (_, response) => {
        response.write(Buffer.alloc(60));
        response.end(Buffer.alloc(60));
      },
      { maxBytes: 100 },
      /longer than 100/,
    ],
    ["nothing in time", () => undefined, { timeoutMs: 50 }, /did not answer within/],
    ["no archive", (_, response) => void response.end("hello"), {}, /can't be used/],
    ["a bomb", (_, response) => void response.end(gzipSync(Buffer.alloc(300 << 20))), {}, /can't be used/],
    ["circles", ({ url }, response) => void response.writeHead(302, { location: url }).end(), {}, /more than 5 times/],
    [
      "a way out of it",
      (_, response) => void response.writeHead(302, { location: "file:///etc/passwd" }).end(),
      {},
      /not https/,
    ],
  ])("that answers with %s is refused", async (_, answer, more, message) => {
    const { url } = await serve(answer);
    await expect(over(url, more)(undefined, signal)).rejects.toThrow(message);
    await expect(over(url, more)(undefined, signal)).rejects.toBeInstanceOf(BundleError);
  });

  test("where nobody listens, and http that nobody allowed, are refused", async () => {
    await expect(over("http://127.0.0.1:1/")(undefined, signal)).rejects.toThrow(/can't be reached/);
    const strict = httpSource({ url: "http://127.0.0.1:1/", insecure: false, credentials: nobody, transport });
    await expect(strict(undefined, signal)).rejects.toThrow(/not https/);
  });
});

describe("a registry", () => {
  const sha = (bytes: Uint8Array | string) => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
  const layerType = "application/vnd.oci.image.layer.v1.tar+gzip";

  /** As small as a registry can be: a token service, one manifest under any name, blobs by digest. */
  async function registry(
    change: { readonly layers?: object[]; readonly blob?: Uint8Array; readonly open?: true } = {},
  ) {
    const blob = change.blob ?? archive;
    const layers = change.layers ?? [{ mediaType: layerType, digest: sha(archive), size: archive.length }];
    const manifest = JSON.stringify({ schemaVersion: 2, config: { digest: sha("{}") }, layers });
    const { url, heard } = await serve(({ url: path, headers }, response) => {
      const here = `http://${headers.host ?? ""}`;
      if (path.startsWith("/token")) {
        if (headers.authorization !== "Basic dTpw") return void response.writeHead(401).end();
        return void response.end(JSON.stringify({ token: "pull" }));
      }
      if (change.open === undefined && headers.authorization !== "Bearer pull") {
        const challenge = `Bearer realm="${here}/token",service="reg",scope="repository:team/rules:pull"`;
        return void response.writeHead(401, { "www-authenticate": challenge }).end();
      }
      if (path.startsWith("/v2/team/rules/manifests/")) return void response.end(manifest);
      // Blobs are elsewhere, as registries keep them.
      if (path.startsWith("/v2/team/rules/blobs/")) return void response.writeHead(307, { location: "/blob" }).end();
      response.end(blob);
    });
    return { host: url.slice("http://".length), heard, digest: sha(manifest) };
  }
  const password = async (): Promise<Credentials> => ({ kind: "password", username: "u", password: "p" });
  const from = (reference: string, credentials: () => Promise<Credentials | undefined> = password) =>
    ociSource({ reference, insecure: true, credentials, transport });

  test("gives the bundle of a tag by token, and the layer only when it is another one", async () => {
    const { host, heard } = await registry();
    const fetch = build(from(`${host}/team/rules:1.0`));
    const bundle = await fetch(signal);
    expect(bundle.entrypoints).toEqual(["dharma/plan/decision"]);
    const asked = heard.length;
    expect(heard.map(({ url }) => url)).toContain("/token?service=reg&scope=repository%3Ateam%2Frules%3Apull");
    expect(await fetch(signal)).toBe(bundle);
    expect(heard.slice(asked).map(({ url }) => url.split("?")[0])).toEqual([
      "/v2/team/rules/manifests/1.0",
      "/token",
      "/v2/team/rules/manifests/1.0",
    ]);
  });

  test("gives the bundle of a digest, which it must have", async () => {
    const { host, digest } = await registry({ open: true });
    const content = await from(`${host}/team/rules@${digest}`, nobody)(undefined, signal);
    expect(content?.files.has("policy.wasm")).toBe(true);
    const other = from(`${host}/team/rules@${sha("other")}`, nobody);
    await expect(other(undefined, signal)).rejects.toThrow(/the registry sent sha256/);
  });

  test.each<[string, Parameters<typeof registry>[0], () => Promise<Credentials | undefined>, RegExp]>([
    ["with another blob than it says", { blob: Buffer.from("x") }, password, /the registry sent/],
    ["without a bundle", { layers: [{ mediaType: "text/plain", digest: sha("x") }] }, password, /has 0 layers/],
    [
      "with two of them",
      { layers: [1, 2].map(() => ({ mediaType: layerType, digest: sha("x") })) },
      password,
      /has 2 layers/,
    ],
    ["that wants credentials", {}, nobody, /gives no token: it answers 401/],
  ])("%s is refused", async (_, change, credentials, message) => {
    const { host } = await registry(change);
    await expect(from(`${host}/team/rules:1`, credentials)(undefined, signal)).rejects.toThrow(message);
  });

  test.each(["rules", "host/", "host/Rules:1", "https://host/rules:1", "host/rules@sha256:short"])(
    "has no bundle %s",
    (reference) => expect(() => parseReference(reference, false)).toThrow(/no reference/),
  );
});

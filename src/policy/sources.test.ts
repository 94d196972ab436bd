// Bundles from folders, over HTTP and from a registry: real servers on this machine, and what goes wrong with them.
import { createHash, generateKeyPairSync } from "node:crypto";
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { opaPath } from "../../test/support/policy.ts";
import { systemClock } from "../kube/index.ts";
import { type Bundle, BundleError } from "./bundle.ts";
import type { Credentials } from "./http-source.ts";
import { httpSource } from "./http-source.ts";
import { ociSource, parseReference } from "./oci.ts";
import { buildBundle } from "./sources-build.ts";
import { configMapContent, directorySource } from "./sources-directory.ts";
import { bundleFetcher, followBundle, type ReadSource } from "./sources-fetch.ts";

const { signal } = new AbortController();
const rule = (message: string): string => `package dharma.plan
decision := {"allow": true, "requireApproval": false, "deny": [], "warn": [{"rule": "x", "message": "${message}", "resource": "", "controls": [], "severity": "Low"}]}`;

let opa: string;
let root: string;
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
  await writeFile(join(dir, "p", "plan.rego"), rule("one"));
  await writeFile(join(dir, "key.pem"), keys.privateKey);
  const wasm = ["-t", "wasm", "-e", "dharma/plan/decision"];
  archive = await build("wasm.tar.gz", ...wasm);
  signed = await build("signed.tar.gz", ...wasm, "--signing-alg", "ES256", "--signing-key", "key.pem");
  await rm(dir, { recursive: true });
});
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "dharma-folder-"));
});
const servers: Server[] = [];
afterEach(async () => {
  await rm(root, { recursive: true, force: true });
  await Promise.all(
    servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve).closeAllConnections())),
  );
});
afterAll(() => rm(root, { recursive: true, force: true }));

const build = (read: ReadSource, publicKey?: string) =>
  bundleFetcher(
    read,
    async () => publicKey,
    (files, pem, during) => buildBundle(files, { name: "own", publicKey: pem, opa, signal: during }),
  );

describe("a folder", () => {
  test("of Rego sources is compiled, and again only when something changed", async () => {
    await writeFile(join(root, "plan.rego"), rule("one"));
    await writeFile(join(root, "plan_test.rego"), "not even Rego");
    await writeFile(join(root, "notes.txt"), "nothing");
    const read = directorySource(root);
    const first = await read(undefined, signal);
    expect([...(first?.files.keys() ?? [])]).toEqual(["plan.rego"]);
    expect(await read(first?.revision, signal)).toBeUndefined();
    const fetch = build(read);
    const bundle = await fetch(signal);
    expect(bundle.entrypoints).toEqual(["dharma/plan/decision"]);
    expect(await fetch(signal)).toBe(bundle);
    await writeFile(join(root, "plan.rego"), rule("two"));
    expect((await fetch(signal)).digest).not.toBe(bundle.digest);
  });

  test("mounted from a ConfigMap is followed through its links", async () => {
    for (const version of ["..1", "..2"]) {
      await mkdir(join(root, version));
      await writeFile(join(root, version, "plan.rego"), rule(version));
    }
    await symlink("..1", join(root, "..data"));
    await symlink(join("..data", "plan.rego"), join(root, "plan.rego"));
    const fetch = build(directorySource(root));
    const first = await fetch(signal);
    await symlink("..2", join(root, "..next"));
    await rename(join(root, "..next"), join(root, "..data"));
    expect((await fetch(signal)).digest).not.toBe(first.digest);
  });

  test("with a compiled bundle gives that", async () => {
    await writeFile(join(root, "bundle.tar.gz"), archive);
    expect((await build(directorySource(root))(signal)).entrypoints).toEqual(["dharma/plan/decision"]);
  });

  test.each<[string, () => Promise<unknown>, RegExp]>([
    ["that is empty", async () => undefined, /no policies/],
    ["that isn't there", () => rm(root, { recursive: true }), /can't be read/],
    ["with a mistake", () => writeFile(join(root, "plan.rego"), "package dharma.plan\nx := y"), /plan\.rego:2.*y/s],
    [
      "with a built-in the host lacks",
      () => writeFile(join(root, "p.rego"), "package dharma.plan\ndecision := http.send({})"),
      /http\.send/,
    ],
    ["without a point", () => writeFile(join(root, "p.rego"), "package other\nx := 1"), /no package dharma\.POINT/],
  ])("%s is refused in words that help", async (_, prepare, message) => {
    await prepare();
    const fetch = build(directorySource(root));
    await expect(fetch(signal)).rejects.toThrow(message);
    await expect(fetch(signal)).rejects.toBeInstanceOf(BundleError);
    await expect(fetch(signal)).rejects.not.toThrow(/dharma-policy-/);
  });
});

describe("a ConfigMap", () => {
  test("holds sources, or a compiled bundle", async () => {
    const sources = configMapContent("own", { data: { "plan.rego": rule("one"), README: "x" } });
    expect([...sources.files.keys()]).toEqual(["plan.rego"]);
    const compiled = configMapContent("own", {
      binaryData: { "bundle.tar.gz": Buffer.from(archive).toString("base64") },
    });
    expect(compiled.files.has("policy.wasm")).toBe(true);
    expect(() => configMapContent("own", { data: { README: "x" } })).toThrow(/no policies in ConfigMap own/);
    expect(() => configMapContent("own", { binaryData: { "bundle.tar.gz": "aGVsbG8=" } })).toThrow(BundleError);
  });
});

test("a file outside of its bundle is refused", async () => {
  const files = new Map([["../../plan.rego", Buffer.from(rule("x"))]]);
  await expect(buildBundle(files, { name: "own", opa, signal })).rejects.toThrow(/outside/);
});

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

describe("following", () => {
  test("tells each new bundle once a look, goes on after failures, and ends with its signal", async () => {
    const stop = new AbortController();
    const seen: string[] = [];
    let looks = 0;
    const bundle = { digest: "d" } as Bundle;
    const waits: number[] = [];
    await followBundle(
      {
        fetch: async () => {
          looks += 1;
          if (looks === 2 || looks === 3) throw new BundleError("broken");
          return bundle;
        },
        intervalMs: 60_000,
        onBundle: ({ digest }) => void seen.push(digest),
        onFailure: (error) => void seen.push(error instanceof Error ? error.message : ""),
        random: () => 0.5,
        clock: {
          ...systemClock,
          sleep: async (ms) => {
            waits.push(ms);
            if (waits.length === 5) stop.abort(new Error("enough"));
          },
        },
      },
      stop.signal,
    );
    expect(seen).toEqual(["d", "broken", "broken", "d", "d"]);
    expect(waits).toEqual([60_000, 1_000, 2_000, 60_000, 60_000]);
  });
});

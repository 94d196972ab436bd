// How tools are found, fetched and refused, against real files and a real HTTP server.
import { createHash } from "node:crypto";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { checksumOf, downloadTool } from "./download.ts";
import { cachePath, explicitVariable, findTool } from "./find.ts";
import { installTools, type ToolProgress } from "./install.ts";
import { type Tool, tools } from "./manifest.ts";

const signal = new AbortController().signal;
let folder: string;
let env: NodeJS.ProcessEnv;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "dharma-tools-"));
  env = { DHARMA_CACHE: join(folder, "cache"), PATH: join(folder, "bin") };
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function program(path: string, output: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `#!/bin/sh\necho '${output}'\n`);
  await chmod(path, 0o755);
  return path;
}

function named(name: string): Tool {
  const found = tools.find((tool) => tool.name === name);
  if (found === undefined) throw new Error(name);
  return found;
}

describe("a tool that is on this machine", () => {
  test("is taken from an explicit path before anywhere else, whatever its version", async () => {
    const etcd = named("etcd");
    const path = await program(join(folder, "mine", "etcd"), "etcd Version: 1.0.0");
    await program(cachePath(etcd, env), "cached");
    expect(await findTool(etcd, { ...env, [explicitVariable(etcd)]: path }, signal)).toBe(path);
  });

  test("is taken from PATH only in the pinned version", async () => {
    const etcd = named("etcd");
    const path = await program(join(folder, "bin", "etcd"), "etcd Version: 3.5.0");
    expect(await findTool(etcd, env, signal)).toBeUndefined();
    await program(path, `etcd Version: ${etcd.version.slice(1)}\nGit SHA: x`);
    expect(await findTool(etcd, env, signal)).toBe(path);
  });

  test("is taken from KUBEBUILDER_ASSETS", async () => {
    const path = await program(join(folder, "assets", "kube-apiserver"), "");
    expect(await findTool(named("kube-apiserver"), { ...env, KUBEBUILDER_ASSETS: dirname(path) }, signal)).toBe(path);
  });

  test("an explicit path to nothing is refused by the variable's name", async () => {
    const wrong = findTool(named("kwok"), { ...env, DHARMA_TOOL_KWOK: "/no/kwok" }, signal);
    await expect(wrong).rejects.toThrow(/DHARMA_TOOL_KWOK names \/no\/kwok, which is not a program/);
  });
});

describe("a tool that is not on this machine", () => {
  let server: Server;
  let base: string;
  let sums: string;
  const bytes = Buffer.from("#!/bin/sh\necho released\n");

  beforeEach(async () => {
    sums = `${createHash("sha256").update(bytes).digest("hex")}  kwok-linux-amd64\n`;
    server = createServer((request, response) => {
      response.statusCode = request.url === "/missing" ? 404 : 200;
      response.end(request.url === "/sums" ? sums : bytes);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    base = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
    await mkdir(join(folder, "out"));
  });
  afterEach(() => new Promise<void>((resolve) => server.close(() => resolve())));

  const fetchTo = (asset: string) =>
    downloadTool(
      { url: `${base}/${asset}`, checksumUrl: `${base}/sums` },
      join(folder, "out", "kwok"),
      signal,
      () => undefined,
    );

  test("is put in place when its release's checksum agrees", async () => {
    expect(await fetchTo("kwok-linux-amd64")).toEqual({ kind: "ready" });
    expect(await readFile(join(folder, "out", "kwok"))).toEqual(bytes);
  });

  test("is refused when the checksum differs, and nothing is left behind", async () => {
    sums = `${"0".repeat(64)}  kwok-linux-amd64\n`;
    await expect(fetchTo("kwok-linux-amd64")).rejects.toThrow(/Nothing was installed/);
    await expect(readFile(join(folder, "out", "kwok"))).rejects.toThrow();
  });

  test("is left to a build when the release can't be had", async () => {
    expect(await fetchTo("missing")).toMatchObject({ kind: "unreachable", why: "HTTP 404" });
  });

  test("without Go, the error names the tool and every way to get it", async () => {
    const asked: ToolProgress[] = [];
    const failing = installTools({
      names: ["kwok"],
      env,
      signal: AbortSignal.timeout(30_000),
      onProgress: (progress) => asked.push(progress),
    });
    // Where release pages can be reached this downloads instead; both are fine, crashing is not.
    const outcome = await failing.then(
      (paths) => paths.kwok ?? "",
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
    expect(outcome).toMatch(/install Go 1\.26 or newer.*DHARMA_TOOL_KWOK|kwok$/);
  });
});

test("a checksum is read from a list by the asset's name, and from a file with one line without it", () => {
  const [a, b] = ["a".repeat(64), "b".repeat(64)];
  expect(checksumOf(`${a}  one.tar.gz\n${b}  two.tar.gz\n`, "two.tar.gz")).toBe(b);
  expect(checksumOf(`${a}\n`, "anything")).toBe(a);
  expect(checksumOf("not found", "anything")).toBeUndefined();
});

test("a lock that another process holds is waited for, and its result used", async () => {
  const kwok = named("kwok");
  const target = cachePath(kwok, env);
  await mkdir(`${target}.lock`, { recursive: true });
  const seen: string[] = [];
  const installing = installTools({ names: ["kwok"], env, signal, onProgress: ({ kind }) => seen.push(kind) });
  await expect.poll(() => seen).toContain("waiting");
  await program(target, "built by the other one");
  await rm(`${target}.lock`, { recursive: true });
  expect(await installing).toEqual({ kwok: target });
});

test("every tool has a module whose go.mod pins the manifest's version", async () => {
  for (const tool of tools) {
    const text = await readFile(join(import.meta.dirname, "modules", tool.module, "go.mod"), "utf8");
    expect(text, tool.name).toContain(` ${tool.sourceVersion ?? tool.version}`);
  }
});

// Bundles from folders and ConfigMaps, and following a source; what goes wrong with them.
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { opaPath } from "../../test/support/policy.ts";
import { systemClock } from "../kube/index.ts";
import { type Bundle, BundleError } from "./bundle.ts";
import { buildBundle } from "./sources-build.ts";
import { configMapContent, directorySource } from "./sources-directory.ts";
import { bundleFetcher, followBundle, type ReadSource } from "./sources-fetch.ts";

const { signal } = new AbortController();
const rule = (message: string): string => `package dharma.plan
decision := {"allow": true, "requireApproval": false, "deny": [], "warn": [{"rule": "x", "message": "${message}", "resource": "", "controls": [], "severity": "Low"}]}`;

let opa: string;
let root: string;
let archive: Uint8Array;
beforeAll(async () => {
  opa = await opaPath();
  const dir = await mkdtemp(join(tmpdir(), "dharma-sources-"));
  const build = async (name: string, ...more: string[]): Promise<Uint8Array> => {
    await promisify(execFile)(opa, ["build", "-b", "p", "-o", name, ...more], { cwd: dir });
    return readFile(join(dir, name));
  };
  await mkdir(join(dir, "p"));
  await writeFile(join(dir, "p", "plan.rego"), rule("one"));
  const wasm = ["-t", "wasm", "-e", "dharma/plan/decision"];
  archive = await build("wasm.tar.gz", ...wasm);
  await rm(dir, { recursive: true });
});
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "dharma-folder-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const build = (read: ReadSource) =>
  bundleFetcher(
    read,
    async () => undefined,
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

// Compiles the Rego sources into a bundle with the `opa` CLI, once for each content.
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { promisify } from "node:util";
import { asRecord } from "../kube/json.ts";
import { type Bundle, BundleError, loadBundle } from "./bundle.ts";
import { hostBuiltinNames } from "./builtins.ts";
import { contentDigest } from "./digest.ts";

export interface CompileOptions {
  /** Path of the opa CLI. Needed only where these sources were never compiled before. */
  readonly opa?: string | undefined;
  /** Where compiled bundles are kept by content digest. Default: `dist/policies` beside the sources' folder. */
  readonly cache?: string;
  readonly signal: AbortSignal;
}

/** Entrypoints by the package that answers them; a bundle has those whose package it has. */
const entrypoints: Readonly<Record<string, string>> = {
  "data.dharma.admission": "dharma/admission/decision",
  "data.dharma.compliance": "dharma/compliance/evaluation",
  "data.dharma.edge": "dharma/edge/decision",
  "data.dharma.plan": "dharma/plan/decision",
  "data.dharma.remediation": "dharma/remediation/decision",
};

/**
 * The bundle of the Rego sources in `dir`, from the cache or compiled now. Rejects with BundleError when it is not in
 * the cache and there is no opa, or when opa refuses the sources (its message is kept).
 */
export async function compiledBundle(dir: string, options: CompileOptions): Promise<Bundle> {
  return loadBundle(await compiledBundlePath(dir, options), options);
}

/** Path of the compiled bundle, for builds that copy it. Rejects like compiledBundle. */
export async function compiledBundlePath(dir: string, options: CompileOptions): Promise<string> {
  const { opa, signal } = options;
  const cache = options.cache ?? join(dirname(dir), "dist", "policies");
  const digest = await sourceDigest(dir, signal);
  const path = join(cache, `${digest.slice("sha256:".length, "sha256:".length + 32)}.tar.gz`);
  if (await isThere(path, signal)) return path;
  if (opa === undefined) {
    throw new BundleError(
      `the policies in ${dir} are not compiled and there is no opa CLI: run \`npm run tools\`, or give the path of opa, ` +
        `or build them elsewhere with scripts/build-policies.ts and copy ${cache}`,
    );
  }
  await mkdir(cache, { recursive: true });
  const scratch = join(cache, `.building-${process.pid}-${randomUUID()}`);
  await mkdir(scratch);
  try {
    const capabilities = join(scratch, "capabilities.json");
    await writeFile(capabilities, await hostCapabilities(opa, signal), { signal });
    const output = join(scratch, "bundle.tar.gz");
    await runOpa(
      opa,
      [
        "build",
        "--target=wasm",
        "--bundle",
        dir,
        `--output=${output}`,
        `--capabilities=${capabilities}`,
        "--ignore=*_test.rego,*_cases.yaml",
        ...(await entrypointsOf(opa, dir, signal)).flatMap((entrypoint) => ["--entrypoint", entrypoint]),
      ],
      signal,
    );
    await loadBundle(output, { signal });
    await rename(output, path); // whole or not at all, also where two build at once
    return path;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function entrypointsOf(opa: string, dir: string, signal: AbortSignal): Promise<readonly string[]> {
  const inspected: unknown = JSON.parse(await runOpa(opa, ["inspect", "--format=json", dir], signal));
  const packages = Object.keys(asRecord(asRecord(inspected)["namespaces"]));
  const found = packages.flatMap((name) => entrypoints[name] ?? []);
  if (found.length === 0) {
    throw new BundleError(
      `the policies in ${dir} have no package dharma.POINT, e.g. dharma.plan with a rule \`decision\``,
    );
  }
  return found.toSorted();
}

// Built-ins that the host gives beyond those compiled to WebAssembly (README of @open-policy-agent/opa-wasm), and
// rego.metadata.*, which the compiler replaces by constants.
const HOST_BUILTINS = new Set(["regex.split", "rego.metadata.rule", "rego.metadata.chain", ...hostBuiltinNames]);

/** What the policies may use: a built-in that the host lacks is refused when compiling, not when deciding. */
async function hostCapabilities(opa: string, signal: AbortSignal): Promise<string> {
  const sdk = createRequire(import.meta.url).resolve("@open-policy-agent/opa-wasm");
  const known = builtinsOf(await readFile(join(dirname(sdk), "..", "capabilities.json"), { encoding: "utf8", signal }));
  const current = builtinsOf(await runOpa(opa, ["capabilities", "--current"], signal));
  const names = new Set(known.map(nameOf));
  return JSON.stringify({
    builtins: current.filter((builtin) => names.has(nameOf(builtin)) || HOST_BUILTINS.has(nameOf(builtin))),
    features: ["rego_v1"],
    wasm_abi_versions: [
      { version: 1, minor_version: 1 },
      { version: 1, minor_version: 2 },
    ],
  });
}

function builtinsOf(capabilities: string): readonly unknown[] {
  const parsed: unknown = JSON.parse(capabilities);
  const builtins: unknown = typeof parsed === "object" && parsed !== null ? Reflect.get(parsed, "builtins") : undefined;
  return Array.isArray(builtins) ? builtins : [];
}

function nameOf(builtin: unknown): string {
  return typeof builtin === "object" && builtin !== null ? String(Reflect.get(builtin, "name")) : "";
}

async function runOpa(opa: string, args: readonly string[], signal: AbortSignal): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(opa, args, { signal, maxBuffer: 64 << 20, timeout: 120_000 });
    return stdout;
  } catch (error) {
    signal.throwIfAborted();
    throw new BundleError(`opa ${args[0] ?? ""} failed: ${saidBy(error)}`, error);
  }
}

/** The compiler's own words; it says some on stdout and some on stderr. */
function saidBy(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const said = ["stdout", "stderr"].map((stream) => String(Reflect.get(error, stream) ?? "").trim()).join("\n");
  return said.trim() === "" ? error.message : said.trim();
}

async function sourceDigest(dir: string, signal: AbortSignal): Promise<string> {
  const files = (await readdir(dir, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && /\.(rego|json|ya?ml)$/.test(entry.name))
    .filter((entry) => !/_test\.rego$|_cases\.yaml$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
  if (files.length === 0) throw new BundleError(`there are no policies in ${dir}`);
  const parts: (string | Uint8Array)[] = [Object.values(entrypoints).join(" ")];
  for (const file of files) parts.push(relative(dir, file), await readFile(file, { signal }));
  return contentDigest(...parts);
}

async function isThere(path: string, signal: AbortSignal): Promise<boolean> {
  try {
    await readFile(path, { signal });
    return true;
  } catch {
    signal.throwIfAborted();
    return false;
  }
}

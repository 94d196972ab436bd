// Compiles Rego for tests with the real opa.
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { type Bundle, compiledBundle } from "../../src/policy/index.ts";
import { toolPaths } from "./plane.ts";

/** Path of the opa CLI. */
export async function opaPath(): Promise<string> {
  const { opa } = await toolPaths(["opa"]);
  if (opa === undefined) throw new Error("opa was not installed");
  return opa;
}

/** Compiles sources (path to text) into a bundle, in a folder that is gone afterwards. */
export async function compileRego(sources: Readonly<Record<string, string>>): Promise<Bundle> {
  const root = await mkdtemp(join(tmpdir(), "dharma-rego-"));
  try {
    for (const [path, text] of Object.entries(sources)) {
      const file = join(root, "policies", path);
      // oxlint-disable-next-line no-await-in-loop -- a handful of small files
      await mkdir(dirname(file), { recursive: true });
      // oxlint-disable-next-line no-await-in-loop -- see above
      await writeFile(file, text);
    }
    const signal = new AbortController().signal;
    return await compiledBundle(join(root, "policies"), { opa: await opaPath(), signal });
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

/** What opa itself answers to `query` over `{inputs}`, a list with an entry for each input; one process for all. */
export async function evaluatedByOpa(
  policies: string,
  inputs: readonly object[],
  query: string,
): Promise<readonly unknown[]> {
  const scratch = await mkdtemp(join(tmpdir(), "dharma-opa-"));
  try {
    const file = join(scratch, "input.json");
    await writeFile(file, JSON.stringify({ inputs }));
    const { stdout } = await promisify(execFile)(
      await opaPath(),
      ["eval", "--format=json", "--data", policies, "--input", file, query],
      { maxBuffer: 64 << 20 },
    );
    const parsed: { result: { expressions: { value: unknown[] }[] }[] } = JSON.parse(stdout);
    return parsed.result[0]?.expressions[0]?.value ?? [];
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

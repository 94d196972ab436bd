// Compiles Rego for tests with the real opa.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
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

// From the files of a bundle to what decides: signature checked, compiled where it is Rego.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, posix } from "node:path";
import { type Bundle, BundleError, bundleOfFiles } from "./bundle.ts";
import { compiledBundle } from "./compile.ts";
import { verifySignature } from "./signature.ts";

/** Files by path, without a leading slash. */
export type BundleFiles = ReadonlyMap<string, Uint8Array>;

export interface BuildOptions {
  /** For messages. */
  readonly name: string;
  /** PEM; the files must be signed by it. Absent: no signature is asked for. */
  readonly publicKey?: string | undefined;
  /** Path of the opa CLI, for bundles that are not compiled. */
  readonly opa?: string | undefined;
  readonly signal: AbortSignal;
}

/** Rejects with BundleError, which keeps the compiler's words, or with the signal's reason. */
export async function buildBundle(files: BundleFiles, options: BuildOptions): Promise<Bundle> {
  const { name, publicKey, signal } = options;
  const stray = [...files.keys()].find((path) => posix.isAbsolute(path) || path.split("/").includes(".."));
  if (stray !== undefined) throw new BundleError(`the policy bundle ${name} has a file outside of it: ${stray}`);
  if (publicKey !== undefined) verifySignature(files, publicKey);
  signal.throwIfAborted();
  return files.has("policy.wasm") ? bundleOfFiles(files, name) : compiled(files, options);
}

async function compiled(files: BundleFiles, { opa, signal }: BuildOptions): Promise<Bundle> {
  const root = await mkdtemp(join(tmpdir(), "dharma-policy-"));
  const dir = join(root, "policies");
  try {
    await mkdir(dir);
    for (const [path, bytes] of files) {
      if (path === ".signatures.json") continue; // checked above; opa would ask for the key again
      const file = join(dir, path);
      // oxlint-disable-next-line no-await-in-loop -- a handful of small files
      await mkdir(dirname(file), { recursive: true });
      // oxlint-disable-next-line no-await-in-loop -- see above
      await writeFile(file, bytes, { signal });
    }
    return await compiledBundle(dir, { opa, cache: join(root, "compiled"), signal });
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof BundleError)) throw error;
    // The folder is gone when somebody reads this: the paths inside it are what they know.
    throw new BundleError(error.message.replaceAll(`${dir}/`, "").replaceAll(dir, "it"), error);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

// A bundle from a folder: Rego sources and data, or a compiled bundle. Followed by looking at the files' times.
import { readdir, readFile, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import { BundleError, unpack } from "./bundle.ts";
import { contentDigest } from "./digest.ts";
import type { Content, ReadSource } from "./sources-fetch.ts";

/** What a bundle may be long, in bytes, before it is unpacked. */
export const maxBundle = 32 << 20;

/** The entry that is a compiled bundle, beside which nothing else counts. */
export const archiveName = "bundle.tar.gz";

/** Reads `dir`, and reads it again only where a file's size, time or inode changed. */
export function directorySource(dir: string): ReadSource {
  let seen: { readonly look: string; readonly revision: string } | undefined;
  return async (known, signal) => {
    try {
      const paths = await filesIn(dir, signal);
      const look = await lookAt(paths);
      if (seen?.look === look && seen.revision === known) return undefined;
      const content = contentOf(dir, await Promise.all(paths.map((path) => readOne(dir, path, signal))));
      seen = { look, revision: content.revision };
      return content;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof BundleError) throw error;
      const why = error instanceof Error ? error.message : String(error);
      throw new BundleError(`the folder ${dir} can't be read: ${why}`, error);
    }
  };
}

/** Entries by name as a source's content; a compiled bundle among them is unpacked. Throws BundleError. */
export function contentOf(name: string, entries: readonly (readonly [path: string, bytes: Uint8Array])[]): Content {
  const sorted = entries.toSorted(([a], [b]) => (a < b ? -1 : 1));
  if (sorted.length === 0) throw new BundleError(`there are no policies in ${name}`);
  const revision = contentDigest(...sorted.flat());
  const archive = sorted.find(([path]) => path === archiveName)?.[1];
  return { revision, files: archive === undefined ? new Map(sorted) : unpack(archive, name) };
}

/**
 * Policies, data and bundles below `dir`, links followed. Names that begin with a dot are left out but for the bundle's
 * own: a mounted ConfigMap keeps its versions under such names.
 */
async function filesIn(dir: string, signal: AbortSignal): Promise<readonly string[]> {
  const entries = await readdir(dir, { withFileTypes: true });
  const found: string[] = [];
  for (const entry of entries) {
    signal.throwIfAborted();
    if (entry.name.startsWith(".") && !bundleFiles.has(entry.name)) continue;
    const path = join(dir, entry.name);
    // oxlint-disable-next-line no-await-in-loop -- bounded, and one after the other is kind to the disk
    if ((await stat(path)).isDirectory()) found.push(...(await filesIn(path, signal)));
    else if (bundleFiles.has(entry.name) || isSource(entry.name)) found.push(path);
    if (found.length > 2_000)
      throw new BundleError(`the folder ${dir} holds more than 2000 policies: give a smaller one`);
  }
  return found.toSorted();
}

const bundleFiles: ReadonlySet<string> = new Set([".manifest", ".signatures.json", archiveName]);

/** Whether a file belongs to a bundle of Rego sources; their tests don't. */
export function isSource(name: string): boolean {
  return /\.(rego|json|ya?ml)$/.test(name) && !/_test\.rego$|_cases\.yaml$/.test(name);
}

async function lookAt(paths: readonly string[]): Promise<string> {
  const stats = await Promise.all(paths.map((path) => stat(path)));
  const total = stats.reduce((sum, { size }) => sum + size, 0);
  if (total > maxBundle) throw new BundleError(`the folder's policies are ${total} bytes long: ${maxBundle} are read`);
  return stats
    .map(({ size, mtimeMs, ctimeMs, ino }, index) => [paths[index], size, mtimeMs, ctimeMs, ino].join("|"))
    .join("\n");
}

async function readOne(dir: string, path: string, signal: AbortSignal): Promise<readonly [string, Uint8Array]> {
  return [relative(dir, path), await readFile(path, { signal })];
}

/** What a ConfigMap holds as a source's content. Throws BundleError. */
export function configMapContent(
  name: string,
  { data = {}, binaryData = {} }: { readonly data?: Texts; readonly binaryData?: Texts },
): Content {
  const entries: (readonly [string, Uint8Array])[] = [
    ...Object.entries(data).map(([key, text]) => [key, Buffer.from(text)] as const),
    ...Object.entries(binaryData).map(([key, base64]) => [key, Buffer.from(base64, "base64")] as const),
  ].filter(([key]) => bundleFiles.has(key) || isSource(key));
  return contentOf(`ConfigMap ${name}`, entries);
}

type Texts = Readonly<Record<string, string>>;

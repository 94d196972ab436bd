// Writes the generated files, or tells which differ from what is there.
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import type { GeneratedFile } from "./files.ts";

/** Folders that hold nothing but generated files. */
const folders = ["crds", "charts/dharma/files/crds", "docs/reference", "policies/catalog"];

/** Paths of generated files under `root` that are absent, differ, or should not be there. */
export async function differences(
  root: string,
  files: readonly GeneratedFile[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const changed: string[] = [];
  for (const file of files) {
    if ((await textOf(join(root, file.path), signal)) !== file.text) changed.push(file.path);
  }
  return [...changed, ...(await strays(root, files))].toSorted();
}

/** Writes what differs under `root`, removes what is generated no more, and returns those paths. */
export async function generate(
  root: string,
  files: readonly GeneratedFile[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const changed = await differences(root, files, signal);
  const texts = new Map(files.map((file) => [file.path, file.text]));
  for (const path of changed) {
    signal.throwIfAborted();
    const text = texts.get(path);
    const target = join(root, path);
    await mkdir(dirname(target), { recursive: true });
    await (text === undefined ? rm(target) : writeFile(target, text, { signal }));
  }
  return changed;
}

async function strays(root: string, files: readonly GeneratedFile[]): Promise<readonly string[]> {
  const known = new Set(files.map((file) => file.path));
  const found: string[] = [];
  for (const folder of folders) {
    for (const name of await namesIn(join(root, folder))) {
      if (!known.has(`${folder}/${name}`)) found.push(`${folder}/${name}`);
    }
  }
  return found;
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}

async function textOf(path: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    return await readFile(path, { encoding: "utf8", signal });
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}

// Models in a folder, NAME/VARIANT as in models/, followed by looking at the files' times.
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { ModelError } from "../model/errors.ts";
import { readModelFolder } from "../model/folder.ts";
import type { FoundModel, ModelSource } from "./source.ts";

/**
 * Every NAME/VARIANT below `folder` with a model.json. While files are being copied a look may find two that don't belong
 * together: their digest tells, and the next look finds them whole.
 */
export function directorySource(
  folder: string,
  { intervalMs = 2_000, name = `directory ${folder}` }: { readonly intervalMs?: number; readonly name?: string } = {},
): ModelSource {
  return {
    name,
    intervalMs,
    async look(signal) {
      try {
        const found: FoundModel[] = [];
        for (const model of await foldersIn(folder)) {
          for (const variant of await foldersIn(join(folder, model))) {
            signal.throwIfAborted();
            const path = join(folder, model, variant);
            const revision = await revisionOf(path);
            if (revision === undefined) continue;
            const load: FoundModel["load"] = (during) => readModelFolder(path, during);
            found.push({ origin: path, revision, slot: `${model}/${variant}`, load });
          }
        }
        return found;
      } catch (error) {
        signal.throwIfAborted();
        const why = error instanceof Error ? error.message : String(error);
        throw new ModelError("NotFound", `${name} can't be read: ${why}`, { cause: error });
      }
    },
  };
}

/** Names that begin with a dot are left out: a mounted ConfigMap keeps its versions under such names. */
async function foldersIn(path: string): Promise<readonly string[]> {
  const names = (await readdir(path)).filter((name) => !name.startsWith(".")).toSorted();
  const areFolders = await Promise.all(names.map(async (name) => (await stat(join(path, name))).isDirectory()));
  return names.filter((_, index) => areFolders[index]);
}

async function revisionOf(path: string): Promise<string | undefined> {
  const looks = await Promise.all(
    ["model.json", "model.onnx", "samples.json"].map(async (file) => {
      try {
        const { size, mtimeMs, ctimeMs, ino } = await stat(join(path, file));
        return [size, mtimeMs, ctimeMs, ino].join("|");
      } catch {
        return undefined; // not there, or not yet
      }
    }),
  );
  return looks[0] === undefined || looks[1] === undefined ? undefined : looks.join("\n");
}

// Folders of models as an administrator lays them out, made of the fixtures.
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Manifest } from "../../model/manifest.ts";
import { type Fixture, fixtureBytes, manifestOf } from "./files.ts";

export interface ModelFolder extends AsyncDisposable {
  readonly path: string;
  /** Writes NAME/VARIANT of the manifest, both files at once. Returns the model's digest. */
  put(fixture: Fixture, manifest?: Partial<Manifest>): Promise<string>;
  /** Writes just these bytes as its model. */
  spoil(slot: string, bytes: Uint8Array): Promise<void>;
  remove(slot: string): Promise<void>;
}

/** An empty folder that goes with the test. */
export async function modelFolder(): Promise<ModelFolder> {
  const path = await mkdtemp(join(tmpdir(), "dharma-models-"));
  let count = 0;
  const swap = async (target: string, files: Readonly<Record<string, string | Uint8Array>>): Promise<void> => {
    const fresh = join(path, `.new-${(count += 1)}`);
    await mkdir(fresh);
    for (const [name, content] of Object.entries(files)) await writeFile(join(fresh, name), content);
    await mkdir(dirname(target), { recursive: true });
    await rm(target, { recursive: true, force: true });
    await rename(fresh, target);
  };
  return {
    path,
    async put(fixture, more) {
      const bytes = await fixtureBytes(fixture);
      const manifest = manifestOf(bytes, more);
      const target = join(path, manifest.name, manifest.variant);
      await swap(target, { "model.json": JSON.stringify(manifest), "model.onnx": bytes });
      return manifest.digest;
    },
    spoil: (slot, bytes) => writeFile(join(path, slot, "model.onnx"), bytes),
    remove: (slot) => rm(join(path, slot), { recursive: true }),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}

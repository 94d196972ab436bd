// A model as it lies in a folder: manifest and bytes, proven to belong together.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ModelError } from "./errors.ts";
import { type Manifest, readManifest } from "./manifest.ts";

/** A model before it is opened. The digest of `bytes` is the manifest's. */
export interface ModelFile {
  readonly manifest: Manifest;
  readonly bytes: Uint8Array;
  /** Where it came from, for messages. */
  readonly source: string;
  /** Text of samples.json, where there is one: inputs with the trainer's own outputs. */
  readonly samples?: string;
}

/** Reads FOLDER/model.json, model.onnx and, where it is there, samples.json. Rejects with ModelError `NotFound` or `Corrupt`. */
export async function readModelFolder(folder: string, signal: AbortSignal): Promise<ModelFile> {
  const [text, bytes, samples] = await Promise.all([
    readPart(join(folder, "model.json"), signal),
    readPart(join(folder, "model.onnx"), signal),
    readPart(join(folder, "samples.json"), signal).catch((error: unknown) => {
      signal.throwIfAborted();
      if (error instanceof ModelError) return undefined; // a model may come without
      throw error;
    }),
  ]);
  const file = modelFile(text.toString("utf8"), bytes, folder);
  return samples === undefined ? file : { ...file, samples: samples.toString("utf8") };
}

/** Manifest and bytes as one, once the digest has been compared. Throws ModelError `Corrupt`. */
export function modelFile(manifestText: string, bytes: Uint8Array, source: string): ModelFile {
  const manifest = readManifest(manifestText, `${source}/model.json`);
  const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
  if (digest !== manifest.digest)
    throw new ModelError(
      "Corrupt",
      `${source}/model.onnx has the digest ${digest}, its manifest says ${manifest.digest}: copy both again`,
    );
  return { manifest, bytes, source };
}

async function readPart(path: string, signal: AbortSignal): Promise<Buffer> {
  try {
    return await readFile(path, { signal });
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw new ModelError("NotFound", `${path} can't be read`, { cause: error });
  }
}

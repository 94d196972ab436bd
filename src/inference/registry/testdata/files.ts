// The tiny models of make.py with a manifest: what tests admit and refuse.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type ModelFile, modelFile } from "../../model/folder.ts";
import type { Manifest } from "../../model/manifest.ts";

export type Fixture =
  | "good"
  | "other"
  | "wide"
  | "renamed"
  | "fixed-batch"
  | "old-opset"
  | "nan-through"
  | "unbounded"
  | "nan-out"
  | "slow"
  | "slow-on-data"
  | "stuck"
  | "external";

/** Bytes of a fixture. */
export function fixtureBytes(name: Fixture): Promise<Uint8Array> {
  return readFile(join(import.meta.dirname, `${name}.onnx`));
}

/** The manifest the fixtures have unless told otherwise: DriftPredictor/test, features[N, 3] to probability[N, 1]. */
export function manifestOf(bytes: Uint8Array, more: Partial<Manifest> = {}): Manifest {
  return {
    name: "DriftPredictor",
    variant: "test",
    version: "1.0.0",
    origin: "shipped",
    opset: 17,
    digest: `sha256:${createHash("sha256").update(bytes).digest("hex")}`,
    inputs: [{ name: "features", type: "float32", shape: [null, 3] }],
    outputs: [{ name: "probability", type: "float32", shape: [null, 1], range: [0, 1] }],
    features: [{ name: "age" }, { name: "changes" }, { name: "size" }],
    scalers: {},
    thresholds: {},
    trainedOn: [{ name: "none", licence: "Apache-2.0" }],
    seed: 1,
    trainingCommit: "none",
    createTime: "2026-01-01T00:00:00Z",
    ...more,
  };
}

/** A fixture as a source gives it. */
export async function fixture(name: Fixture, more: Partial<Manifest> = {}): Promise<ModelFile> {
  const bytes = await fixtureBytes(name);
  return modelFile(JSON.stringify(manifestOf(bytes, more)), bytes, `testdata/${name}`);
}

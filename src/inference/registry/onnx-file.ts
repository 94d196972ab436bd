// What an ONNX file says before anything runs it: its opset, and that it needs no other file.
// Field numbers: github.com/onnx/onnx, onnx/onnx.proto.
import { ModelError } from "../model/errors.ts";
import type { ModelFile } from "../model/folder.ts";
import { type Field, fieldsOf } from "./protobuf.ts";

/**
 * Throws ModelError: `Corrupt` for what is no ONNX model or another opset than its manifest says, `NotAllowed` for one
 * that reads files of the operator's machine.
 */
export function checkOnnxFile({ manifest, bytes, source }: ModelFile): void {
  let found: { readonly opset: number | undefined; readonly external: boolean };
  try {
    found = { opset: opsetOf(bytes), external: hasExternal(bytes, model, 0) };
  } catch (error) {
    throw new ModelError("Corrupt", `${source}/model.onnx is no ONNX model: export it again`, { cause: error });
  }
  if (found.opset === undefined || found.opset < 17)
    throw new ModelError(
      "Corrupt",
      `${source}/model.onnx has opset ${found.opset ?? "none"}: export it with 17 or later`,
    );
  if (found.opset !== manifest.opset)
    throw new ModelError(
      "Corrupt",
      `${source}/model.onnx has opset ${found.opset}, its manifest says ${manifest.opset}: write the manifest again`,
    );
  if (found.external)
    throw new ModelError(
      "NotAllowed",
      `${source}/model.onnx keeps weights in other files: export it with all of them inside`,
    );
}

/** ModelProto.opset_import (8) of the default domain: domain (1), version (2). */
function opsetOf(bytes: Uint8Array): number | undefined {
  for (const field of fieldsOf(bytes)) {
    if (field.number !== 8 || field.kind !== "bytes") continue;
    let domain = "";
    let version: number | undefined;
    for (const part of fieldsOf(field.value)) {
      if (part.number === 1 && part.kind === "bytes") domain = Buffer.from(part.value).toString("utf8");
      if (part.number === 2 && part.kind === "number") version = Number(part.value);
    }
    if (domain === "" || domain === "ai.onnx") return version;
  }
  return undefined;
}

/** Which fields of a message lead to tensors, by the message they hold. */
interface Shape {
  readonly [field: number]: () => Shape;
}
const tensor: Shape = {};
const sparse: Shape = { 1: () => tensor, 2: () => tensor };
const graph: Shape = { 1: () => node, 5: () => tensor, 15: () => sparse };
const attribute: Shape = {
  5: () => tensor,
  6: () => graph,
  10: () => tensor,
  11: () => graph,
  22: () => sparse,
  23: () => sparse,
};
const node: Shape = { 5: () => attribute };
const func: Shape = { 7: () => node, 11: () => attribute };
const model: Shape = { 7: () => graph, 25: () => func };

/** Graphs in graphs go this deep at most. */
const maxDepth = 32;

/** Whether a TensorProto has external_data (13) or data_location EXTERNAL (14 = 1). Throws RangeError. */
function hasExternal(message: Uint8Array, shape: Shape, depth: number): boolean {
  if (depth > maxDepth) throw new RangeError("it is nested too deeply");
  for (const field of fieldsOf(message)) {
    if (shape === tensor) {
      if (isExternal(field)) return true;
      continue;
    }
    const inner = field.kind === "bytes" ? shape[field.number] : undefined;
    if (inner !== undefined && field.kind === "bytes" && hasExternal(field.value, inner(), depth + 1)) return true;
  }
  return false;
}

const isExternal = (field: Field): boolean =>
  field.number === 13 || (field.number === 14 && field.kind === "number" && field.value === 1n);

// Long inputs in parts of bounded length, and their outputs as one.
import { ModelError } from "../model/errors.ts";
import type { Manifest } from "../model/manifest.ts";
import type { Tensors } from "../model/session.ts";
import type { Tensor } from "../model/tensor.ts";

/**
 * Runs inputs of any number of rows as batches of at most `maxRows`, in order. Each part has buffers of its own, which
 * `run` may give away; the caller keeps its own. No rows give no rows. Throws ModelError `WrongShape` where inputs are
 * missing or differ in their number of rows.
 */
export async function inBatches(
  manifest: Manifest,
  inputs: Tensors,
  maxRows: number,
  run: (part: Tensors, rows: number) => Promise<Tensors>,
): Promise<Tensors> {
  const rows = rowsOf(manifest, inputs);
  if (rows === 0) return noRows(manifest);
  const parts: Tensors[] = [];
  for (let from = 0; from < rows; from += maxRows) {
    const to = Math.min(from + maxRows, rows);
    const part = Object.fromEntries(
      manifest.inputs.flatMap(({ name }) => {
        const tensor = inputs[name];
        return tensor === undefined ? [] : [[name, cut(tensor, from, to)]];
      }),
    );
    // oxlint-disable-next-line no-await-in-loop -- one after the other: others' batches get their turn in between
    parts.push(await run(part, to - from));
  }
  const [first] = parts;
  return first !== undefined && parts.length === 1 ? first : joined(manifest, parts, rows);
}

function rowsOf(manifest: Manifest, inputs: Tensors): number {
  const model = `${manifest.name}/${manifest.variant}`;
  const counts = manifest.inputs.map(({ name }) => {
    const tensor = inputs[name];
    if (tensor === undefined) throw new ModelError("WrongShape", `${model} was run without ${name}`);
    const [rows] = tensor.dims;
    if (rows === undefined || tensor.dims.reduce((product, size) => product * size, 1) !== tensor.data.length)
      throw new ModelError(
        "WrongShape",
        `${model}: ${name} has ${tensor.data.length} values for the dimensions ${tensor.dims.join(", ")}`,
      );
    return rows;
  });
  const [rows = 0] = counts;
  if (counts.some((count) => count !== rows))
    throw new ModelError("WrongShape", `${model}: its inputs have ${counts.join(", ")} rows`);
  return rows;
}

function cut({ data, dims: [rows = 0, ...rest] }: Tensor, from: number, to: number): Tensor {
  const width = rows === 0 ? 0 : data.length / rows;
  return { data: data.slice(from * width, to * width), dims: [to - from, ...rest] };
}

function noRows({ outputs }: Manifest): Tensors {
  return Object.fromEntries(
    outputs.map(({ name, type, shape }): [string, Tensor] => [
      name,
      {
        data: type === "int32" ? new Int32Array() : new Float32Array(),
        dims: [0, ...shape.slice(1).map((size) => size ?? 0)],
      },
    ]),
  );
}

function joined({ outputs }: Manifest, parts: readonly Tensors[], rows: number): Tensors {
  return Object.fromEntries(
    outputs.map(({ name, type, shape }): [string, Tensor] => {
      const dims = [rows, ...shape.slice(1).map((size) => size ?? 0)];
      const length = dims.reduce((product, size) => product * size, 1);
      const data = type === "int32" ? new Int32Array(length) : new Float32Array(length);
      let at = 0;
      for (const part of parts) {
        const piece = part[name]?.data ?? new Float32Array();
        data.set(piece, at);
        at += piece.length;
      }
      return [name, { data, dims }];
    }),
  );
}

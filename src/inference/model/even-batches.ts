// Batches of one size only: kernels are chosen by size, so the same row then gives the same bits in every company.
import type { ModelSession, RunOptions, Tensors } from "./session.ts";
import type { Tensor } from "./tensor.ts";

/** A session that runs `rows` rows at a time, the last batch filled up by repeating its last row; an empty batch is not run. */
export function evenBatches(session: ModelSession, rows: number): ModelSession {
  return {
    manifest: session.manifest,
    async run(inputs, options) {
      const count = Math.max(0, ...Object.values(inputs).map(({ dims }) => dims[0] ?? 0));
      const parts = await runParts(session, inputs, { rows, count }, options);
      return joined(session, parts, count);
    },
  };
}

interface Split {
  readonly rows: number;
  readonly count: number;
}

async function runParts(
  session: ModelSession,
  inputs: Tensors,
  { rows, count }: Split,
  options: RunOptions,
): Promise<readonly Tensors[]> {
  const starts = Array.from({ length: Math.ceil(count / rows) }, (_, index) => index * rows);
  return Promise.all(
    starts.map((start) =>
      session.run(
        Object.fromEntries(Object.entries(inputs).map(([name, tensor]) => [name, filled(tensor, start, rows)])),
        options,
      ),
    ),
  );
}

function filled({ data, dims }: Tensor, start: number, rows: number): Tensor {
  const width = widthOf(dims);
  if (start + rows <= (dims[0] ?? 0))
    return { data: data.subarray(start * width, (start + rows) * width), dims: [rows, ...dims.slice(1)] };
  const whole = data instanceof Float32Array ? new Float32Array(rows * width) : new Int32Array(rows * width);
  const present = Math.min(rows, (dims[0] ?? 0) - start);
  whole.set(data.subarray(start * width, (start + present) * width));
  const last = whole.slice((present - 1) * width, present * width);
  for (let row = present; row < rows; row += 1) whole.set(last, row * width);
  return { data: whole, dims: [rows, ...dims.slice(1)] };
}

function joined(session: ModelSession, parts: readonly Tensors[], count: number): Tensors {
  return Object.fromEntries(
    session.manifest.outputs.map(({ name, type, shape }) => {
      const dims = [count, ...shape.slice(1).map((size) => size ?? 0)];
      const width = widthOf(dims);
      const data = type === "float32" ? new Float32Array(count * width) : new Int32Array(count * width);
      let at = 0;
      for (const part of parts) {
        const given = part[name]?.data ?? data.subarray(0, 0);
        data.set(given.subarray(0, Math.min(given.length, data.length - at)), at);
        at += given.length;
        if (at >= data.length) break;
      }
      return [name, { data, dims }];
    }),
  );
}

const widthOf = (dims: readonly number[]): number => dims.slice(1).reduce((product, size) => product * size, 1);

// Inputs a model is tried with before it is used.
import type { Manifest, Port } from "../model/manifest.ts";
import type { Tensors } from "../model/session.ts";
import type { Tensor } from "../model/tensor.ts";
import type { Samples } from "./samples.ts";

/** All zeros. */
export function zeros({ inputs }: Manifest, rows: number): Tensors {
  return Object.fromEntries(inputs.map((port) => [port.name, filled(port, rows, () => 0)]));
}

/** The trainer's samples, over and over; without them numbers from 0 to 1, and indices of 0. */
export function typicalRows({ inputs }: Manifest, rows: number, samples: Samples | undefined): Tensors {
  return Object.fromEntries(
    inputs.map((port) => {
      const sample = samples?.inputs[port.name]?.data;
      if (sample !== undefined && sample.length > 0)
        return [port.name, filled(port, rows, (index) => sample[index % sample.length] ?? 0)];
      return [port.name, filled(port, rows, (index) => (port.type === "int32" ? 0 : (index * golden) % 1))];
    }),
  );
}

/** Multiples of it, without their whole part, fill 0 to 1 evenly. */
const golden = (Math.sqrt(5) - 1) / 2;

/** The same with one input unknown: in the first row all of it, in the others every other value. */
export function withNaN(tensors: Tensors, name: string): Tensors {
  return Object.fromEntries(
    Object.entries(tensors).map(([key, tensor]): [string, Tensor] => {
      if (key !== name || tensor.data instanceof Int32Array) return [key, tensor];
      const width = tensor.data.length / (tensor.dims[0] ?? 1);
      const isUnknown = (index: number) => index < width || (index + Math.floor(index / width)) % 2 === 0;
      return [key, { ...tensor, data: tensor.data.map((value, index) => (isUnknown(index) ? NaN : value)) }];
    }),
  );
}

/** One row of each. */
export function oneRow(tensors: Tensors, row: number): Tensors {
  return Object.fromEntries(
    Object.entries(tensors).map(
      ([
        name,
        {
          data,
          dims: [rows = 1, ...rest],
        },
      ]): [string, Tensor] => {
        const width = data.length / rows;
        return [name, { data: data.slice(row * width, (row + 1) * width), dims: [1, ...rest] }];
      },
    ),
  );
}

function filled({ type, shape }: Port, rows: number, value: (index: number) => number): Tensor {
  const dims = [rows, ...shape.slice(1).map((size) => size ?? 1)];
  const length = dims.reduce((product, size) => product * size, 1);
  const data = type === "int32" ? new Int32Array(length) : new Float32Array(length);
  for (let index = 0; index < length; index += 1) data[index] = value(index);
  return { data, dims };
}

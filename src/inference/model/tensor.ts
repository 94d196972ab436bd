// Numbers on their way into and out of a model.

/** Row-major values with their dimensions; the first one is the batch. */
export interface Tensor {
  readonly data: Float32Array | Int32Array;
  readonly dims: readonly number[];
}

/** Rows of equal length as one [rows, width] tensor. Throws RangeError for a row of another length. */
export function matrix(rows: readonly ArrayLike<number>[], width: number): Tensor {
  const data = new Float32Array(rows.length * width);
  for (const [index, row] of rows.entries()) {
    if (row.length !== width) throw new RangeError(`row ${index} has ${row.length} values, not ${width}`);
    data.set(row, index * width);
  }
  return { data, dims: [rows.length, width] };
}

/** Row `index` of a tensor, without copying. */
export function rowOf(tensor: Tensor, index: number): Float32Array | Int32Array {
  const width = tensor.dims.slice(1).reduce((product, size) => product * size, 1);
  return tensor.data.subarray(index * width, (index + 1) * width);
}

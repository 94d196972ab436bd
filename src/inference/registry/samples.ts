// samples.json: a few inputs with what the trainer itself computed for them.
import { type Static, Type } from "typebox";
import { Value } from "typebox/value";
import { ModelError } from "../model/errors.ts";
import type { Manifest, Port } from "../model/manifest.ts";
import type { Tensors } from "../model/session.ts";
import type { Tensor } from "../model/tensor.ts";

/** Inputs and outputs of the same rows. */
export interface Samples {
  readonly inputs: Tensors;
  readonly outputs: Tensors;
}

/** JSON has no NaN: null, or the word, is one. */
const number = Type.Union([Type.Number(), Type.Null(), Type.Literal("NaN")]);
const tensor = Type.Object({ dims: Type.Array(Type.Integer({ minimum: 0 })), data: Type.Array(number) });
const schema = Type.Object({
  inputs: Type.Record(Type.String(), tensor),
  outputs: Type.Record(Type.String(), tensor),
});

/** Throws ModelError `Corrupt` for what is none, or not of this model. */
export function readSamples(text: string, manifest: Manifest, source: string): Samples {
  let value: unknown;
  try {
    // Python writes NaN where a value is not known.
    value = JSON.parse(text.replaceAll(/\bNaN\b/g, "null"));
  } catch (error) {
    throw new ModelError("Corrupt", `${source}/samples.json is not JSON`, { cause: error });
  }
  if (!Value.Check(schema, value))
    throw new ModelError("Corrupt", `${source}/samples.json holds no samples: write it again`);
  const { inputs, outputs } = value;
  const read = (ports: readonly Port[], from: typeof inputs): Tensors =>
    Object.fromEntries(
      ports.map((port) => {
        const given = from[port.name];
        if (given === undefined) throw new ModelError("Corrupt", `${source}/samples.json has no ${port.name}`);
        return [port.name, tensorOf(port, given)];
      }),
    );
  return { inputs: read(manifest.inputs, inputs), outputs: read(manifest.outputs, outputs) };
}

function tensorOf({ type }: Port, { dims, data }: Static<typeof tensor>): Tensor {
  const values = data.map((each) => (typeof each === "number" ? each : NaN));
  return { dims, data: type === "int32" ? Int32Array.from(values) : Float32Array.from(values) };
}

/** Relative above 1, absolute below. */
const tolerance = 1e-4;

/** Throws ModelError `BadOutput`, with `what` and by how much, when two are not the same. */
export function checkParity(expected: Tensors, given: Tensors, what: string): void {
  for (const [name, { data }] of Object.entries(expected)) {
    const other = given[name]?.data ?? new Float32Array();
    let worst = other.length === data.length ? 0 : Infinity;
    for (const [index, value] of data.entries())
      worst = Math.max(worst, Math.abs((other[index] ?? NaN) - value) / Math.max(1, Math.abs(value)));
    if (!(worst <= tolerance)) throw new ModelError("BadOutput", `${what}: ${name} by ${worst.toPrecision(2)}`);
  }
}

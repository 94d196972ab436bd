// model.json: what a model takes and gives, and what it was made from. Checked before the model is used.
import { type Static, Type } from "typebox";
import { Value } from "typebox/value";
import { ModelError } from "./errors.ts";
import { modelNames } from "./names.ts";

const port = {
  name: Type.String({ minLength: 1, maxLength: 64 }),
  type: Type.Enum(["float32", "int32"]),
  /** null is the batch axis; it comes first and nowhere else. */
  shape: Type.Array(Type.Union([Type.Null(), Type.Integer({ minimum: 1 })]), { minItems: 1, maxItems: 4 }),
  unit: Type.Optional(Type.String()),
  description: Type.Optional(Type.String()),
};

export const manifestSchema = Type.Object({
  name: Type.Enum([...modelNames]),
  variant: Type.String({ pattern: "^[a-z0-9][a-z0-9-]{0,62}$" }),
  version: Type.String({ pattern: "^[0-9]+\\.[0-9]+\\.[0-9]+$" }),
  origin: Type.Enum(["shipped", "fitted"]),
  opset: Type.Integer({ minimum: 17 }),
  digest: Type.String({ pattern: "^sha256:[0-9a-f]{64}$" }),
  inputs: Type.Array(Type.Object(port), { minItems: 1, maxItems: 16 }),
  outputs: Type.Array(Type.Object({ ...port, range: Type.Optional(Type.Tuple([Type.Number(), Type.Number()])) }), {
    minItems: 1,
    maxItems: 16,
  }),
  features: Type.Array(
    Type.Object({
      name: Type.String({ minLength: 1 }),
      unit: Type.Optional(Type.String()),
      description: Type.Optional(Type.String()),
    }),
  ),
  scalers: Type.Record(Type.String(), Type.Unknown()),
  thresholds: Type.Record(Type.String(), Type.Number()),
  trainedOn: Type.Array(Type.Object({ name: Type.String(), licence: Type.String() })),
  seed: Type.Integer(),
  trainingCommit: Type.String(),
  createTime: Type.String(),
});

export type Manifest = Static<typeof manifestSchema>;
export type Port = Manifest["inputs"][number];

/** Reads model.json. Throws ModelError `Corrupt` naming the field that is wrong. */
export function readManifest(text: string, source: string): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ModelError("Corrupt", `${source} is not JSON`, { cause: error });
  }
  if (!Value.Check(manifestSchema, value)) {
    const [first] = Value.Errors(manifestSchema, value);
    throw new ModelError(
      "Corrupt",
      `${source}: ${first?.instancePath || "/"} ${first?.message ?? "is not a manifest"}`,
    );
  }
  for (const { name, shape } of [...value.inputs, ...value.outputs]) {
    if (shape[0] !== null || shape.slice(1).includes(null))
      throw new ModelError("WrongShape", `${source}: ${name} must have its batch axis, and only it, first`);
  }
  return value;
}

/** A threshold of the manifest. Throws ModelError `Corrupt` where it is missing. */
export function thresholdOf(manifest: Manifest, name: string): number {
  const value = manifest.thresholds[name];
  if (value === undefined)
    throw new ModelError("Corrupt", `${manifest.name}/${manifest.variant} has no threshold ${name}`);
  return value;
}

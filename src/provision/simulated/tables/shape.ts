// What the Pulumi packages declare of a type: property names, types, requirements. Generated from their .d.ts by generate.ts.

/**
 * A compact type: `s` string, `n` number, `b` boolean, `a` anything, `o` an object of unlisted properties, `[]T`, `{}T` (map), `@name` (an
 * entry of `objects`). A trailing `!` on a property means required.
 */
export type CompactType = string;

export interface TypeShape {
  readonly inputs: Readonly<Record<string, CompactType>>;
  /** Properties that are outputs only. Every input is an output too, except azure-native's path parameters. */
  readonly outputs: Readonly<Record<string, CompactType>>;
  /** Outputs the package itself marks secret. */
  readonly secrets: readonly string[];
}

export interface PackageShape {
  readonly version: string;
  readonly types: Readonly<Record<string, TypeShape>>;
  readonly objects: Readonly<Record<string, Readonly<Record<string, CompactType>>>>;
}

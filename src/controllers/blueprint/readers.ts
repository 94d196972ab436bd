// Which Blueprints read outputs of which: an index, since every change of a Blueprint asks, among tens of thousands.
import type { Blueprint } from "../../api/index.ts";
import type { IndexFunction } from "../../runtime/index.ts";

/** Index of the Blueprint cache: what each reads from, as `readFrom` writes it. */
export const byReadFrom = "readFrom";

/** Indexes the Blueprint cache must be made with. */
export const referenceIndexes: Readonly<Record<string, IndexFunction<Blueprint>>> = {
  [byReadFrom]: ({ metadata, spec }) =>
    (spec.inputs ?? []).flatMap(({ blueprintRef }) =>
      blueprintRef === undefined ? [] : [readFrom(blueprintRef.namespace ?? metadata.namespace, blueprintRef.name)],
    ),
};

/** The value under which the readers of a Blueprint are found. */
export function readFrom(namespace: string | undefined, name: string): string {
  return `${namespace ?? ""}/${name}`;
}

// What a spec adopts, and whether that was done: an Import comes before the Apply that builds on it.
import { createHash } from "node:crypto";
import canonicalize from "canonicalize";
import type { BlueprintRun, BlueprintSpec } from "../../api/index.ts";

/** On Import runs: which adoptions it was made for. */
export const importsAnnotation = "iacdharma.com/imports";

/** Digest of the cloud ids that the spec adopts, by where; undefined where it adopts nothing. */
export function importsOf({ components = [], resources = [] }: BlueprintSpec): string | undefined {
  const adopted: [string, string][] = [];
  for (const { name, options } of components)
    for (const [part, id] of Object.entries(options?.import ?? {})) adopted.push([`${name}.${part}`, id]);
  for (const { name, options } of resources) if (options?.import !== undefined) adopted.push([name, options.import]);
  if (adopted.length === 0) return undefined;
  const sorted = adopted.toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `sha256:${createHash("sha256")
    .update(canonicalize(sorted) ?? "")
    .digest("hex")}`;
}

/** True while the spec adopts what no successful Import of this Blueprint was made for. */
export function awaitsImport(spec: BlueprintSpec, runs: readonly BlueprintRun[]): boolean {
  const wanted = importsOf(spec);
  if (wanted === undefined) return false;
  return !runs.some(
    (run) =>
      run.spec.operation === "Import" &&
      run.status?.phase === "Succeeded" &&
      run.metadata.annotations?.[importsAnnotation] === wanted,
  );
}

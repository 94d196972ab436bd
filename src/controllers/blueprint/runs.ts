// The runs of each Blueprint, found by its UID without walking the namespace.
import type { Blueprint, BlueprintRun, ObjectKey } from "../../api/index.ts";
import type { IndexFunction, ObjectReader } from "../../runtime/index.ts";

/** Index of the run cache: the UID of the Blueprint. */
export const byBlueprintUid = "blueprintUid";

/** Indexes the run cache must be made with. */
export const runIndexes: Readonly<Record<string, IndexFunction<BlueprintRun>>> = {
  [byBlueprintUid]: (run) => [run.spec.blueprintRef.uid],
};

/** All runs of a Blueprint, oldest first. Runs outside its namespace count only in the operator's. */
export function runsOf(
  blueprint: Blueprint,
  cache: ObjectReader<BlueprintRun>,
  operatorNamespace: string,
): readonly BlueprintRun[] {
  const { uid = "", namespace } = blueprint.metadata;
  return cache
    .byIndex(byBlueprintUid, uid)
    .filter((run) => run.metadata.namespace === namespace || run.metadata.namespace === operatorNamespace)
    .toSorted(byAge);
}

/** The Blueprint a run belongs to; undefined for a run that may not speak of it. */
export function blueprintKeyOf(run: BlueprintRun, operatorNamespace: string): ObjectKey | undefined {
  const { namespace = "" } = run.metadata;
  const target = run.spec.blueprintRef.namespace ?? namespace;
  if (target !== namespace && namespace !== operatorNamespace) return undefined;
  return { namespace: target, name: run.spec.blueprintRef.name };
}

function byAge(a: BlueprintRun, b: BlueprintRun): number {
  const time = Date.parse(a.metadata.creationTimestamp ?? "") - Date.parse(b.metadata.creationTimestamp ?? "");
  if (time !== 0 && !Number.isNaN(time)) return time;
  const generation = a.spec.blueprintRef.generation - b.spec.blueprintRef.generation;
  if (generation !== 0) return generation;
  return endedMs(a) - endedMs(b) || a.spec.attempt - b.spec.attempt;
}

function endedMs(run: BlueprintRun): number {
  const ended = Date.parse(run.status?.completionTime ?? "");
  return Number.isNaN(ended) ? Number.MAX_SAFE_INTEGER : ended;
}

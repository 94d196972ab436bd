// Which stack of the state service a Blueprint's resources are kept in.
import type { Blueprint, BlueprintRun } from "../api/index.ts";
import type { StackId, StackOwner } from "../provision/state/index.ts";

const organization = "dharma";

/** One stack a UID: a Blueprint made anew under the same name starts empty. The project is there for people. */
export function stackOf(blueprint: Blueprint): StackId {
  return stackId(blueprint.metadata.uid ?? "", blueprint.metadata.name);
}

/** The same, from a run whose Blueprint may be gone. */
export function stackOfRun(run: BlueprintRun): StackId {
  return stackId(run.spec.blueprintRef.uid, run.spec.blueprintRef.name);
}

/** Who the stack says it belongs to. */
export function ownerOf(blueprint: Blueprint): StackOwner {
  const { uid = "", namespace = "", name } = blueprint.metadata;
  return { uid, namespace, name };
}

function stackId(uid: string, name: string): StackId {
  return { organization, project: name.slice(0, 100), stack: uid };
}

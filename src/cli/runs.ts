// Finds the run a person means: named itself, or as the newest of a Blueprint.
import { blueprintRuns, blueprints, type Blueprint, type BlueprintRun } from "../api/index.ts";
import { isKubeError, type Kube } from "../kube/index.ts";
import { CommandError } from "./connect.ts";

/** Runs of a Blueprint, the newest first. */
export async function runsOf(kube: Kube, blueprint: Blueprint, signal: AbortSignal): Promise<readonly BlueprintRun[]> {
  const { namespace = "default", uid } = blueprint.metadata;
  const { items } = await kube.list(blueprintRuns, { namespace, signal });
  return items
    .filter((run) => run.spec.blueprintRef.uid === uid)
    .toSorted((a, b) => (b.metadata.creationTimestamp ?? "").localeCompare(a.metadata.creationTimestamp ?? ""));
}

/** The Blueprint of that name; rejects with a sentence that lists what there is. */
export async function blueprintNamed(
  kube: Kube,
  namespace: string,
  name: string,
  signal: AbortSignal,
): Promise<Blueprint> {
  try {
    return await kube.get(blueprints, { namespace, name }, { signal });
  } catch (error) {
    if (!isKubeError(error, "notFound")) throw error;
    const { items } = await kube.list(blueprints, { namespace, signal });
    const there =
      items.length === 0
        ? "There is none in that namespace."
        : `There are: ${items.map((item) => item.metadata.name).join(", ")}.`;
    throw new CommandError(`There is no Blueprint ${name} in namespace ${namespace}. ${there}`);
  }
}

/** The run of that name, or the run of the Blueprint of that name that waits for approval. */
export async function awaitingRun(
  kube: Kube,
  namespace: string,
  name: string,
  signal: AbortSignal,
): Promise<BlueprintRun> {
  const run = await kube.get(blueprintRuns, { namespace, name }, { signal }).catch((error: unknown) => {
    if (isKubeError(error, "notFound")) return undefined;
    throw error;
  });
  if (run !== undefined) return run;
  const waiting = (await runsOf(kube, await blueprintNamed(kube, namespace, name, signal), signal)).find(
    (candidate) => candidate.status?.phase === "AwaitingApproval",
  );
  if (waiting === undefined)
    throw new CommandError(
      `No run of Blueprint ${name} waits for approval. See: dharma explain ${name} -n ${namespace}`,
    );
  return waiting;
}

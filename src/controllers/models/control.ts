// Models in the operator: where they come from, that they run, and that the cluster shows which of them answer.
import { configMaps } from "../../api/index.ts";
import { modelDirectory, type Models, type ModelSource } from "../../inference/index.ts";
import { isKubeError, type Kube, untilAborted } from "../../kube/index.ts";
import type { Fetch } from "../../policy/index.ts";
import type { Manager } from "../../runtime/index.ts";
import { modelLabel, statusName } from "./names.ts";
import { configMapModels } from "./sources.ts";
import { earnedDigests, statusData } from "./status.ts";

export interface ModelSourcesOptions {
  /** The operator's namespace. */
  readonly namespace: string;
  /** Folder of NAME/VARIANT beside the built-in one. */
  readonly directory?: string | undefined;
  /** For models in OCI registries. */
  readonly fetch: Fetch;
}

/** Sources for `createModels`: registers their cache with the manager. */
export function modelSources(
  manager: Manager,
  { namespace, directory, fetch }: ModelSourcesOptions,
): readonly ModelSource[] {
  const labelled = manager.cache(configMaps, { namespace, labelSelector: modelLabel });
  return [
    ...(directory === undefined ? [] : [modelDirectory(directory)]),
    configMapModels({
      kube: manager.kube,
      namespace,
      configMaps: labelled,
      transport: { fetch, clock: manager.clock },
    }),
  ];
}

/** Registers the tasks that run the models and write their status. */
export function registerModels(manager: Manager, models: Models, { namespace }: { readonly namespace: string }): void {
  manager.task({
    name: "models",
    scope: "everyReplica",
    run: async (signal) => models.run(signal, await earnedBefore(manager.kube, namespace, signal)),
  });
  manager.task({
    name: "models-status",
    scope: "leader",
    run: (signal, kube) => tellStatus(manager, kube, models, namespace, signal),
  });
}

/** Models that had been promoted when the status was last written. */
async function earnedBefore(kube: Kube, namespace: string, signal: AbortSignal): Promise<ReadonlySet<string>> {
  try {
    const { data = {} } = await kube.get(configMaps, { namespace, name: statusName }, { signal });
    return earnedDigests(data);
  } catch (error) {
    if (isKubeError(error, "notFound")) return new Set();
    throw error;
  }
}

/** Changes within this time are written together. */
const gatherMs = 1_000;

async function tellStatus(
  { clock, log }: Manager,
  kube: Kube,
  models: Models,
  namespace: string,
  signal: AbortSignal,
): Promise<void> {
  await models.settled(signal);
  let written = "";
  while (!signal.aborted) {
    const round = new AbortController();
    const changed = Promise.withResolvers<void>();
    models.subscribe(changed.resolve, round.signal); // before reading: what changes meanwhile is written next
    const data = statusData(models.status);
    const text = JSON.stringify(data);
    if (text !== written) {
      const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { namespace, name: statusName }, data };
      // oxlint-disable-next-line no-await-in-loop -- one state after the other
      await kube.apply(configMaps, object, { fieldManager: statusName, signal });
      written = text;
      log.debug("status of the models written", { slots: models.status.slots.length });
    }
    // oxlint-disable-next-line no-await-in-loop -- see above
    await Promise.race([changed.promise, untilAborted(signal)]);
    round.abort(new Error("the round is over"));
    // oxlint-disable-next-line no-await-in-loop -- see above
    await clock.sleep(gatherMs, signal).catch(() => undefined);
  }
}

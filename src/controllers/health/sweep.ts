// Deletes what was kept of objects that are gone.
import { configMaps } from "../../api/index.ts";
import { isKubeError, type Kube } from "../../kube/index.ts";
import type { Manager, Task } from "../../runtime/index.ts";
import { keptNames } from "./names.ts";
import { listKept, orphansOf, type Present } from "./orphans.ts";

type Parts = Pick<Manager, "kube" | "clock" | "log">;

/** How often what was kept of objects that went lately is deleted. */
const sweepMs = 60_000;
/** How often what was left behind while no operator ran is looked for, beside the start. */
const orphansMs = 86_400_000;

/** Uids in `gone` are deleted, and taken out of it. */
export function sweepTask({ kube, clock }: Parts, namespace: string, gone: Set<string>): Task {
  return {
    name: "health-sweep",
    scope: "everyReplica",
    async run(signal) {
      while (!signal.aborted) {
        for (const uid of gone) {
          // oxlint-disable-next-line no-await-in-loop -- few, and nobody waits for them
          for (const name of keptNames(uid)) await deleteOne(kube, namespace, name, signal);
          gone.delete(uid);
        }
        // oxlint-disable-next-line no-await-in-loop -- likewise
        await clock.sleep(sweepMs, signal);
      }
    },
  };
}

/** Objects that were deleted while no operator ran: what is kept of them is deleted by the leader. */
export function orphansTask({ clock, log }: Parts, namespace: string, present: () => Present): Task {
  return {
    name: "health-orphans",
    scope: "leader",
    async run(signal, kube) {
      while (!signal.aborted) {
        // oxlint-disable-next-line no-await-in-loop -- once a day
        const kept = await listKept(kube, namespace, signal);
        // Asked after the list: what was made since is not in it.
        const orphans = orphansOf(kept, present(), clock.now());
        // oxlint-disable-next-line no-await-in-loop -- few, and nobody waits for them
        for (const { metadata } of orphans) await deleteOne(kube, namespace, metadata.name, signal);
        if (orphans.length > 0) log.info("deleted what was kept of objects that are gone", { count: orphans.length });
        // oxlint-disable-next-line no-await-in-loop -- likewise
        await clock.sleep(orphansMs, signal);
      }
    },
  };
}

async function deleteOne(kube: Kube, namespace: string, name: string, signal: AbortSignal): Promise<void> {
  try {
    await kube.delete(configMaps, { namespace, name }, { signal });
  } catch (error) {
    if (!isKubeError(error, "notFound")) throw error;
  }
}

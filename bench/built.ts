// Waits for Blueprints to be built by an operator in a process of its own.
import { type Blueprint, blueprints, type ObjectKey } from "../src/api/index.ts";
import { type Kube, systemClock } from "../src/kube/index.ts";
import type { Running } from "./sides.ts";

const patienceMs = 300_000;

/** How often it is looked at, milliseconds: the error of what is timed by it. */
const lookMs = 50;

/**
 * The Blueprint once it is Ready for its generation; `onLook` sees each state on the way. Rejects when it fails or five minutes
 * have passed.
 */
export async function untilReady(
  kube: Kube,
  key: ObjectKey,
  operator: Running,
  signal: AbortSignal,
  onLook: (blueprint: Blueprint) => void = () => undefined,
): Promise<Blueprint> {
  const deadline = systemClock.monotonic() + patienceMs;
  for (;;) {
    const blueprint = await kube.get(blueprints, key, { signal });
    onLook(blueprint);
    const ready = blueprint.status?.conditions?.find(({ type }) => type === "Ready");
    if (ready?.status === "True" && blueprint.status?.observedGeneration === blueprint.metadata.generation)
      return blueprint;
    if (ready?.status === "False" || systemClock.monotonic() > deadline)
      throw new Error(
        `${key.name} was not built by process ${operator.pid}: ${ready?.reason ?? "no status"}: ${ready?.message ?? ""}`,
      );
    await systemClock.sleep(lookMs, signal);
  }
}

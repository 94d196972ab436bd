// `dharma plan`: the plan of a Blueprint in a cluster.
import type { Kube } from "../kube/index.ts";
import { CommandError } from "./connect.ts";
import { planLines } from "./print-plan.ts";
import { blueprintNamed, runsOf } from "./runs.ts";

/** Lines about the newest plan of a Blueprint. */
export async function planOf(
  kube: Kube,
  namespace: string,
  name: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const blueprint = await blueprintNamed(kube, namespace, name, signal);
  const runs = await runsOf(kube, blueprint, signal);
  const run = runs.find((candidate) => candidate.status?.plan !== undefined) ?? runs[0];
  if (run === undefined)
    throw new CommandError(`Blueprint ${name} has no run yet. See: dharma explain ${name} -n ${namespace}`);
  return planLines(run);
}

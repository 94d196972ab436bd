// `dharma history`: the runs of a Blueprint as a table, the newest first.
import type { BlueprintRun } from "../api/index.ts";
import type { Kube } from "../kube/index.ts";
import { countsOf } from "./print-plan.ts";
import { blueprintNamed, runsOf } from "./runs.ts";
import { tableOf } from "./table.ts";

/** Lines of the table. */
export async function historyOf(
  kube: Kube,
  namespace: string,
  name: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const runs = await runsOf(kube, await blueprintNamed(kube, namespace, name, signal), signal);
  if (runs.length === 0) return [`Blueprint ${name} has no run yet. See: dharma explain ${name} -n ${namespace}`];
  return tableOf([["RUN", "OPERATION", "CAUSE", "PHASE", "STARTED", "TOOK", "CHANGES", "BY"], ...runs.map(rowOf)]);
}

function rowOf(run: BlueprintRun): readonly string[] {
  const { status, spec, metadata } = run;
  const { plan, error, drift, approval } = status ?? {};
  const found = drift === undefined ? "" : `${drift.driftedResources ?? 0} of ${drift.checkedResources ?? 0} drifted`;
  const changes = plan === undefined ? found : countsOf(plan);
  return [
    metadata.name,
    spec.operation,
    spec.cause,
    status?.phase ?? "Pending",
    status?.startTime ?? "",
    tookOf(status?.startTime, status?.completionTime),
    error === undefined ? changes : [changes, error.reason].filter((part) => part !== "").join(": "),
    approval?.user ?? "",
  ];
}

function tookOf(start: string | undefined, end: string | undefined): string {
  if (start === undefined || end === undefined) return "";
  const seconds = Math.max(0, Math.round((Date.parse(end) - Date.parse(start)) / 1000));
  return seconds < 120 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}

// The whole status of a Blueprint, computed from what was observed and decided; the runtime applies it once.
import type { Blueprint, BlueprintPhase, BlueprintRun, BlueprintStatus } from "../../api/index.ts";
import { reconcileAtAnnotation, settleConditions } from "../../runtime/index.ts";
import { driftEvidence, failureStreak, lastChange, wasRequested } from "./history.ts";
import type { Observed } from "./observed.ts";
import { isDeleting } from "./observed.ts";
import type { Next } from "./next.ts";
import { aspectsOf } from "./standing.ts";

/** Everything the controller says in status; `health` is the inference loop's. `now` is milliseconds since the epoch. */
export function statusOf(blueprint: Blueprint, observed: Observed, next: Next, now: number): BlueprintStatus {
  const generation = blueprint.metadata.generation ?? 0;
  const before = blueprint.status;
  const change = lastChange(observed.runs);
  return defined({
    observedGeneration: generation,
    phase: phaseOf(blueprint, next),
    conditions: settleConditions(before?.conditions, aspectsOf(blueprint, observed, next), { generation, nowMs: now }),
    resources: resourcesOf(observed, change) ?? before?.resources,
    lastAppliedGeneration: appliedGeneration(change) ?? before?.lastAppliedGeneration,
    lastHandledReconcileAt: handledRequest(blueprint, observed, next),
    plan: planOf(observed) ?? before?.plan,
    outputs: change === undefined ? before?.outputs : change.status?.outputs,
    cost: costOf(change) ?? before?.cost,
    drift: driftOf(observed) ?? before?.drift,
    cloud:
      observed.stack.kind === "present" && observed.stack.identity !== undefined
        ? { identity: observed.stack.identity }
        : before?.cloud,
    failures: failuresOf(observed),
  });
}

function phaseOf(blueprint: Blueprint, next: Next): BlueprintPhase {
  switch (next.kind) {
    case "paused":
      return blueprint.status?.phase ?? "Pending";
    case "claim":
      return "Pending";
    case "askApproval":
      return "AwaitingApproval";
    case "expire":
    case "release":
      return "Destroying";
    case "follow":
      return runPhase(blueprint, next.run);
    case "startRun":
      if (next.request.operation === "Refresh") return blueprint.status?.phase ?? "Pending";
      return next.request.operation === "Destroy" ? "Destroying" : "Planning";
    case "wait":
      if (isDeleting(blueprint)) return "Destroying";
      return next.because === "failure" ? "Failed" : "Pending";
    case "stalled":
      return "Failed";
    case "settled":
      return next.as.kind === "drifted" ? "Drifted" : "Ready";
  }
}

function runPhase(blueprint: Blueprint, run: BlueprintRun): BlueprintPhase {
  if (run.spec.operation === "Refresh") return blueprint.status?.phase ?? "Pending";
  if (run.spec.operation === "Destroy") return "Destroying";
  return run.status?.phase === "Running" && run.status.plan !== undefined ? "Applying" : "Planning";
}

/** As the last change counted them; the state itself also holds providers, components and the stack. */
function resourcesOf(observed: Observed, change: BlueprintRun | undefined): number | undefined {
  if (observed.stack.kind === "absent") return 0;
  if (observed.stack.kind !== "present") return undefined;
  return change?.status?.resources ?? observed.stack.resources;
}

function appliedGeneration(change: BlueprintRun | undefined): number | undefined {
  return change === undefined || change.spec.operation === "Destroy" ? undefined : change.spec.blueprintRef.generation;
}

/** The value of reconcile-at that needs no more action: a run answers it, or this pass found that none can. */
function handledRequest(blueprint: Blueprint, observed: Observed, next: Next): string | undefined {
  const value = blueprint.metadata.annotations?.[reconcileAtAnnotation];
  if (value === undefined || next.kind === "paused") return blueprint.status?.lastHandledReconcileAt;
  const busy = next.kind === "follow" || next.kind === "askApproval";
  const handled = !busy || wasRequested(observed.runs, value, reconcileAtAnnotation);
  return handled ? value.slice(0, 253) : blueprint.status?.lastHandledReconcileAt;
}

function planOf(observed: Observed): BlueprintStatus["plan"] | undefined {
  const run = observed.runs.findLast(({ status }) => status?.plan !== undefined);
  const plan = run?.status?.plan;
  if (run === undefined || plan === undefined) return undefined;
  const { id, creates = 0, updates = 0, replaces = 0, deletes = 0 } = plan;
  return { id, run: run.metadata.name, creates, updates, replaces, deletes };
}

function costOf(change: BlueprintRun | undefined): BlueprintStatus["cost"] | undefined {
  const cost = change?.status?.cost;
  if (cost === undefined) return undefined;
  const { after, currency, unknownResources = [], carbonKgAfter } = cost;
  return defined({ monthly: after, currency, unknownCount: unknownResources.length, carbonKg: carbonKgAfter });
}

function driftOf(observed: Observed): BlueprintStatus["drift"] | undefined {
  const evidence = driftEvidence(observed.runs);
  if (evidence === undefined) return undefined;
  return { lastCheckTime: new Date(evidence.checkedMs).toISOString(), driftedResources: evidence.drifted };
}

function failuresOf(observed: Observed): BlueprintStatus["failures"] | undefined {
  if (observed.inputs.kind !== "resolved") return undefined;
  const streak = failureStreak(observed.runs, "Apply", observed.inputs.digest, observed.policy);
  return streak.kind === "failing" ? { count: streak.count, inputs: observed.inputs.digest } : undefined;
}

type Defined<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** The object without its undefined members: absent is not undefined under exactOptionalPropertyTypes. */
export function defined<T extends object>(object: T): Defined<T> {
  const kept: Defined<T> = JSON.parse(JSON.stringify(object));
  return kept;
}

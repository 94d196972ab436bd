// What a Blueprint's runs say about its past: which one is open, how often the same thing failed, what was applied last.
import type { BlueprintRun, Operation, Reason, RunPhase } from "../../api/index.ts";
import type { PolicyInForce } from "./observed.ts";
import { isReason, retryClass } from "../../api/index.ts";

/** Equal failures after which an operation is not tried again until an input changes. */
export const maxEqualFailures = 5;
/** First retry delay; doubles with each equal failure. */
const backoffBaseMs = 15_000;
const backoffMaxMs = 15 * 60_000;

/** What is cured outside the cluster, where nothing tells the operator: tried again, although a person has to act. */
const curedElsewhere: ReadonlySet<Reason> = new Set<Reason>([
  "AccessDenied",
  "AlreadyExists",
  "InvalidCredentials",
  "NotFound",
  "PluginMissing",
  "QuotaExceeded",
  "RefreshInconclusive",
  "StateKeyMissing",
]);

function isLasting(reason: Reason): boolean {
  const retry = retryClass(reason);
  return (retry === "waitForInput" || retry === "giveUp") && !curedElsewhere.has(reason);
}

const openPhases: ReadonlySet<RunPhase> = new Set<RunPhase>(["Pending", "Running", "AwaitingApproval"]);

/** True until the run reached a phase it never leaves. A run without status has only been asked for. */
export function isOpen(run: BlueprintRun): boolean {
  return openPhases.has(run.status?.phase ?? "Pending");
}

/** The one run that has not ended, if any; the oldest when (never) there are two. */
export function openRun(runs: readonly BlueprintRun[]): BlueprintRun | undefined {
  return runs.find(isOpen);
}

/** One more than the highest attempt made for this generation and operation. */
export function nextAttempt(runs: readonly BlueprintRun[], generation: number, operation: Operation): number {
  const attempts = runs
    .filter((run) => run.spec.blueprintRef.generation === generation && run.spec.operation === operation)
    .map((run) => run.spec.attempt);
  return Math.max(0, ...attempts) + 1;
}

/** What happened the last times the same operation was tried on the same input. */
export type Streak =
  | { readonly kind: "none" }
  | {
      readonly kind: "failing";
      readonly run: BlueprintRun;
      readonly reason: Reason;
      readonly message: string;
      /** Failures in a row with this reason, the last included. */
      readonly count: number;
      /** When the next attempt may start, milliseconds since the epoch. */
      readonly retryAtMs: number;
      /** True when another attempt makes no sense until an input changes. */
      readonly givenUp: boolean;
    };

/**
 * The failures in a row of `operation` with the same desired digest. A success, another digest or an attempt a person
 * asked for (its own failure counts, older ones do not) ends the row.
 */
export function failureStreak(
  runs: readonly BlueprintRun[],
  operation: Operation,
  digest: string,
  policy: PolicyInForce | undefined,
): Streak {
  const ended = runs.filter((run) => !isOpen(run) && run.spec.operation === operation).toReversed();
  const last = ended[0];
  if (last === undefined || last.spec.inputs !== digest || last.status?.phase === "Succeeded") return { kind: "none" };
  const reason = failureReason(last);
  let count = 0;
  for (const run of ended) {
    if (run.status?.phase === "Succeeded" || run.spec.inputs !== digest || failureReason(run) !== reason) break;
    count += 1;
    if (run.spec.cause === "Manual") break;
  }
  if (reason === "PolicyDenied" && policyChanged(last, policy)) return { kind: "none" };
  // Nothing is there any more that could be in the way.
  const change = lastChange(runs);
  if (reason === "AccountMoves" && change?.spec.operation === "Destroy" && endOf(change) >= endOf(last))
    return { kind: "none" };
  const endedMs = endOf(last);
  const delay = Math.min(backoffMaxMs, backoffBaseMs * 2 ** (count - 1));
  return {
    kind: "failing",
    run: last,
    reason,
    message: last.status?.error?.message ?? `run ${last.metadata.name} ended as ${last.status?.phase ?? "unknown"}`,
    count,
    retryAtMs: endedMs + (reason === "PlanStale" && count === 1 ? 0 : delay),
    givenUp: isLasting(reason) || count >= maxEqualFailures,
  };
}

function failureReason(run: BlueprintRun): Reason {
  return reasonOf(run.status?.error?.reason ?? (run.status?.phase === "Stale" ? "PlanStale" : "OperationFailed"));
}

/** The documented reason of a recorded code; OperationFailed for one of another version of the operator. */
export function reasonOf(code: string): Reason {
  return isReason(code) ? code : "OperationFailed";
}

function policyChanged(run: BlueprintRun, policy: PolicyInForce | undefined): boolean {
  const decided = run.status?.decisions?.at(-1);
  if (policy === undefined || decided === undefined) return false;
  // An older operator did not record the settings.
  return decided.bundle !== policy.bundle || (decided.settings ?? policy.settings) !== policy.settings;
}

/** When the run ended (or was made, for one that left no time), milliseconds since the epoch. */
export function endOf(run: BlueprintRun): number {
  return Date.parse(run.status?.completionTime ?? run.metadata.creationTimestamp ?? "1970-01-01T00:00:00Z");
}

const changes: ReadonlySet<Operation> = new Set<Operation>(["Apply", "Rollback", "Destroy"]);

/** The newest run that changed the cloud to what a spec said, ended well. An Import only takes note of what is there. */
export function lastChange(runs: readonly BlueprintRun[]): BlueprintRun | undefined {
  return runs.findLast((run) => run.status?.phase === "Succeeded" && changes.has(run.spec.operation));
}

/** True when a destroy on the way to another account ended in the middle after `change`: what that made is not all there. */
export function tornSince(runs: readonly BlueprintRun[], change: BlueprintRun): boolean {
  return runs.some(
    ({ spec, status }, index) =>
      index > runs.indexOf(change) &&
      spec.operation === "Destroy" &&
      status?.phase === "Failed" &&
      status.plan !== undefined,
  );
}

/** The newest successful drift check, and the drift it found that no later change has cured. */
export function driftEvidence(
  runs: readonly BlueprintRun[],
): { checkedMs: number; drifted: number; run: BlueprintRun } | undefined {
  const check = runs.findLast((run) => run.spec.operation === "Refresh" && run.status?.phase === "Succeeded");
  if (check === undefined) return undefined;
  const change = lastChange(runs);
  const cured = change !== undefined && endOf(change) >= endOf(check);
  return { checkedMs: endOf(check), drifted: cured ? 0 : (check.status?.drift?.driftedResources ?? 0), run: check };
}

/** The newest drift check when it failed: the reason what is there could not be judged. */
export function failedCheck(runs: readonly BlueprintRun[]): BlueprintRun | undefined {
  const check = runs.findLast((run) => run.spec.operation === "Refresh" && !isOpen(run));
  return check !== undefined && check.status?.phase !== "Succeeded" ? check : undefined;
}

/** True when a run was already made for this value of the reconcile-at annotation. */
export function wasRequested(runs: readonly BlueprintRun[], value: string, annotation: string): boolean {
  return runs.some((run) => run.metadata.annotations?.[annotation] === value);
}

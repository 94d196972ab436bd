// What to do next about a run: a pure decision over its record and what is known of its work, approval and Blueprint.
import type { Blueprint, BlueprintRun, Reason, RunPhase } from "../../api/index.ts";
import type { Finding } from "../blueprint/observed.ts";
import { isDeleting, isPaused } from "../blueprint/observed.ts";
import { reasonOf } from "../blueprint/history.ts";
import type { WindowState } from "../blueprint/windows.ts";
import type { Stage, StageResult } from "./stage.ts";
import { positionOf } from "./stage.ts";

/** Results arrive by trigger; this only catches a trigger that was lost. */
const lookAgainMs = 30_000;
/** Nobody tells when a right is given back. */
const askAgainMs = 60_000;

/** What is known of the work on the stage the run is at. */
export type Work =
  /** Nobody has begun it. */
  | { readonly kind: "none" }
  /** A worker of this replica is at it. */
  | { readonly kind: "active" }
  /** Somebody else holds the stack and is not proven dead. */
  | { readonly kind: "blocked"; readonly finding: Finding; readonly retryAfterMs: number }
  /** Begun by a holder that is dead now, and no result was left. */
  | { readonly kind: "lost"; readonly holder: string }
  | { readonly kind: "ended"; readonly result: StageResult };

/** What the annotations say, once their attestation was checked. */
export type Verdict =
  | { readonly kind: "none" }
  | {
      readonly kind: "approved";
      readonly user: string;
      readonly uid: string;
      readonly groups: readonly string[];
      readonly time: string;
    }
  | { readonly kind: "rejected"; readonly user: string; readonly time: string }
  /** Not attested by the webhook, attested of another plan, or given by somebody who may not approve (any more). */
  | { readonly kind: "refused"; readonly finding: Finding };

export interface ObservedRun {
  /** Undefined when it is gone, or another one has its name now. */
  readonly blueprint: Blueprint | undefined;
  /** Digest of the Blueprint's spec and inputs as they are now; undefined when they can't be resolved. */
  readonly inputs: string | undefined;
  readonly work: Work;
  readonly verdict: Verdict;
  readonly window: WindowState;
}

export type RunNext =
  /** Write the intent to work on the first stage. */
  | { readonly kind: "begin" }
  /** Hand the stage to the worker pool; the intent is on record. */
  | { readonly kind: "startWork"; readonly stage: Stage }
  | { readonly kind: "await"; readonly wakeAfterMs: number; readonly finding?: Finding }
  /** Cost, risk and policy of a finished plan. */
  | { readonly kind: "judge"; readonly planned: Extract<StageResult, { kind: "planned" }> }
  | { readonly kind: "hold"; readonly finding: Finding; readonly wakeAfterMs: number }
  /** All gates are passed: write the intent to apply. */
  | { readonly kind: "apply"; readonly approval?: { readonly user: string; readonly time: string } }
  | { readonly kind: "finish"; readonly end: End }
  /** Ended: let go of what was kept for it. */
  | { readonly kind: "tidy" };

export interface End {
  readonly phase: Extract<RunPhase, "Succeeded" | "Failed" | "Cancelled" | "Stale">;
  readonly failure?: { readonly reason: Reason; readonly message: string; readonly resource?: string };
  readonly result?: StageResult;
}

/** The next step. `now` is milliseconds since the epoch. */
export function decideRun(run: BlueprintRun, observed: ObservedRun, now: number): RunNext {
  const position = positionOf(run);
  switch (position.kind) {
    case "ended":
      return { kind: "tidy" };
    case "new":
      return obsolete(run, observed) ?? { kind: "begin" };
    case "gated":
      return obsolete(run, observed) ?? decideGate(run, observed, now, position.needsApproval);
    case "working":
      return decideWork(run, observed, position.stage);
  }
}

function decideWork(run: BlueprintRun, observed: ObservedRun, stage: Stage): RunNext {
  const { work } = observed;
  switch (work.kind) {
    case "active":
      return { kind: "await", wakeAfterMs: lookAgainMs };
    case "blocked":
      return { kind: "await", wakeAfterMs: work.retryAfterMs, finding: work.finding };
    case "ended":
      return decideResult(run, observed, work.result);
    case "none":
      // The intent to apply is on record but nothing began: what moved on since then is found again before the engine is asked.
      return (stage === "apply" ? revoked(run, observed) : obsolete(run, observed)) ?? { kind: "startWork", stage };
    case "lost":
      // Looking changes nothing, so it is done again. A change that was cut off needs a look at the cloud and a new plan.
      if (stage !== "apply") return obsolete(run, observed) ?? { kind: "startWork", stage };
      return failed(
        "WorkerDied",
        `the worker (${work.holder}) ended in the middle; the next attempt first looks up what it left behind`,
      );
  }
}

function decideResult(run: BlueprintRun, observed: ObservedRun, result: StageResult): RunNext {
  switch (result.kind) {
    case "planned":
      return obsolete(run, observed) ?? { kind: "judge", planned: result };
    case "changed":
      return { kind: "finish", end: { phase: "Succeeded", result } };
    case "checked":
      if (result.report.kind === "inconclusive") return failed("RefreshInconclusive", result.report.message);
      return { kind: "finish", end: { phase: "Succeeded", result } };
    case "stale":
      return stale("PlanStale", result.message);
    case "failed": {
      const { reason, message, resource } = result.failure;
      if (reason === "PlanDiffers") return stale("PlanStale", message);
      return {
        kind: "finish",
        end: {
          phase: "Failed",
          failure: { reason: reasonOf(reason), message, ...(resource === undefined ? {} : { resource }) },
        },
      };
    }
  }
}

function decideGate(run: BlueprintRun, observed: ObservedRun, now: number, needsApproval: boolean): RunNext {
  const { blueprint, verdict, window } = observed;
  const expiry = Date.parse(run.status?.plan?.expireTime ?? "");
  if (Number.isNaN(expiry) || expiry <= now)
    return stale("ApprovalExpired", "the plan was not carried out in time: a new one is made");
  const untilExpiry = expiry - now;
  if (verdict.kind === "rejected") {
    return {
      kind: "finish",
      end: {
        phase: "Cancelled",
        failure: {
          reason: "ApprovalRejected",
          message: `${verdict.user} rejected the plan: change the spec, or ask anew with the annotation iacdharma.com/reconcile-at`,
        },
      },
    };
  }
  if (blueprint !== undefined && isPaused(blueprint)) {
    return hold("Paused", "the Blueprint is paused: nothing is changed until it is not", untilExpiry);
  }
  if (needsApproval && verdict.kind !== "approved") {
    const id = run.status?.plan?.id ?? "";
    if (verdict.kind === "refused") {
      const { finding } = verdict;
      const wakeAfterMs = finding.reason === "ApproverNotAllowed" ? Math.min(untilExpiry, askAgainMs) : untilExpiry;
      return { kind: "hold", finding, wakeAfterMs };
    }
    return hold(
      "AwaitingApproval",
      `approve with: kubectl -n ${run.metadata.namespace ?? ""} annotate blueprintrun ${run.metadata.name} iacdharma.com/approve=${id}`,
      untilExpiry,
    );
  }
  if (window.kind === "closed") {
    const message = `waits for the maintenance window ${window.name}`;
    return hold("WaitingForWindow", message, Math.min(untilExpiry, window.opensInMs ?? untilExpiry));
  }
  if (verdict.kind === "approved") return { kind: "apply", approval: { user: verdict.user, time: verdict.time } };
  return { kind: "apply" };
}

/** Ends a run whose approval was taken back, or its approver's right, after the intent to apply and before anything was done. */
function revoked(run: BlueprintRun, { verdict }: ObservedRun): RunNext | undefined {
  if (run.status?.approval === undefined || verdict.kind === "approved") return undefined;
  return verdict.kind === "refused"
    ? stale(verdict.finding.reason, `${verdict.finding.message}; a new plan is made`)
    : stale("ApprovalUnattested", "the approval was taken back before anything was done: a new plan is made");
}

/** Ends a run that has changed nothing and that nobody wants any more. */
function obsolete(run: BlueprintRun, observed: ObservedRun): RunNext | undefined {
  const { blueprint } = observed;
  const { operation, cause, blueprintRef, inputs } = run.spec;
  if (blueprint === undefined) return cancelled("the Blueprint is gone");
  if (run.metadata.deletionTimestamp !== undefined) return cancelled("the run was deleted before it changed anything");
  if (isDeleting(blueprint) && !(operation === "Destroy" && cause !== "SpecChange"))
    return cancelled("the Blueprint is being deleted");
  if (blueprint.metadata.generation !== blueprintRef.generation) {
    return stale("PlanStale", "the Blueprint was changed: a new plan is made");
  }
  const bound = operation !== "Destroy" && operation !== "Refresh" && inputs !== undefined;
  if (bound && observed.inputs !== inputs)
    return stale("PlanStale", "an input of the Blueprint was changed: a new plan is made");
  return undefined;
}

function hold(reason: Reason, message: string, wakeAfterMs: number): RunNext {
  return { kind: "hold", finding: { reason, message }, wakeAfterMs };
}

function failed(reason: Reason, message: string): RunNext {
  return { kind: "finish", end: { phase: "Failed", failure: { reason, message } } };
}

function stale(reason: Reason, message: string): RunNext {
  return { kind: "finish", end: { phase: "Stale", failure: { reason, message } } };
}

function cancelled(message: string): RunNext {
  return { kind: "finish", end: { phase: "Cancelled", failure: { reason: "Superseded", message } } };
}

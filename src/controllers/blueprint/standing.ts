// The conditions of a Blueprint from the decision that was taken: the table of what each situation looks like.
import type { Blueprint, BlueprintRun, Condition, Reason } from "../../api/index.ts";
import { findCondition } from "../../runtime/index.ts";
import { type Aspect, type Standing, standingAspects } from "../conditions.ts";
import { driftEvidence, failedCheck, lastChange, reasonOf } from "./history.ts";
import type { Observed } from "./observed.ts";
import { isDeleting } from "./observed.ts";
import type { Next, Settled } from "./next.ts";

/** All conditions of the Blueprint after this pass, without bookkeeping. */
export function aspectsOf(blueprint: Blueprint, observed: Observed, next: Next): readonly Aspect[] {
  const before = blueprint.status?.conditions ?? [];
  if (next.kind === "paused") return pausedAspects(before);
  const standing = standingOf(blueprint, observed, next);
  const core = standing === "asBefore" ? asBefore(before) : standingAspects(standing);
  return [...core, ...approvalAspects(next), ...driftAspects(blueprint, observed, next)];
}

/** Where the Blueprint stands; `asBefore` where looking at it says nothing new. */
function standingOf(
  blueprint: Blueprint,
  observed: Observed,
  next: Exclude<Next, { kind: "paused" }>,
): Standing | "asBefore" {
  switch (next.kind) {
    case "claim":
      return { kind: "working", reason: "Pending", message: "accepted; its inputs are being read" };
    case "startRun":
      return workingAt(next.request.operation, next.request.cause, undefined);
    case "follow":
      return workingAt(next.run.spec.operation, next.run.spec.cause, next.run);
    case "askApproval":
      return { kind: "working", reason: approvalReason(next.run), message: approvalMessage(next.run) };
    case "wait":
      return { kind: "working", ...next.finding };
    case "stalled":
      return { kind: "stalled", ...next.finding };
    case "expire":
      return { kind: "working", reason: "Expired", message: "its ttl is over: it is being deleted" };
    case "release":
      return next.outcome === "retained"
        ? { kind: "working", reason: "Retained", message: "its resources stay, as deletionPolicy says" }
        : { kind: "working", reason: "Deleting", message: "nothing is left of it" };
    case "settled":
      return settledStanding(blueprint, observed, next.as);
  }
}

function workingAt(operation: string, cause: string, run: BlueprintRun | undefined): Standing | "asBefore" {
  const name = run === undefined ? "" : `run ${run.metadata.name}: `;
  const held = findCondition(run?.status?.conditions, "Ready");
  const applying = run?.status?.phase === "Running" && run.status.plan !== undefined;
  if (operation === "Refresh") return "asBefore";
  if (held !== undefined && held.status !== "True" && run?.status?.phase === "Pending") {
    return { kind: "working", reason: reasonOf(held.reason), message: `${name}${held.message}` };
  }
  if (operation === "Destroy")
    return { kind: "working", reason: "Destroying", message: `${name}its resources are being destroyed` };
  if (operation === "Rollback")
    return { kind: "working", reason: "RollingBack", message: `${name}the last good spec is being applied` };
  if (applying) {
    return {
      kind: "working",
      reason: cause === "Drift" ? "Healing" : "Applying",
      message: `${name}the plan is being carried out`,
    };
  }
  return { kind: "working", reason: "Planning", message: `${name}a plan is being made` };
}

function settledStanding(blueprint: Blueprint, observed: Observed, as: Settled): Standing | "asBefore" {
  switch (as.kind) {
    case "ready":
      return ready(blueprint, observed);
    case "observed":
      return { kind: "ready", reason: "Observed", message: "looked at; nothing is changed while observeOnly is set" };
    case "drifted":
      return { kind: "unready", reason: "Drifted", message: driftMessage(observed, as.drifted) };
    case "unjudged": {
      const before = findCondition(blueprint.status?.conditions, "Ready");
      const busy = before === undefined || before.status === "Unknown";
      return busy ? ready(blueprint, observed) : "asBefore";
    }
  }
}

function ready(blueprint: Blueprint, observed: Observed): Standing {
  const change = lastChange(observed.runs);
  const resources = change?.status?.resources ?? 0;
  const generation = change?.spec.blueprintRef.generation ?? blueprint.metadata.generation ?? 0;
  return { kind: "ready", reason: "Succeeded", message: `generation ${generation} is applied: ${counted(resources)}` };
}

/** A person's turn: said on its own, so that a tool can show it as suspended rather than busy. */
function approvalAspects(next: Next): readonly Aspect[] {
  if (next.kind !== "askApproval") return [];
  return [{ type: "Approved", status: "False", reason: approvalReason(next.run), message: approvalMessage(next.run) }];
}

function approvalReason(run: BlueprintRun): Reason {
  const said = findCondition(run.status?.conditions, "Ready");
  return said === undefined ? "AwaitingApproval" : reasonOf(said.reason);
}

function approvalMessage(run: BlueprintRun): string {
  const said = findCondition(run.status?.conditions, "Ready");
  return `run ${run.metadata.namespace ?? ""}/${run.metadata.name}: ${said?.message ?? "its plan waits for approval"}`;
}

function driftAspects(blueprint: Blueprint, observed: Observed, next: Next): readonly Aspect[] {
  if (isDeleting(blueprint) || next.kind === "claim") return [];
  if (blueprint.spec.drift.mode === "Ignore") {
    return [
      { type: "Drifted", status: "Unknown", reason: "DriftIgnored", message: "drift.mode is Ignore: nobody looks" },
    ];
  }
  const failed = failedCheck(observed.runs)?.status?.error;
  if (failed !== undefined)
    return [{ type: "Drifted", status: "Unknown", reason: reasonOf(failed.reason), message: failed.message }];
  const evidence = driftEvidence(observed.runs);
  if (evidence !== undefined && evidence.drifted > 0) {
    return [{ type: "Drifted", status: "True", reason: "Drifted", message: driftMessage(observed, evidence.drifted) }];
  }
  if (evidence === undefined && lastChange(observed.runs) === undefined) return [];
  return [{ type: "Drifted", status: "False", reason: "InSync", message: "no drift was found" }];
}

function driftMessage(observed: Observed, drifted: number): string {
  const resources = driftEvidence(observed.runs)?.run.status?.drift?.resources ?? [];
  const named = resources
    .slice(0, 5)
    .map(({ name, kind, changed = [] }) =>
      kind === "deleted" ? `${name} is gone` : `${name} (${changed.join(", ")})`,
    );
  const more = drifted > named.length ? `, and ${drifted - named.length} more` : "";
  return `${counted(drifted)} ${drifted === 1 ? "differs" : "differ"} from the state: ${named.join(", ")}${more}`;
}

function pausedAspects(before: readonly Condition[]): readonly Aspect[] {
  const paused: Aspect = {
    type: "Paused",
    status: "True",
    reason: "Paused",
    message: "nothing is changed; deletion waits too",
  };
  return [...asBefore(before).filter(({ type }) => type !== "Paused"), paused];
}

/** What was said before still holds; an object never judged is not known to be anything. */
function asBefore(before: readonly Condition[]): readonly Aspect[] {
  const kept = before
    .filter(({ type }) => type === "Ready" || type === "Reconciling" || type === "Stalled" || type === "Approved")
    .map(({ type, status, reason, message }): Aspect => ({ type, status, reason: reasonOf(reason), message }));
  if (kept.some(({ type }) => type === "Ready")) return kept;
  return standingAspects({ kind: "working", reason: "Pending", message: "nothing was done about it yet" });
}

function counted(resources: number): string {
  return resources === 1 ? "1 resource" : `${resources} resources`;
}

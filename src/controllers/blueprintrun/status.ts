// The whole status of a run after a pass: the record so far, what this pass added, and the conditions of both.
import type { BlueprintRun, BlueprintRunStatus } from "../../api/index.ts";
import { reasonOf } from "../blueprint/history.ts";
import { type Aspect, conditionsOf, type Standing, standingAspects } from "../conditions.ts";
import type { Done } from "./act.ts";
import type { RunNext } from "./plan.ts";

/** Everything the controller says in status. `now` is milliseconds since the epoch. */
export function runStatusOf(run: BlueprintRun, next: RunNext, done: Done, now: number): BlueprintRunStatus {
  const { health: _health, conditions: before, ...kept } = run.status ?? {};
  const generation = run.metadata.generation ?? 1;
  const record = { ...kept, ...done.record, phase: done.record.phase ?? kept.phase ?? "Pending" };
  const conditions = conditionsOf(aspectsOf(run, record, next, done), before, generation, now);
  return { ...record, observedGeneration: generation, conditions };
}

function aspectsOf(run: BlueprintRun, record: BlueprintRunStatus, next: RunNext, done: Done): readonly Aspect[] {
  const standing = standingOf(run, record, next, done);
  const approved = approvedAspect(record, standing);
  return approved === undefined ? standingAspects(standing) : [...standingAspects(standing), approved];
}

function standingOf(run: BlueprintRun, record: BlueprintRunStatus, next: RunNext, done: Done): Standing {
  switch (record.phase) {
    case "Succeeded":
      return { kind: "ready", reason: "Succeeded", message: succeeded(run, record) };
    case "Failed":
    case "Cancelled":
    case "Stale": {
      const { reason, message } = record.error ?? { reason: "Cancelled", message: "the run was cancelled" };
      return { kind: "stalled", reason: reasonOf(reason), message };
    }
    case "AwaitingApproval": {
      if (next.kind === "hold") return { kind: "working", ...next.finding };
      return {
        kind: "working",
        reason: "AwaitingApproval",
        message: `a person has to agree, because ${(done.because ?? []).join("; ")}`,
      };
    }
    case "Running": {
      if (next.kind === "await" && next.finding !== undefined) return { kind: "working", ...next.finding };
      const reason =
        record.plan === undefined
          ? run.spec.operation === "Refresh"
            ? "Refreshing"
            : "Planning"
          : run.spec.operation === "Destroy"
            ? "Destroying"
            : "Applying";
      return {
        kind: "working",
        reason,
        message: record.plan === undefined ? "a worker is looking" : "a worker is carrying the plan out",
      };
    }
    case "Pending":
    case undefined:
      if (next.kind === "hold") return { kind: "working", ...next.finding };
      return {
        kind: "working",
        reason: "Pending",
        message: record.plan === undefined ? "waits for a worker" : "the plan passed its gates",
      };
  }
}

function succeeded(run: BlueprintRun, { plan, drift }: BlueprintRunStatus): string {
  if (drift !== undefined) return `${drift.driftedResources} of ${drift.checkedResources} resources drifted`;
  const { creates = 0, updates = 0, replaces = 0, deletes = 0 } = plan ?? {};
  const verb = run.spec.operation === "Plan" ? "planned" : "done";
  return `${verb}: ${creates} created, ${updates} updated, ${replaces} replaced, ${deletes} deleted`;
}

function approvedAspect(record: BlueprintRunStatus, standing: Standing): Aspect | undefined {
  if (record.approval !== undefined) {
    return { type: "Approved", status: "True", reason: "Approved", message: `approved by ${record.approval.user}` };
  }
  if (record.phase === "AwaitingApproval") {
    return { type: "Approved", status: "False", reason: standing.reason, message: standing.message };
  }
  return undefined;
}

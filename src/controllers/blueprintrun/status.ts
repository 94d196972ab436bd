// The whole status of a run after a pass: the record so far, what this pass added, and the conditions of both.
import type { BlueprintRun, BlueprintRunStatus } from "../../api/index.ts";
import { reasonOf } from "../blueprint/history.ts";
import { findCondition, settleConditions } from "../../runtime/index.ts";
import { type Aspect, type Standing, standingAspects } from "../conditions.ts";
import type { Done } from "./act.ts";
import type { RunNext } from "./plan.ts";

/** Everything the controller says in status. `now` is milliseconds since the epoch. */
export function runStatusOf(run: BlueprintRun, next: RunNext, done: Done, now: number): BlueprintRunStatus {
  const { health: _health, conditions: before, ...kept } = run.status ?? {};
  const generation = run.metadata.generation ?? 1;
  const record = { ...kept, ...done.record, phase: done.record.phase ?? kept.phase ?? "Pending" };
  const conditions = settleConditions(before, aspectsOf(run, record, next, done), { generation, nowMs: now });
  return { ...record, observedGeneration: generation, conditions };
}

function aspectsOf(run: BlueprintRun, record: BlueprintRunStatus, next: RunNext, done: Done): readonly Aspect[] {
  const standing = standingOf(run, record, next, done);
  const approved = approvedAspect(record, standing);
  return approved === undefined ? standingAspects(standing) : [...standingAspects(standing), approved];
}

function standingOf(run: BlueprintRun, record: BlueprintRunStatus, next: RunNext, done: Done): Standing {
  const { phase = "Pending" } = record;
  switch (phase) {
    case "Succeeded":
      return { kind: "ready", reason: "Succeeded", message: succeeded(run, record) };
    case "Failed":
    case "Cancelled":
    case "Stale": {
      const { reason, message } = record.error ?? { reason: "Cancelled", message: "the run was cancelled" };
      return { kind: "stalled", reason: reasonOf(reason), message };
    }
    case "AwaitingApproval":
      return awaiting(run, record, next, done);
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
      if (next.kind === "hold") return { kind: "working", ...next.finding };
      return {
        kind: "working",
        reason: "Pending",
        message: record.plan === undefined ? "waits for a worker" : "the plan passed its gates",
      };
  }
}

function awaiting(run: BlueprintRun, record: BlueprintRunStatus, next: RunNext, done: Done): Standing {
  const said = findCondition(run.status?.conditions, "Ready");
  if (next.kind === "hold") {
    // Why it is asked was said when the plan was judged; it is not known any more now.
    const same = next.finding.reason === "AwaitingApproval" && said?.reason === "AwaitingApproval";
    return { kind: "working", ...next.finding, ...(same ? { message: said.message } : {}) };
  }
  const command = `kubectl -n ${run.metadata.namespace ?? ""} annotate blueprintrun ${run.metadata.name} iacdharma.com/approve=${record.plan?.id ?? ""}`;
  const message = `a person has to agree, because ${(done.because ?? []).join("; ")}. Approve with: ${command}`;
  return { kind: "working", reason: "AwaitingApproval", message };
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

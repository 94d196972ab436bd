// What to do next about a Blueprint: a pure decision over everything observed, each branch of its life one member of a union.
import type { Blueprint, BlueprintRun, Cause, Operation } from "../../api/index.ts";
import { finalizer } from "../../api/index.ts";
import { reconcileAtAnnotation } from "../../runtime/index.ts";
import type { Streak } from "./history.ts";
import {
  driftEvidence,
  endOf,
  reasonOf,
  failedCheck,
  failureStreak,
  lastChange,
  nextAttempt,
  openRun,
  tornSince,
  wasRequested,
} from "./history.ts";
import { awaitsImport } from "./imports.ts";
import type { Next, RunRequest, Settled } from "./next.ts";
import type { Finding, Observed } from "./observed.ts";
import { isDeleting, isPaused } from "./observed.ts";
import { regressionOf, rollbackTarget, rolledBackFinding } from "./rollback.ts";
import { checkIntervalMs, untilExpiry } from "./schedule.ts";

/** How long to leave something alone that only a person or another object can change, and that no watch reports. */
const lookAgainMs = 60_000;
const forever = Number.POSITIVE_INFINITY;

/** The next step. `now` is milliseconds since the epoch. */
export function decide(blueprint: Blueprint, observed: Observed, now: number): Next {
  if (isPaused(blueprint)) return { kind: "paused" };
  const open = openRun(observed.runs);
  if (open !== undefined)
    return { kind: open.status?.phase === "AwaitingApproval" ? "askApproval" : "follow", run: open };
  if (isDeleting(blueprint)) return decideDeletion(blueprint, observed, now);
  if (blueprint.metadata.finalizers?.includes(finalizer) !== true) return { kind: "claim" };
  if (observed.stack.kind === "unreadable") return stalled(observed.stack.finding, lookAgainMs);
  if (untilExpiry(blueprint, now) === 0) return { kind: "expire" };
  return decideLife(blueprint, observed, now);
}

/** Deletion needs neither source nor inputs: it goes by the state and the credentials sealed beside it. */
function decideDeletion(blueprint: Blueprint, observed: Observed, now: number): Next {
  if (blueprint.metadata.finalizers?.includes(finalizer) !== true) return settled({ kind: "ready" }, forever);
  if (observed.stack.kind === "unreadable") return stalled(observed.stack.finding, lookAgainMs);
  const destroyed = lastChange(observed.runs)?.spec.operation === "Destroy";
  if (isEmpty(observed)) return { kind: "release", outcome: destroyed ? "destroyed" : "nothing" };
  if (blueprint.spec.deletionPolicy === "Retain") return { kind: "release", outcome: "retained" };
  if (observed.dependents.length > 0) {
    const message = `its outputs are used by ${observed.dependents.join(", ")}: delete those first, or remove their references`;
    return { kind: "wait", because: "others", finding: { reason: "HasDependents", message }, wakeAfterMs: lookAgainMs };
  }
  if (blueprint.spec.observeOnly) {
    return stalled(
      {
        reason: "DeletionBlocked",
        message:
          "observeOnly forbids destroying its resources: set deletionPolicy to Retain to leave them, or observeOnly to false to destroy them",
      },
      forever,
    );
  }
  return attempt(blueprint, observed, now, { operation: "Destroy", cause: "Deletion" });
}

function decideLife(blueprint: Blueprint, observed: Observed, now: number): Next {
  const { spec, inputs } = observed;
  if (spec.kind === "invalid") return stalled(spec.finding, untilExpiry(blueprint, now));
  if (inputs.kind === "refused") return stalled(inputs.finding, lookAgainMs);
  if (inputs.kind === "missing") return stalled(inputs.finding, lookAgainMs);
  if (inputs.kind === "waiting")
    return { kind: "wait", because: "others", finding: inputs.finding, wakeAfterMs: lookAgainMs };
  const request = requestOf(blueprint, observed.runs);
  if (blueprint.spec.observeOnly) return decideObserving(blueprint, observed, now, request);
  const change = lastChange(observed.runs);
  const whole = change !== undefined && change.spec.operation !== "Destroy" && !tornSince(observed.runs, change);
  const reached = whole && change.spec.inputs === inputs.digest;
  if (!reached && awaitsImport(blueprint.spec, observed.runs))
    return attempt(blueprint, observed, now, { operation: "Import", cause: applyCause(request), ...request });
  if (!reached)
    return attempt(blueprint, observed, now, { operation: "Apply", cause: applyCause(request), ...request });
  if (change.spec.operation === "Rollback" && request.requestedAt === undefined)
    return stalled(rolledBackFinding(observed.runs, change), untilExpiry(blueprint, now));
  if (request.requestedAt !== undefined) {
    const failing = failureStreak(observed.runs, "Apply", inputs.digest, observed.policy).kind === "failing";
    const retry = failing || change.spec.operation === "Rollback";
    return attempt(blueprint, observed, now, { operation: retry ? "Apply" : "Refresh", cause: "Manual", ...request });
  }
  const regression = regressionOf(blueprint, observed.runs, change, now);
  if (regression !== undefined) {
    const { good, why } = regression;
    const back = { operation: "Rollback", cause: "Rollback", rollbackTo: good.metadata.name, note: why } as const;
    return start(blueprint, observed, { ...back, digest: inputs.digest });
  }
  return decideDrift(blueprint, observed, now);
}

/** The spec is reached: keep it so. */
function decideDrift(blueprint: Blueprint, observed: Observed, now: number): Next {
  const mode = blueprint.spec.drift.mode;
  const evidence = driftEvidence(observed.runs);
  const drifted = mode === "Ignore" ? 0 : (evidence?.drifted ?? 0);
  if (drifted > 0 && evidence !== undefined && (mode === "Heal" || mode === "Propose")) {
    const refused = observed.runs.some(
      (run) =>
        run.status?.error?.reason === "ApprovalRejected" &&
        run.spec.cause === "Drift" &&
        endOf(run) >= evidence.checkedMs,
    );
    if (!refused) return attempt(blueprint, observed, now, { operation: "Apply", cause: "Drift" });
  }
  const calm: Settled = drifted > 0 ? { kind: "drifted", drifted } : unjudgedOr(observed, { kind: "ready" });
  return checkOrSettle(blueprint, observed, now, calm);
}

/** Nothing is ever changed: show the plan once for each input, and watch for drift. */
function decideObserving(blueprint: Blueprint, observed: Observed, now: number, request: RequestedRun): Next {
  const digest = digestOf(observed, blueprint);
  const planned = observed.runs.some(
    (run) => run.spec.operation === "Plan" && run.status?.phase === "Succeeded" && run.spec.inputs === digest,
  );
  if (!planned || request.requestedAt !== undefined) {
    return attempt(blueprint, observed, now, { operation: "Plan", cause: applyCause(request), ...request });
  }
  return checkOrSettle(blueprint, observed, now, unjudgedOr(observed, { kind: "observed" }));
}

function checkOrSettle(blueprint: Blueprint, observed: Observed, now: number, calm: Settled): Next {
  const expiry = untilExpiry(blueprint, now);
  if (blueprint.spec.drift.mode === "Ignore" || isEmpty(observed)) return settled(calm, expiry);
  const looked = Math.max(
    driftEvidence(observed.runs)?.checkedMs ?? 0,
    endOfLastChange(observed),
    failedCheckEnd(observed),
  );
  const due = looked + checkIntervalMs(blueprint) - now;
  if (due <= 0) return attempt(blueprint, observed, now, { operation: "Refresh", cause: "Schedule" });
  const elsewhere = calm.kind === "unjudged" && calm.finding.reason === "CloudIdentityChanged";
  return elsewhere ? stalled(calm.finding, Math.min(due, expiry)) : settled(calm, Math.min(due, expiry));
}

/** Starts the operation unless it failed too often or too recently on the same input. */
function attempt(
  blueprint: Blueprint,
  observed: Observed,
  now: number,
  wanted: { operation: Operation; cause: Cause; requestedAt?: string },
): Next {
  const digest =
    wanted.operation === "Destroy" ? `generation:${blueprint.metadata.generation ?? 0}` : digestOf(observed, blueprint);
  const asked = wanted.requestedAt ?? requestOf(blueprint, observed.runs).requestedAt;
  const streak: Streak = failureStreak(observed.runs, wanted.operation, digest, observed.policy);
  // A drift check that fails comes again at its interval and says nothing about the spec.
  if (streak.kind === "failing" && asked === undefined && wanted.operation !== "Refresh") {
    if (streak.reason === "AccountMoves" && wanted.operation === "Apply" && blueprint.spec.deletionPolicy === "Destroy")
      return attempt(blueprint, observed, now, { operation: "Destroy", cause: "SpecChange" });
    const finding = { reason: streak.reason, message: streak.message };
    const good =
      blueprint.spec.rollback.automatic && streak.givenUp && wanted.operation === "Apply"
        ? rollbackTarget(observed.runs, streak.run)
        : undefined;
    if (good !== undefined)
      return start(blueprint, observed, {
        operation: "Rollback",
        cause: "Rollback",
        digest,
        rollbackTo: good.metadata.name,
      });
    if (streak.givenUp) {
      return stalled(finding, wanted.operation === "Destroy" ? forever : untilExpiry(blueprint, now));
    }
    if (streak.retryAtMs > now)
      return { kind: "wait", because: "failure", finding, wakeAfterMs: streak.retryAtMs - now };
  }
  const cause = asked === undefined ? wanted.cause : "Manual";
  return start(blueprint, observed, {
    operation: wanted.operation,
    cause,
    digest,
    ...(asked === undefined ? {} : { requestedAt: asked }),
  });
}

function start(blueprint: Blueprint, observed: Observed, run: Omit<RunRequest, "attempt" | "home">): Next {
  const attempts = nextAttempt(observed.runs, blueprint.metadata.generation ?? 0, run.operation);
  return {
    kind: "startRun",
    request: { ...run, attempt: attempts, home: observed.namespaceTerminating ? "operator" : "own" },
  };
}

interface RequestedRun {
  readonly requestedAt?: string;
}

/** The value of reconcile-at that no run has answered and no status has noted. */
function requestOf(blueprint: Blueprint, runs: readonly BlueprintRun[]): RequestedRun {
  const value = blueprint.metadata.annotations?.[reconcileAtAnnotation];
  if (value === undefined || value === "" || value === blueprint.status?.lastHandledReconcileAt) return {};
  return wasRequested(runs, value, reconcileAtAnnotation) ? {} : { requestedAt: value };
}

function applyCause(request: RequestedRun): Cause {
  return request.requestedAt === undefined ? "SpecChange" : "Manual";
}

function digestOf(observed: Observed, blueprint: Blueprint): string {
  return observed.inputs.kind === "resolved"
    ? observed.inputs.digest
    : `generation:${blueprint.metadata.generation ?? 0}`;
}

/** Nothing is known to exist: no resource, and no operation that may have made one. */
function isEmpty(observed: Observed): boolean {
  const { stack } = observed;
  return (
    stack.kind === "absent" || (stack.kind === "present" && stack.resources === 0 && stack.pendingOperations === 0)
  );
}

function unjudgedOr(observed: Observed, otherwise: Settled): Settled {
  const error = failedCheck(observed.runs)?.status?.error;
  return error === undefined
    ? otherwise
    : { kind: "unjudged", finding: { reason: reasonOf(error.reason), message: error.message } };
}

function endOfLastChange(observed: Observed): number {
  const change = lastChange(observed.runs);
  return change === undefined ? 0 : endOf(change);
}

function failedCheckEnd(observed: Observed): number {
  const check = failedCheck(observed.runs);
  return check === undefined ? 0 : endOf(check);
}

function stalled(finding: Finding, wakeAfterMs: number): Next {
  return { kind: "stalled", finding, wakeAfterMs };
}

function settled(as: Settled, wakeAfterMs: number): Next {
  return { kind: "settled", as, wakeAfterMs };
}

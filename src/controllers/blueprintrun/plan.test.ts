// Every branch of a run's life: what is decided from its record, its work, the verdict and its Blueprint.
import { describe, expect, test } from "vitest";
import type { BlueprintRun } from "../../api/index.ts";
import { aBlueprint, aRun, at, digest, noon } from "../fixtures.ts";
import { decideRun, type ObservedRun, type RunNext } from "./plan.ts";
import type { StageResult } from "./stage.ts";

const plan = { id: `sha256:${"b".repeat(64)}`, expireTime: at(7 * 86_400) };
const planned: StageResult = {
  kind: "planned",
  steps: [],
  counts: { creates: 1, updates: 0, replaces: 0, deletes: 0, same: 0 },
  stateDigest: digest,
};
const counts = planned.counts;

const calm: ObservedRun = {
  blueprint: aBlueprint(),
  inputs: digest,
  work: { kind: "none" },
  verdict: { kind: "none" },
  window: { kind: "open" },
};

const fresh = aRun("Apply", undefined);
const planning = aRun("Apply", { phase: "Running" });
const waiting = aRun("Apply", { phase: "AwaitingApproval", plan });
const cleared = aRun("Apply", { phase: "Pending", plan });
const applying = aRun("Apply", { phase: "Running", plan });
const checking = aRun("Refresh", { phase: "Running" });
const approved = { kind: "approved", user: "jane", uid: "", groups: [], time: at(5) } as const;
const agreed = aRun("Apply", { phase: "Running", plan, approval: { user: "jane", time: at(5), plan: plan.id } });
const notAllowed = { reason: "ApproverNotAllowed", message: "jane may not" } as const;
const deleted = aBlueprint({}, { deletionTimestamp: at(1) });

interface Row {
  readonly situation: string;
  readonly run: BlueprintRun;
  readonly observed?: Partial<ObservedRun>;
  readonly now?: number;
  readonly next: { readonly kind: RunNext["kind"]; readonly [field: string]: unknown };
}

const ends = (phase: string, reason?: string) => ({
  kind: "finish" as const,
  end: expect.objectContaining({
    phase,
    ...(reason === undefined ? {} : { failure: expect.objectContaining({ reason }) }),
  }),
});

const rows: readonly Row[] = [
  { situation: "a new run puts its intent on record first", run: fresh, next: { kind: "begin" } },
  { situation: "then a worker plans", run: planning, next: { kind: "startWork", stage: "plan" } },
  { situation: "a drift check needs no plan", run: checking, next: { kind: "startWork", stage: "check" } },
  {
    situation: "while the worker is at it the run waits",
    run: planning,
    observed: { work: { kind: "active" } },
    next: { kind: "await" },
  },
  {
    situation: "a stack somebody else holds is waited for, and said so",
    run: planning,
    observed: { work: { kind: "blocked", finding: { reason: "StateLocked", message: "held" }, retryAfterMs: 5000 } },
    next: { kind: "await", wakeAfterMs: 5000, finding: { reason: "StateLocked", message: "held" } },
  },
  {
    situation: "planning that was cut off is done again: it changed nothing",
    run: planning,
    observed: { work: { kind: "lost", holder: "x" } },
    next: { kind: "startWork", stage: "plan" },
  },
  {
    situation: "a plan is judged",
    run: planning,
    observed: { work: { kind: "ended", result: planned } },
    next: { kind: "judge", planned },
  },
  {
    situation: "a plan that could not be made fails with the engine's reason",
    run: planning,
    observed: {
      work: {
        kind: "ended",
        result: { kind: "failed", failure: { reason: "AccessDenied", message: "no", partial: false } },
      },
    },
    next: ends("Failed", "AccessDenied"),
  },
  {
    situation: "a reason nobody documented becomes one that is",
    run: planning,
    observed: {
      work: {
        kind: "ended",
        result: { kind: "failed", failure: { reason: "Whatever", message: "no", partial: false } },
      },
    },
    next: ends("Failed", "OperationFailed"),
  },
  {
    situation: "a plan of an older generation is stale",
    run: planning,
    observed: { blueprint: aBlueprint({}, { generation: 2 }), work: { kind: "ended", result: planned } },
    next: ends("Stale", "PlanStale"),
  },
  {
    situation: "a plan of other inputs is stale",
    run: waiting,
    observed: { inputs: "sha256:other" },
    next: ends("Stale", "PlanStale"),
  },
  {
    situation: "a plan whose inputs are gone is stale",
    run: waiting,
    observed: { inputs: undefined },
    next: ends("Stale", "PlanStale"),
  },
  {
    situation: "a run whose Blueprint is gone is cancelled",
    run: waiting,
    observed: { blueprint: undefined },
    next: ends("Cancelled", "Superseded"),
  },
  {
    situation: "a run whose Blueprint is being deleted is cancelled",
    run: waiting,
    observed: { blueprint: deleted, verdict: approved },
    next: ends("Cancelled", "Superseded"),
  },
  {
    situation: "a run that was deleted before it changed anything is cancelled",
    run: aRun("Apply", { phase: "AwaitingApproval", plan }, {}, { deletionTimestamp: at(1) }),
    next: ends("Cancelled", "Superseded"),
  },
  {
    situation: "a destroy goes on while its Blueprint is being deleted",
    run: aRun("Destroy", { phase: "Pending", plan }, { cause: "Deletion" }),
    observed: { blueprint: deleted },
    next: { kind: "apply" },
  },
  {
    situation: "a plan that needs a person waits for one",
    run: waiting,
    next: { kind: "hold", finding: expect.objectContaining({ reason: "AwaitingApproval" }) },
  },
  {
    situation: "an approval without attestation counts for nothing",
    run: waiting,
    observed: { verdict: { kind: "refused", finding: { reason: "ApprovalUnattested", message: "approve again" } } },
    next: { kind: "hold", finding: { reason: "ApprovalUnattested", message: "approve again" } },
  },
  {
    situation: "an approved plan is applied",
    run: waiting,
    observed: { verdict: approved },
    next: { kind: "apply", approval: { user: "jane", time: at(5) } },
  },
  {
    situation: "an approver who lost the right is asked about again, in case it is given back",
    run: waiting,
    observed: { verdict: { kind: "refused", finding: notAllowed } },
    next: { kind: "hold", finding: notAllowed, wakeAfterMs: 60_000 },
  },
  {
    situation: "a right lost before anything was done sends the plan back",
    run: agreed,
    observed: { verdict: { kind: "refused", finding: notAllowed } },
    next: ends("Stale", "ApproverNotAllowed"),
  },
  {
    situation: "an approval taken back before anything was done sends the plan back",
    run: agreed,
    next: ends("Stale", "ApprovalUnattested"),
  },
  {
    situation: "an approval that still holds is carried out",
    run: agreed,
    observed: { verdict: approved },
    next: { kind: "startWork", stage: "apply" },
  },
  {
    situation: "a right lost while the plan is carried out changes nothing",
    run: agreed,
    observed: { verdict: { kind: "refused", finding: notAllowed }, work: { kind: "active" } },
    next: expect.objectContaining({ kind: "await" }),
  },
  {
    situation: "a rejected plan ends",
    run: waiting,
    observed: { verdict: { kind: "rejected", user: "jane", time: at(5) } },
    next: ends("Cancelled", "ApprovalRejected"),
  },
  { situation: "a plan that needs nobody is applied", run: cleared, next: { kind: "apply" } },
  {
    situation: "nothing is applied while the Blueprint is paused",
    run: cleared,
    observed: { blueprint: aBlueprint({ paused: true }) },
    next: { kind: "hold", finding: expect.objectContaining({ reason: "Paused" }) },
  },
  {
    situation: "nothing is applied outside the maintenance windows, approved or not",
    run: waiting,
    observed: { verdict: approved, window: { kind: "closed", opensInMs: 1000, name: "nights" } },
    next: {
      kind: "hold",
      wakeAfterMs: 1000,
      finding: { reason: "WaitingForWindow", message: "waits for the maintenance window nights" },
    },
  },
  {
    situation: "a plan nobody approved in time expires, even if approved afterwards",
    run: waiting,
    observed: { verdict: approved },
    now: 7 * 86_400,
    next: ends("Stale", "ApprovalExpired"),
  },
  {
    situation: "a plan without an expiry is never applied",
    run: aRun("Apply", { phase: "Pending", plan: { id: plan.id } }),
    next: ends("Stale", "ApprovalExpired"),
  },
  {
    situation: "the saved plan is carried out by a worker",
    run: applying,
    next: { kind: "startWork", stage: "apply" },
  },
  {
    situation: "a change that was cut off is never just done again",
    run: applying,
    observed: { work: { kind: "lost", holder: "x" } },
    next: ends("Failed", "WorkerDied"),
  },
  {
    situation: "a change goes on when the spec moves meanwhile",
    run: applying,
    observed: { blueprint: aBlueprint({}, { generation: 2 }), work: { kind: "active" } },
    next: { kind: "await" },
  },
  {
    situation: "a change that is done is done",
    run: applying,
    observed: { work: { kind: "ended", result: { kind: "changed", counts } } },
    next: ends("Succeeded"),
  },
  {
    situation: "a difference found just before applying ends the plan",
    run: applying,
    observed: { work: { kind: "ended", result: { kind: "stale", message: "moved" } } },
    next: ends("Stale", "PlanStale"),
  },
  {
    situation: "the engine's refusal of a plan that differs ends the plan",
    run: applying,
    observed: {
      work: {
        kind: "ended",
        result: { kind: "failed", failure: { reason: "PlanDiffers", message: "differs", partial: false } },
      },
    },
    next: ends("Stale", "PlanStale"),
  },
  {
    situation: "a drift check that found drift succeeded",
    run: checking,
    observed: {
      work: { kind: "ended", result: { kind: "checked", report: { kind: "drifted", checked: 3, resources: [] } } },
    },
    next: ends("Succeeded"),
  },
  {
    situation: "a drift check that lost too much is inconclusive",
    run: checking,
    observed: {
      work: {
        kind: "ended",
        result: { kind: "checked", report: { kind: "inconclusive", checked: 9, lost: 9, message: "9 of 9" } },
      },
    },
    next: ends("Failed", "RefreshInconclusive"),
  },
  {
    situation: "an ended run lets go of what was kept for it",
    run: aRun("Apply", { phase: "Succeeded" }),
    next: { kind: "tidy" },
  },
];

describe("decideRun", () => {
  test.each(rows)("$situation", ({ run, observed, now = 10, next }) => {
    expect(decideRun(run, { ...calm, ...observed }, noon + now * 1000)).toMatchObject(next);
  });
});

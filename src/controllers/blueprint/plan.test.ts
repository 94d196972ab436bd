// Every branch of a Blueprint's life: what is decided in which situation, and what the status then says.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Blueprint, type BlueprintRun, type Cause, checkStatus, type Operation } from "../../api/index.ts";
import { pausedAnnotation, reconcileAtAnnotation } from "../../runtime/index.ts";
import { aBlueprint, aRun, at, built, condition, digest, failed, noon, observing, succeeded } from "../fixtures.ts";
import { maxEqualFailures } from "./history.ts";
import type { Next } from "./next.ts";
import type { Observed } from "./observed.ts";
import { decide } from "./plan.ts";
import { statusOf } from "./status.ts";

const hour = 3600;
const applied = succeeded("Apply", 10, { resources: 3 });
const drifted = { drift: { checkedResources: 3, driftedResources: 1, resources: [] } };
const deleting = { deletionTimestamp: at(1) };
const finding = { reason: "InputMissing", message: "Secret db is not there: create it" } as const;

interface Row {
  readonly situation: string;
  readonly blueprint?: Blueprint;
  readonly observed?: Partial<Observed>;
  /** Seconds after noon. */
  readonly now?: number;
  readonly next:
    | Partial<Next>
    | { readonly kind: Next["kind"]; readonly request?: object; readonly as?: object; readonly finding?: object };
  /** `STATUS REASON` of Ready, then any other conditions as `TYPE STATUS`. */
  readonly conditions: readonly string[];
}

const starts = (operation: Operation, cause: Cause, more: object = {}) => ({
  kind: "startRun" as const,
  request: expect.objectContaining({ operation, cause, ...more }),
});

const rows: readonly Row[] = [
  {
    situation: "a new one takes hold before anything is made",
    blueprint: aBlueprint({}, { finalizers: [] }),
    next: { kind: "claim" },
    conditions: ["Unknown Pending", "Reconciling True"],
  },
  {
    situation: "a claimed one is applied",
    next: starts("Apply", "SpecChange", { attempt: 1, digest, home: "own" }),
    conditions: ["Unknown Planning", "Reconciling True"],
  },
  {
    situation: "while a run plans, it is followed",
    observed: { runs: [aRun("Apply", { phase: "Running" })] },
    next: { kind: "follow" },
    conditions: ["Unknown Planning", "Reconciling True"],
  },
  {
    situation: "while a run applies, it is followed",
    observed: { runs: [aRun("Apply", { phase: "Running", plan: { id: digest } })] },
    next: { kind: "follow" },
    conditions: ["Unknown Applying", "Reconciling True"],
  },
  {
    situation: "a plan that waits for a person is shown as that",
    observed: { runs: [aRun("Apply", { phase: "AwaitingApproval", plan: { id: digest } })] },
    next: { kind: "askApproval" },
    conditions: ["Unknown AwaitingApproval", "Approved False", "Reconciling True"],
  },
  {
    situation: "once applied it is Ready until the next drift check",
    observed: { runs: [applied], stack: built },
    now: 20,
    next: { kind: "settled", as: { kind: "ready" } },
    conditions: ["True Succeeded", "Drifted False"],
  },
  {
    situation: "drift is looked for after the interval and its jitter",
    observed: { runs: [applied], stack: built },
    now: 10 + 1.1 * hour,
    next: starts("Refresh", "Schedule"),
    conditions: ["Unknown Pending", "Drifted False", "Reconciling True"],
  },
  {
    situation: "drift is never looked for when it is ignored",
    blueprint: aBlueprint({ drift: { mode: "Ignore", interval: "1h" } }),
    observed: { runs: [applied], stack: built },
    now: 100 * hour,
    next: { kind: "settled", as: { kind: "ready" } },
    conditions: ["True Succeeded", "Drifted Unknown"],
  },
  {
    situation: "a drift check that runs changes nothing of what is said",
    blueprint: { ...aBlueprint(), status: { conditions: [condition("Ready", "True", "Succeeded")] } },
    observed: { runs: [applied, aRun("Refresh", { phase: "Running" })], stack: built },
    next: { kind: "follow" },
    conditions: ["True Succeeded", "Drifted False"],
  },
  {
    situation: "drift is reported where the mode says so",
    observed: { runs: [applied, succeeded("Refresh", 100, drifted)], stack: built },
    now: 110,
    next: { kind: "settled", as: { kind: "drifted", drifted: 1 } },
    conditions: ["False Drifted", "Drifted True"],
  },
  {
    situation: "drift is healed where the mode says so",
    blueprint: aBlueprint({ drift: { mode: "Heal", interval: "1h" } }),
    observed: { runs: [applied, succeeded("Refresh", 100, drifted)], stack: built },
    now: 110,
    next: starts("Apply", "Drift"),
    conditions: ["Unknown Planning", "Drifted True", "Reconciling True"],
  },
  {
    situation: "drift that was healed is no drift any more",
    blueprint: aBlueprint({ drift: { mode: "Heal", interval: "1h" } }),
    observed: {
      runs: [applied, succeeded("Refresh", 100, drifted), succeeded("Apply", 120, {}, { cause: "Drift", attempt: 2 })],
      stack: built,
    },
    now: 130,
    next: { kind: "settled", as: { kind: "ready" } },
    conditions: ["True Succeeded", "Drifted False"],
  },
  {
    situation: "drift whose healing a person refused is only reported",
    blueprint: aBlueprint({ drift: { mode: "Heal", interval: "1h" } }),
    observed: {
      runs: [
        applied,
        succeeded("Refresh", 100, drifted),
        failed("Apply", 120, "ApprovalRejected", { cause: "Drift", attempt: 2 }),
      ],
      stack: built,
    },
    now: 130,
    next: { kind: "settled", as: { kind: "drifted", drifted: 1 } },
    conditions: ["False Drifted", "Drifted True"],
  },
  {
    situation: "a check that can't be believed leaves Ready as it was and drift unknown",
    blueprint: { ...aBlueprint(), status: { conditions: [condition("Ready", "True", "Succeeded")] } },
    observed: { runs: [applied, failed("Refresh", 100, "RefreshInconclusive")], stack: built },
    now: 110,
    next: {
      kind: "settled",
      as: { kind: "unjudged", finding: { reason: "RefreshInconclusive", message: "RefreshInconclusive!" } },
    },
    conditions: ["True Succeeded", "Drifted Unknown"],
  },
  {
    situation: "credentials of another account stop everything",
    observed: { runs: [applied, failed("Refresh", 100, "CloudIdentityChanged")], stack: built },
    now: 110,
    next: { kind: "stalled", finding: { reason: "CloudIdentityChanged", message: "CloudIdentityChanged!" } },
    conditions: ["False CloudIdentityChanged", "Drifted Unknown", "Stalled True"],
  },
  {
    situation: "an input that is not there stalls it, and the last good state stays",
    observed: { runs: [applied], stack: built, inputs: { kind: "missing", finding } },
    next: { kind: "stalled", finding },
    conditions: ["False InputMissing", "Drifted False", "Stalled True"],
  },
  {
    situation: "an input that another Blueprint is about to publish is waited for",
    observed: { inputs: { kind: "waiting", finding: { reason: "InputNotReady", message: "waits" } } },
    next: { kind: "wait", because: "others" },
    conditions: ["Unknown InputNotReady", "Reconciling True"],
  },
  {
    situation: "a reference its author may not use is refused",
    observed: { inputs: { kind: "refused", finding: { reason: "ReferenceUnattested", message: "apply again" } } },
    next: { kind: "stalled" },
    conditions: ["False ReferenceUnattested", "Stalled True"],
  },
  {
    situation: "a spec that can't be built stalls it",
    observed: {
      spec: { kind: "invalid", finding: { reason: "UnknownComponent", message: "Netwrok: did you mean Network" } },
    },
    next: { kind: "stalled" },
    conditions: ["False UnknownComponent", "Stalled True"],
  },
  {
    situation: "a state that can't be read stalls it",
    observed: { stack: { kind: "unreadable", finding: { reason: "StateCorrupt", message: "restore it" } } },
    next: { kind: "stalled" },
    conditions: ["False StateCorrupt", "Stalled True"],
  },
  {
    situation: "a failure that passes by itself is tried again after a delay",
    observed: { runs: [failed("Apply", 0, "Throttled")] },
    now: 5,
    next: {
      kind: "wait",
      because: "failure",
      finding: { reason: "Throttled", message: "Throttled!" },
      wakeAfterMs: 10_000,
    },
    conditions: ["Unknown Throttled", "Reconciling True"],
  },
  {
    situation: "after the delay comes the next attempt",
    observed: { runs: [failed("Apply", 0, "Throttled")] },
    now: 16,
    next: starts("Apply", "SpecChange", { attempt: 2 }),
    conditions: ["Unknown Planning", "Reconciling True"],
  },
  {
    situation: "the same failure too often ends the attempts",
    observed: {
      runs: Array.from({ length: maxEqualFailures }, (_, index) =>
        failed("Apply", index, "Throttled", { attempt: index + 1 }),
      ),
    },
    now: 10 * hour,
    next: { kind: "stalled" },
    conditions: ["False Throttled", "Stalled True"],
  },
  {
    situation: "what a policy refused is not tried again with the same input",
    observed: { runs: [failed("Apply", 0, "PolicyDenied")] },
    now: 10 * hour,
    next: { kind: "stalled" },
    conditions: ["False PolicyDenied", "Stalled True"],
  },
  {
    situation: "another policy bundle is another chance",
    observed: {
      runs: [
        aRun("Apply", {
          phase: "Failed",
          completionTime: at(0),
          error: { reason: "PolicyDenied", message: "no" },
          decisions: [{ point: "Plan", allow: false, requireApproval: false, bundle: "sha256:old", input: "x" }],
        }),
      ],
      policy: { bundle: "sha256:new", settings: "sha256:s" },
    },
    next: starts("Apply", "SpecChange"),
    conditions: ["Unknown Planning", "Reconciling True"],
  },
  {
    situation: "other inputs are another chance",
    observed: { runs: [failed("Apply", 0, "PolicyDenied", { inputs: "sha256:others" })] },
    next: starts("Apply", "SpecChange", { attempt: 2 }),
    conditions: ["Unknown Planning", "Reconciling True"],
  },
  {
    situation: "a person's request is another chance",
    blueprint: aBlueprint({}, { annotations: { [reconcileAtAnnotation]: "now" } }),
    observed: { runs: [failed("Apply", 0, "PolicyDenied")] },
    next: starts("Apply", "Manual", { requestedAt: "now" }),
    conditions: ["Unknown Planning", "Reconciling True"],
  },
  {
    situation: "a request that a run answers is not answered twice",
    blueprint: aBlueprint({}, { annotations: { [reconcileAtAnnotation]: "now" } }),
    observed: {
      runs: [
        applied,
        {
          ...succeeded("Refresh", 20),
          metadata: { ...applied.metadata, annotations: { [reconcileAtAnnotation]: "now" } },
        },
      ],
      stack: built,
    },
    now: 30,
    next: { kind: "settled" },
    conditions: ["True Succeeded", "Drifted False"],
  },
  {
    situation: "a request to a settled one looks for drift at once",
    blueprint: aBlueprint({}, { annotations: { [reconcileAtAnnotation]: "now" } }),
    observed: { runs: [applied], stack: built },
    now: 20,
    next: starts("Refresh", "Manual", { requestedAt: "now" }),
    conditions: ["Unknown Pending", "Drifted False", "Reconciling True"],
  },
  {
    situation: "a stale plan is replaced at once",
    observed: {
      runs: [
        aRun("Apply", { phase: "Stale", completionTime: at(0), error: { reason: "PlanStale", message: "moved" } }),
      ],
    },
    next: starts("Apply", "SpecChange", { attempt: 2 }),
    conditions: ["Unknown Planning", "Reconciling True"],
  },
  {
    situation: "a change that failed for good goes back to the last good spec where that is wanted",
    blueprint: aBlueprint({ rollback: { automatic: true, window: "10m" } }),
    observed: {
      runs: [
        succeeded("Apply", 10, {}, { inputs: "sha256:good" }),
        aRun(
          "Apply",
          {
            phase: "Failed",
            completionTime: at(20),
            plan: { id: digest },
            error: { reason: "InvalidProperty", message: "no" },
          },
          { attempt: 2 },
        ),
      ],
      stack: built,
    },
    now: 30,
    next: starts("Rollback", "Rollback", { rollbackTo: "shop-apply" }),
    conditions: ["Unknown RollingBack", "Drifted False", "Reconciling True"],
  },
  {
    situation: "a spec that names another account first gives the old one up",
    observed: {
      runs: [
        succeeded("Apply", 10, {}, { inputs: "sha256:before" }),
        failed("Apply", 20, "AccountMoves", { attempt: 2 }),
      ],
      stack: built,
    },
    now: 30,
    next: starts("Destroy", "SpecChange"),
    conditions: ["Unknown Destroying", "Drifted False", "Reconciling True"],
  },
  {
    situation: "a spec that names another account destroys nothing that is to be retained",
    blueprint: aBlueprint({ deletionPolicy: "Retain" }),
    observed: {
      runs: [
        succeeded("Apply", 10, {}, { inputs: "sha256:before" }),
        failed("Apply", 20, "AccountMoves", { attempt: 2 }),
      ],
      stack: built,
    },
    now: 30,
    next: { kind: "stalled", finding: { reason: "AccountMoves", message: "AccountMoves!" } },
    conditions: ["False AccountMoves", "Drifted False", "Stalled True"],
  },
  {
    situation: "once the old account is empty all is built in the new one",
    observed: {
      runs: [
        succeeded("Apply", 10, {}, { inputs: "sha256:before" }),
        failed("Apply", 20, "AccountMoves", { attempt: 2 }),
        succeeded("Destroy", 30),
      ],
      stack: { kind: "present", resources: 0, pendingOperations: 0, identity: "aws:1" },
    },
    now: 40,
    next: starts("Apply", "SpecChange"),
    conditions: ["Unknown Planning", "Drifted False", "Reconciling True"],
  },
  {
    situation: "a move given up in the middle builds again what it destroyed",
    observed: {
      runs: [
        succeeded("Apply", 10),
        aRun("Destroy", {
          phase: "Failed",
          completionTime: at(30),
          plan: { id: digest },
          error: { reason: "WorkerDied", message: "gone" },
        }),
      ],
      stack: built,
    },
    now: 100,
    next: starts("Apply", "SpecChange"),
    conditions: ["Unknown Planning", "Drifted False", "Reconciling True"],
  },
  {
    situation: "once back it stays there and says why",
    blueprint: aBlueprint({ rollback: { automatic: true, window: "10m" } }),
    observed: {
      runs: [
        succeeded("Apply", 10, {}, { inputs: "sha256:good" }),
        aRun(
          "Apply",
          {
            phase: "Failed",
            completionTime: at(20),
            plan: { id: digest },
            error: { reason: "InvalidProperty", message: "no" },
          },
          { attempt: 2 },
        ),
        succeeded("Rollback", 30),
      ],
      stack: built,
    },
    now: 40,
    next: {
      kind: "stalled",
      finding: { reason: "InvalidProperty", message: "rolled back to the last good spec, because: no" },
    },
    conditions: ["False InvalidProperty", "Drifted False", "Stalled True"],
  },
  {
    situation: "a paused one is left alone, and what was said stays said",
    blueprint: { ...aBlueprint({ paused: true }), status: { conditions: [condition("Ready", "True", "Succeeded")] } },
    observed: { runs: [applied], stack: built },
    next: { kind: "paused" },
    conditions: ["True Succeeded", "Paused True"],
  },
  {
    situation: "the annotation pauses too, and deletion waits",
    blueprint: aBlueprint({}, { ...deleting, annotations: { [pausedAnnotation]: "true" } }),
    observed: { runs: [applied], stack: built },
    next: { kind: "paused" },
    conditions: ["Unknown Pending", "Paused True", "Reconciling True"],
  },
  {
    situation: "a deleted one with nothing made may go",
    blueprint: aBlueprint({}, deleting),
    next: { kind: "release", outcome: "nothing" },
    conditions: ["Unknown Deleting", "Reconciling True"],
  },
  {
    situation: "a deleted one is destroyed first, whatever its inputs are",
    blueprint: aBlueprint({}, deleting),
    observed: { runs: [applied], stack: built, inputs: { kind: "missing", finding } },
    next: starts("Destroy", "Deletion", { home: "own" }),
    conditions: ["Unknown Destroying", "Reconciling True"],
  },
  {
    situation: "in a namespace that goes away the record is kept by the operator",
    blueprint: aBlueprint({}, deleting),
    observed: { runs: [], stack: built, namespaceTerminating: true },
    next: starts("Destroy", "Deletion", { home: "operator" }),
    conditions: ["Unknown Destroying", "Reconciling True"],
  },
  {
    situation: "an operation that was cut off keeps the finalizer, even without a known resource",
    blueprint: aBlueprint({}, deleting),
    observed: { stack: { kind: "present", resources: 0, pendingOperations: 1 } },
    next: starts("Destroy", "Deletion"),
    conditions: ["Unknown Destroying", "Reconciling True"],
  },
  {
    situation: "after the destroy it may go",
    blueprint: aBlueprint({}, deleting),
    observed: {
      runs: [applied, succeeded("Destroy", 50)],
      stack: { kind: "present", resources: 0, pendingOperations: 0 },
    },
    next: { kind: "release", outcome: "destroyed" },
    conditions: ["Unknown Deleting", "Reconciling True"],
  },
  {
    situation: "a destroy that said it succeeded while resources are left is not believed",
    blueprint: aBlueprint({}, deleting),
    observed: { runs: [succeeded("Destroy", 50)], stack: built },
    next: starts("Destroy", "Deletion", { attempt: 2 }),
    conditions: ["Unknown Destroying", "Reconciling True"],
  },
  {
    situation: "Retain lets it go with its resources left",
    blueprint: aBlueprint({ deletionPolicy: "Retain" }, deleting),
    observed: { runs: [applied], stack: built },
    next: { kind: "release", outcome: "retained" },
    conditions: ["Unknown Retained", "Reconciling True"],
  },
  {
    situation: "observeOnly neither destroys nor forgets",
    blueprint: aBlueprint({ observeOnly: true }, deleting),
    observed: { runs: [applied], stack: built },
    next: { kind: "stalled", finding: expect.objectContaining({ reason: "DeletionBlocked" }) },
    conditions: ["False DeletionBlocked", "Stalled True"],
  },
  {
    situation: "others that use its outputs are destroyed first",
    blueprint: aBlueprint({}, deleting),
    observed: { runs: [applied], stack: built, dependents: ["web/front"] },
    next: { kind: "wait", because: "others", finding: expect.objectContaining({ reason: "HasDependents" }) },
    conditions: ["Unknown HasDependents", "Reconciling True"],
  },
  {
    situation: "a failed destroy keeps the finalizer and says why",
    blueprint: aBlueprint({}, deleting),
    observed: { runs: [failed("Destroy", 0, "Protected")], stack: built },
    now: hour,
    next: { kind: "stalled", finding: { reason: "Protected", message: "Protected!" } },
    conditions: ["False Protected", "Stalled True"],
  },
  {
    situation: "a state that can't be read keeps the finalizer",
    blueprint: aBlueprint({}, deleting),
    observed: { stack: { kind: "unreadable", finding: { reason: "StateCorrupt", message: "restore it" } } },
    next: { kind: "stalled" },
    conditions: ["False StateCorrupt", "Stalled True"],
  },
  {
    situation: "when its time to live is over it is deleted like any other",
    blueprint: aBlueprint({ ttl: "72h" }),
    observed: { runs: [applied], stack: built },
    now: 72 * hour,
    next: { kind: "expire" },
    conditions: ["Unknown Expired", "Drifted False", "Reconciling True"],
  },
  {
    situation: "one that only observes is planned once",
    blueprint: aBlueprint({ observeOnly: true }),
    next: starts("Plan", "SpecChange"),
    conditions: ["Unknown Planning", "Reconciling True"],
  },
  {
    situation: "one that only observes is settled once planned",
    blueprint: aBlueprint({ observeOnly: true }),
    observed: { runs: [succeeded("Plan", 10)] },
    now: 20,
    next: { kind: "settled", as: { kind: "observed" } },
    conditions: ["True Observed"],
  },
];

describe("decide", () => {
  test.each(rows)("$situation", ({ blueprint = aBlueprint(), observed: seen, now = 0, next: expected, conditions }) => {
    const observed = observing(seen);
    const next = decide(blueprint, observed, noon + now * 1000);
    expect(next).toMatchObject(expected);
    const status = statusOf(blueprint, observed, next, noon + now * 1000);
    const [ready, ...others] = conditions;
    const said = status.conditions ?? [];
    expect(said.filter(({ type }) => type === "Ready").map(({ status: is, reason }) => `${is} ${reason}`)).toEqual([
      ready,
    ]);
    expect(said.filter(({ type }) => type !== "Ready").map(({ type, status: is }) => `${type} ${is}`)).toEqual(others);
    expect(checkStatus({ ...blueprint, status })).toEqual([]);
    expect(status.observedGeneration).toBe(1);
  });

  const operations: readonly Operation[] = ["Plan", "Apply", "Refresh", "Destroy"];
  const anyRun = fc
    .record({
      operation: fc.constantFrom(...operations),
      phase: fc.constantFrom("Pending", "Running", "AwaitingApproval", "Succeeded", "Failed", "Cancelled", "Stale"),
      reason: fc.constantFrom(
        "Throttled",
        "PolicyDenied",
        "ApprovalRejected",
        "PlanStale",
        "AccessDenied",
        "AccountMoves",
      ),
      cause: fc.constantFrom<Cause>("SpecChange", "Drift", "Manual", "Deletion"),
      seconds: fc.nat(7200),
      inputs: fc.constantFrom(digest, "sha256:others"),
      driftedResources: fc.nat(2),
    })
    .map(({ operation, phase, reason, cause, seconds, inputs, driftedResources }): BlueprintRun => {
      const ended = ["Succeeded", "Failed", "Cancelled", "Stale"].includes(phase);
      const error = ended && phase !== "Succeeded" ? { error: { reason, message: "no" } } : {};
      const time = ended ? { completionTime: at(seconds) } : {};
      const drift = operation === "Refresh" ? { drift: { checkedResources: 3, driftedResources } } : {};
      return aRun(operation, { phase, ...error, ...time, ...drift }, { cause, inputs });
    });
  const anyWorld = fc.record({
    blueprint: fc
      .record({
        paused: fc.boolean(),
        observeOnly: fc.boolean(),
        deletionPolicy: fc.constantFrom("Destroy", "Retain"),
        mode: fc.constantFrom("Ignore", "Report", "Propose", "Heal"),
        deleted: fc.boolean(),
        claimed: fc.boolean(),
        asked: fc.boolean(),
        ttl: fc.option(fc.constant("1h"), { nil: undefined }),
      })
      .map(({ paused, observeOnly, deletionPolicy, mode, deleted, claimed, asked, ttl }) =>
        aBlueprint(
          {
            paused,
            observeOnly,
            deletionPolicy,
            drift: { mode, interval: "1h" },
            ...(ttl === undefined ? {} : { ttl }),
          },
          {
            ...(deleted ? deleting : {}),
            ...(claimed ? {} : { finalizers: [] }),
            ...(asked ? { annotations: { [reconcileAtAnnotation]: "now" } } : {}),
          },
        ),
      ),
    observed: fc.record({
      runs: fc.array(anyRun, { maxLength: 6 }),
      stack: fc.constantFrom<Observed["stack"]>(
        { kind: "absent" },
        built,
        { kind: "present", resources: 0, pendingOperations: 1 },
        { kind: "present", resources: 0, pendingOperations: 0 },
        { kind: "unreadable", finding: { reason: "StateCorrupt", message: "no" } },
      ),
      inputs: fc.constantFrom<Observed["inputs"]>(
        { kind: "resolved", digest, values: {}, credentials: {} },
        { kind: "missing", finding },
      ),
      namespaceTerminating: fc.boolean(),
    }),
    now: fc.nat(100 * hour),
  });
  const each = (check: (blueprint: Blueprint, observed: Observed, next: Next, now: number) => boolean | void) =>
    fc.assert(
      fc.property(anyWorld, ({ blueprint, observed: seen, now }) => {
        const observed = observing(seen);
        return check(blueprint, observed, decide(blueprint, observed, noon + now * 1000), noon + now * 1000);
      }),
      { numRuns: 3000 },
    );

  test("starts nothing while paused, and lets nothing go", () => {
    each((blueprint, _observed, next) => !blueprint.spec.paused || next.kind === "paused");
  });

  test("never starts a second run while one is open", () => {
    each((_blueprint, observed, next) => {
      const open = observed.runs.some(({ status }) =>
        ["Pending", "Running", "AwaitingApproval"].includes(status?.phase ?? "Pending"),
      );
      return !open || next.kind !== "startRun";
    });
  });

  test("changes nothing while it only observes", () => {
    each((blueprint, _observed, next) => {
      if (!blueprint.spec.observeOnly || next.kind !== "startRun") return true;
      return next.request.operation === "Plan" || next.request.operation === "Refresh";
    });
  });

  test("destroys only what was deleted, or what a move leaves behind", () => {
    each((blueprint, { runs }, next) => {
      if (next.kind !== "startRun" || next.request.operation !== "Destroy") return true;
      const moves = runs.some(({ status }) => status?.error?.reason === "AccountMoves");
      return blueprint.metadata.deletionTimestamp !== undefined || (moves && next.request.cause === "SpecChange");
    });
  });

  test("lets go only when nothing can be left, or Retain was asked for", () => {
    each((blueprint, { stack }, next) => {
      if (next.kind !== "release") return true;
      const empty =
        stack.kind === "absent" || (stack.kind === "present" && stack.resources + stack.pendingOperations === 0);
      return empty || (blueprint.spec.deletionPolicy === "Retain" && stack.kind === "present");
    });
  });

  test("never waits less than a moment, so that no situation is a hot loop", () => {
    each((_blueprint, _observed, next) => !("wakeAfterMs" in next) || next.wakeAfterMs > 0);
  });

  test("always has a status that keeps its invariants", () => {
    each((blueprint, observed, next, now) => {
      const status = statusOf(blueprint, observed, next, now);
      expect(checkStatus({ ...blueprint, status })).toEqual([]);
    });
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Condition } from "./object.ts";
import { type Reason, reasons } from "./reasons.ts";
import { conditionOf, dropCondition, setCondition, type Standing, stand } from "./status.ts";
import { checkStatus } from "./status-check.ts";

const then = Date.parse("2026-01-01T00:00:00Z");
const now = Date.parse("2026-01-02T03:04:05.678Z");

function object(conditions: readonly Condition[], rest: Readonly<Record<string, unknown>> = {}, kind = "Blueprint") {
  return {
    apiVersion: "iacdharma.com/v1alpha1",
    kind,
    metadata: { name: "a", generation: 3 },
    status: { observedGeneration: 3, conditions, ...rest },
  };
}

const anyReason = fc.constantFrom(
  ...Object.keys(reasons).filter(
    (code): code is Reason => !["NotImplemented", "AwaitingApproval", "Drifted", "NoData"].includes(code),
  ),
);
const anyStanding: fc.Arbitrary<Standing> = fc.oneof(
  fc.record({
    kind: fc.constantFrom("ready" as const, "working" as const, "stalled" as const),
    reason: anyReason,
    message: fc.constant("why"),
  }),
  fc.record({
    kind: fc.constantFrom("awaitingApproval" as const, "drifted" as const, "paused" as const),
    message: fc.constant("why"),
  }),
);

describe("setCondition", () => {
  const ready = {
    type: "Ready",
    status: "True",
    reason: "Succeeded",
    message: "all is well",
    lastTransitionTime: "2026-01-01T00:00:00Z",
  } as const;

  it("keeps lastTransitionTime while the status stays, and takes the new reason and message", () => {
    const next = setCondition([ready], { type: "Ready", status: "True", reason: "Applied", message: "again" }, now);
    expect(next).toEqual([{ ...ready, reason: "Applied", message: "again" }]);
  });

  it("moves lastTransitionTime, in whole seconds, when the status changes", () => {
    const next = setCondition([ready], { type: "Ready", status: "False", reason: "Drifted", message: "x" }, now);
    expect(conditionOf(next, "Ready")?.lastTransitionTime).toBe("2026-01-02T03:04:05Z");
  });

  it("leaves the others and the list it was given alone", () => {
    const other: Condition = { ...ready, type: "Paused" };
    const list: readonly Condition[] = Object.freeze([other, ready]);
    expect(setCondition(list, { type: "Ready", status: "False", reason: "Drifted", message: "x" }, now)[0]).toBe(other);
    expect(dropCondition(list, "Paused")).toEqual([ready]);
  });
});

describe("stand", () => {
  it("keeps every invariant whatever follows whatever", () => {
    fc.assert(
      fc.property(fc.array(anyStanding, { minLength: 1, maxLength: 6 }), (standings) => {
        const conditions = standings.reduce<readonly Condition[]>(
          (list, standing, index) => stand(list, standing, { generation: 3, now: then + index * 1000 }),
          [],
        );
        expect(checkStatus(object(conditions))).toEqual([]);
      }),
    );
  });

  it("says Ready as before while paused", () => {
    const ready = stand(
      [],
      { kind: "ready", reason: "Succeeded", message: "all is well" },
      { generation: 3, now: then },
    );
    const paused = stand(ready, { kind: "paused", message: "paused by spec" }, { generation: 3, now });
    expect(conditionOf(paused, "Ready")).toMatchObject({
      status: "True",
      reason: "Succeeded",
      lastTransitionTime: "2026-01-01T00:00:00Z",
    });
    expect(conditionOf(paused, "Paused")?.status).toBe("True");
  });

  it("asks for approval as Ready Unknown, Reconciling and Approved False", () => {
    const asked = stand([], { kind: "awaitingApproval", message: "approve it" }, { generation: 3, now });
    expect(asked.map(({ type, status, reason }) => `${type} ${status} ${reason}`)).toEqual([
      "Approved False AwaitingApproval",
      "Ready Unknown AwaitingApproval",
      "Reconciling True AwaitingApproval",
    ]);
  });
});

describe("checkStatus", () => {
  const condition = (type: string, status: Condition["status"], reason = "Succeeded"): Condition => ({
    type,
    status,
    reason,
    message: "why",
    lastTransitionTime: "2026-01-01T00:00:00Z",
  });

  it("finds a status that was never written", () => {
    expect(checkStatus({ apiVersion: "v1", kind: "Blueprint", metadata: { name: "a" } })).toEqual([
      "Blueprint a: status was never written",
    ]);
  });

  it("takes Ready True with nothing else", () => {
    expect(checkStatus(object([condition("Ready", "True")]))).toEqual([]);
  });

  const breaches: readonly (readonly [string, readonly Condition[], Readonly<Record<string, unknown>>?, string?])[] = [
    ["Ready is always there", []],
    ["each condition type is there once", [condition("Ready", "True"), condition("Ready", "True")]],
    ["every reason is on the documented list", [condition("Ready", "True", "BecauseISaySo")]],
    [
      "every condition that is not well says what happened",
      [{ ...condition("Ready", "False", "Drifted"), message: "" }, condition("Drifted", "True", "Drifted")],
    ],
    ["every lastTransitionTime is a time", [{ ...condition("Ready", "True"), lastTransitionTime: "yesterday" }]],
    ["no condition is ahead of metadata.generation", [{ ...condition("Ready", "True"), observedGeneration: 4 }]],
    ["Reconciling and Stalled are there only while True", [condition("Ready", "True"), condition("Stalled", "False")]],
    [
      "Reconciling and Stalled are never both there",
      [condition("Ready", "Unknown"), condition("Reconciling", "True"), condition("Stalled", "True")],
    ],
    ["while Reconciling, Ready is Unknown", [condition("Ready", "True"), condition("Reconciling", "True")]],
    ["while Stalled, Ready is False", [condition("Ready", "True"), condition("Stalled", "True")]],
    ["Ready is Unknown only while Reconciling or Paused", [condition("Ready", "Unknown")]],
    ["Ready is False only while Stalled, Drifted or Paused", [condition("Ready", "False", "QuotaExceeded")]],
    [
      "NotImplemented is Ready False and Stalled",
      [condition("Ready", "Unknown", "NotImplemented"), condition("Reconciling", "True")],
    ],
    [
      "AwaitingApproval is Ready Unknown, Reconciling and Approved False",
      [condition("Ready", "Unknown", "AwaitingApproval"), condition("Reconciling", "True")],
    ],
    [
      "Ready with reason Drifted is False, with Drifted True",
      [condition("Ready", "False", "Drifted"), condition("Stalled", "True")],
    ],
    ["while Drifted, Ready is not True", [condition("Ready", "True"), condition("Drifted", "True")]],
    [
      "without data nothing is True: reason NoData means Unknown",
      [condition("Ready", "True"), condition("Compliant", "True", "NoData")],
    ],
    ["the phase agrees with Ready", [condition("Ready", "True")], { phase: "Applying" }],
    [
      "the class of health is the class of its score",
      [condition("Ready", "True")],
      { health: { score: 79, class: "Healthy" } },
    ],
    ["the class of health is the class of its score", [condition("Ready", "True")], { health: { class: "Healthy" } }],
    [
      "observedGeneration is written and never ahead of metadata.generation",
      [condition("Ready", "True")],
      { observedGeneration: 4 },
    ],
    [
      "observedGeneration is written and never ahead of metadata.generation",
      [condition("Ready", "True")],
      { observedGeneration: undefined },
    ],
    ["an EdgeCluster says whether it is Accepted and Connected", [condition("Ready", "True")], {}, "EdgeCluster"],
  ];
  it.each(breaches.map(([says, conditions, rest, kind]) => ({ says, conditions, rest, kind })))(
    "finds a status that breaks: $says",
    ({ says, conditions, rest, kind }) => {
      expect(checkStatus(object(conditions, rest, kind)).some((problem) => problem.includes(says))).toBe(true);
    },
  );
});

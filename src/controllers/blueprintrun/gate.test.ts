// Who has to agree to which plan.
import { describe, expect, test } from "vitest";
import { type GateInput, gateOf } from "./gate.ts";

const none = { creates: 0, updates: 0, replaces: 0, deletes: 0, same: 3 };
const decision = {
  point: "Plan",
  allow: true,
  requireApproval: false,
  deny: [],
  warn: [],
  bundle: "b",
  input: "i",
} as const;
const finding = {
  rule: "r.public",
  message: "no public buckets",
  resource: "assets",
  controls: [],
  severity: "High",
} as const;

function input(
  more: Partial<GateInput> = {},
  counts: Partial<typeof none> = { creates: 1 },
  level: "Low" | "Medium" | "High" = "Low",
): GateInput {
  return {
    operation: "Apply",
    cause: "SpecChange",
    approval: "OnRisk",
    driftMode: "Heal",
    summary: {
      id: "p",
      stateDigest: "s",
      steps: [],
      counts: { ...none, ...counts },
      risk: { blastRadius: 1, irreversible: 0, score: 1, level, reasons: ["loses data"] },
    },
    cost: undefined,
    decision,
    stateful: [],
    moves: false,
    ...more,
  };
}

const costUnknown = { unknownResources: ["api"] } as unknown as GateInput["cost"];

describe("gateOf", () => {
  test.each<[string, GateInput, "open" | "askApproval" | "denied"]>([
    ["OnRisk lets a small plan pass", input(), "open"],
    ["OnRisk asks from medium risk on", input({}, { updates: 1 }, "Medium"), "askApproval"],
    ["OnRisk asks when a cost can't be known", input({ cost: costUnknown }), "askApproval"],
    [
      "what a destroy costs nobody asks",
      input({ operation: "Destroy", cause: "Deletion", cost: costUnknown }, { deletes: 1 }),
      "open",
    ],
    [
      "a destroy on the way to another account asks, whatever was said of approvals",
      input({ operation: "Destroy", cause: "SpecChange", approval: "Never" }, { deletes: 1 }),
      "askApproval",
    ],
    ["Never asks nobody, whatever the risk", input({ approval: "Never" }, { deletes: 3 }, "High"), "open"],
    ["Always asks for the smallest plan", input({ approval: "Always" }, { updates: 1 }), "askApproval"],
    ["Always asks nobody when nothing changes", input({ approval: "Always" }, {}), "open"],
    ["OnDestroy lets creates pass", input({ approval: "OnDestroy" }, { creates: 9 }, "High"), "open"],
    ["OnDestroy asks for a replacement", input({ approval: "OnDestroy" }, { replaces: 1 }), "askApproval"],
    [
      "OnDestroy asks for a destroy",
      input({ approval: "OnDestroy", operation: "Destroy" }, { deletes: 1 }),
      "askApproval",
    ],
    [
      "a policy's wish for approval holds even under Never",
      input({ approval: "Never", decision: { ...decision, requireApproval: true, warn: [finding] } }),
      "askApproval",
    ],
    [
      "a denial holds whatever else is said",
      input({ approval: "Never", decision: { ...decision, allow: false, deny: [finding] } }),
      "denied",
    ],
    [
      "healing what keeps data asks even under Never",
      input({ approval: "Never", cause: "Drift", stateful: ["db"] }),
      "askApproval",
    ],
    ["healing anything else does not", input({ approval: "Never", cause: "Drift" }, { updates: 1 }), "open"],
    [
      "a proposal asks even under Never",
      input({ approval: "Never", cause: "Drift", driftMode: "Propose" }, { updates: 1 }),
      "askApproval",
    ],
    ["moving asks even under Never", input({ approval: "Never", moves: true }), "askApproval"],
  ])("%s", (_what, given, kind) => {
    expect(gateOf(given).kind).toBe(kind);
  });

  test("a denial names the rule, the resource and what is wrong", () => {
    const gate = gateOf(input({ decision: { ...decision, allow: false, deny: [finding] } }));
    expect(gate).toEqual({ kind: "denied", message: "r.public (assets): no public buckets" });
  });
});

// Whether a plan may go on and whether a person has to agree: pure, from the plan, its cost, its risk and the policies' word.
import type { ApprovalPolicy, Cause, Operation } from "../../api/index.ts";
import type { PlanCost } from "../../finance/index.ts";
import type { Decision } from "../../policy/index.ts";
import { nameOfUrn, type PlanSummary } from "../../provision/index.ts";

export interface GateInput {
  readonly operation: Operation;
  readonly cause: Cause;
  readonly approval: ApprovalPolicy;
  readonly driftMode: "Ignore" | "Report" | "Propose" | "Heal";
  readonly summary: PlanSummary;
  readonly cost: PlanCost | undefined;
  readonly decision: Decision;
  /** Types of the steps that create, replace or delete something that keeps data. */
  readonly stateful: readonly string[];
  /** The plan builds in another region or with another provider than the state has resources in. */
  readonly moves: boolean;
}

export type Gate =
  | { readonly kind: "denied"; readonly message: string }
  | { readonly kind: "askApproval"; readonly because: readonly string[] }
  | { readonly kind: "open" };

/** Policies first: what they deny no approval lifts. A plan without changes needs nobody. */
export function gateOf(input: GateInput): Gate {
  const { decision, summary } = input;
  if (!decision.allow) {
    const said = decision.deny
      .slice(0, 10)
      .map(({ rule, message, resource }) => `${rule}${resource === "" ? "" : ` (${nameOfUrn(resource)})`}: ${message}`);
    return { kind: "denied", message: said.length === 0 ? "a policy refuses the plan" : said.join("; ") };
  }
  const { creates, updates, replaces, deletes } = summary.counts;
  if (creates + updates + replaces + deletes === 0) return { kind: "open" };
  const because = reasonsToAsk(input);
  return because.length === 0 ? { kind: "open" } : { kind: "askApproval", because };
}

function reasonsToAsk(input: GateInput): readonly string[] {
  const { operation, cause, approval, driftMode, summary, cost, decision, stateful, moves } = input;
  const { replaces, deletes } = summary.counts;
  const asked: string[] = [];
  if (decision.requireApproval)
    asked.push(
      `a policy asks for it: ${decision.warn
        .map(({ message }) => message)
        .slice(0, 3)
        .join("; ")}`,
    );
  if (moves) asked.push("it moves to another provider or region");
  if (operation === "Destroy" && cause === "SpecChange")
    asked.push("it moves to another account: everything in the old one is destroyed, then built in the new one");
  if (cause === "Drift" && driftMode === "Propose") asked.push("drift.mode is Propose");
  if ((cause === "Drift" || operation === "Rollback") && stateful.length > 0) {
    asked.push(`it creates, replaces or deletes what keeps data: ${stateful.slice(0, 3).join(", ")}`);
  }
  switch (approval) {
    case "Never":
      break;
    case "Always":
      asked.push("approval is Always");
      break;
    case "OnDestroy":
      if (operation === "Destroy" || deletes + replaces > 0)
        asked.push(`it deletes ${deletes} and replaces ${replaces} resources`);
      break;
    case "OnRisk": {
      const { level, reasons } = summary.risk;
      if (level !== "Low")
        asked.push(`the risk is ${level}${reasons.length === 0 ? "" : `: ${reasons.slice(0, 3).join("; ")}`}`);
      const unknown = cost?.unknownResources ?? [];
      if (operation !== "Destroy" && unknown.length > 0)
        asked.push(`the cost of ${unknown.slice(0, 3).join(", ")} can't be known`);
    }
  }
  return asked;
}

// A plan as people approve it: its id, steps, counts and risk.
import type { ChangeCounts, PlanStep } from "./step.ts";

/** Risk level; Medium or above asks for approval under OnRisk. docs/risk.md has the table. */
export type RiskLevel = "Low" | "Medium" | "High" | "Critical";

/** How bad it is if this plan is wrong. */
export interface PlanRisk {
  /** Resources whose existence or behaviour changes. */
  readonly blastRadius: number;
  /** Changes nothing can take back (stateful or protected resources deleted or replaced). */
  readonly irreversible: number;
  /** 0 to 100. */
  readonly score: number;
  readonly level: RiskLevel;
  /** One line each, most severe first, at most 10. */
  readonly reasons: readonly string[];
}

/** A plan ready to be stored on a BlueprintRun. */
export interface PlanSummary {
  /** `sha256:` and 64 hex digits; see planId. */
  readonly id: string;
  readonly stateDigest: string;
  readonly steps: readonly PlanStep[];
  readonly counts: ChangeCounts;
  readonly risk: PlanRisk;
}

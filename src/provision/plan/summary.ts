// A plan as people approve it: its id, steps, counts and risk.
import { TRANSLATOR_VERSION } from "../graph/context.ts";
import type { ResourceGraph } from "../graph/graph.ts";
import type { ResolvedInputs } from "../graph/spec.ts";
import { countSteps } from "./events.ts";
import { planId } from "./plan-id.ts";
import { assessRisk } from "./risk.ts";
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

/** What a summary is made from. */
export interface PlanToSummarize {
  /** UID of the Blueprint. */
  readonly uid: string;
  /** The Blueprint's spec as it is stored; control fields do not matter. */
  readonly spec: object;
  readonly inputs: ResolvedInputs;
  /** Key for secret inputs, the same on every replica and for as long as plans live. */
  readonly inputKey: Uint8Array;
  /** Absent for plans to destroy, which need no source. */
  readonly graph?: ResourceGraph | undefined;
  /** What the engine planned, with the digest of the state it planned from. */
  readonly planned: { readonly steps: readonly PlanStep[]; readonly stateDigest: string };
}

/** The summary of a plan. Unchanged resources are counted and part of the id, but not among its steps. */
export function summarizePlan(plan: PlanToSummarize): PlanSummary {
  const { uid, spec, inputs, inputKey, graph } = plan;
  const { steps, stateDigest } = plan.planned;
  const id = planId({
    uid,
    spec,
    inputs,
    inputKey,
    steps,
    stateDigest,
    packages: graph?.packages ?? [],
    translatorVersion: graph?.translatorVersion ?? TRANSLATOR_VERSION,
  });
  return {
    id,
    stateDigest,
    steps: steps.filter(({ op }) => op !== "same"),
    counts: countSteps(steps),
    risk: assessRisk(steps, graph),
  };
}

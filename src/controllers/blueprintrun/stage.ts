// Where a run is on its way, read from its record alone, and what the worker of a stage came to.
import type { BlueprintRun } from "../../api/index.ts";
import type { ChangeCounts, DriftReport, OperationFailure, PlanStep, SavedPlan } from "../../provision/index.ts";

/** Work for the worker pool: a read-only preview, the change itself, or a drift check. */
export type Stage = "plan" | "apply" | "check";

/**
 * - `new`: asked for, nothing done.
 * - `working`: a worker is meant to be at the stage.
 * - `gated`: planned and judged; waits for what `phase` says (AwaitingApproval: a person; Pending: window or pause).
 * - `ended`: never changes again.
 */
export type Position =
  | { readonly kind: "new" }
  | { readonly kind: "working"; readonly stage: Stage }
  | { readonly kind: "gated"; readonly needsApproval: boolean }
  | { readonly kind: "ended" };

/** The record's position. The plan's presence tells the stages apart: it is written between them. */
export function positionOf(run: BlueprintRun): Position {
  const planned = run.status?.plan !== undefined;
  switch (run.status?.phase) {
    case undefined:
    case "Pending":
      return planned ? { kind: "gated", needsApproval: false } : { kind: "new" };
    case "AwaitingApproval":
      return { kind: "gated", needsApproval: true };
    case "Running":
      if (run.spec.operation === "Refresh") return { kind: "working", stage: "check" };
      return { kind: "working", stage: planned ? "apply" : "plan" };
    case "Succeeded":
    case "Failed":
    case "Cancelled":
    case "Stale":
      return { kind: "ended" };
  }
}

/** What a stage came to, kept sealed with the stack until the run has ended. */
export type StageResult =
  | {
      readonly kind: "planned";
      readonly steps: readonly PlanStep[];
      readonly counts: ChangeCounts;
      readonly stateDigest: string;
      readonly saved?: SavedPlan;
      readonly identity?: string;
    }
  | { readonly kind: "changed"; readonly counts: ChangeCounts }
  | { readonly kind: "checked"; readonly report: DriftReport }
  /** Found just before applying: what the plan was made from has moved on. */
  | { readonly kind: "stale"; readonly message: string }
  | { readonly kind: "failed"; readonly failure: StageFailure };

/** A failure of the engine, or one found before the engine was asked. */
export type StageFailure = Pick<OperationFailure, "message" | "resource" | "partial"> & { readonly reason: string };

/** Name of the artifact that keeps a stage's result. */
export function resultName(run: BlueprintRun, stage: Stage): string {
  return `run.${run.metadata.uid ?? ""}.${stage}`;
}

/** Name of the artifact that keeps the input of the plan's decision. */
export function decisionName(run: BlueprintRun): string {
  return `run.${run.metadata.uid ?? ""}.decision`;
}

/** Whether an artifact keeps the input of some run's decision. */
export function isDecisionName(name: string): boolean {
  return name.startsWith("run.") && name.endsWith(".decision");
}

/** Name of the artifact that keeps the steps past those in status. */
export function stepsName(run: BlueprintRun): string {
  return `run.${run.metadata.uid ?? ""}.steps`;
}

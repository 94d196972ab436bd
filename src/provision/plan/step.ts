// One planned or carried out change of one cloud resource.

/** What happens to the resource. A replacement is one step, whatever the engine makes of it. */
export type StepOp = "create" | "update" | "replace" | "delete" | "read" | "import" | "refresh" | "same" | "discard";

/** One resource's change, as BlueprintRun.status.plan.steps records it. Holds property names, never values. */
export interface PlanStep {
  readonly op: StepOp;
  readonly urn: string;
  /** Pulumi type token. */
  readonly type: string;
  /** Logical name in the graph. */
  readonly name: string;
  /** Property paths that change. */
  readonly changed: readonly string[];
  /** Property paths that force the replacement. */
  readonly replaceReasons: readonly string[];
  /** Protected before or after the change. */
  readonly protect: boolean;
  /** Left in the cloud instead of deleted. */
  readonly retain: boolean;
}

/** True for a step that changes something; the others only look (`same`, `read`, `refresh`). */
export function isChange({ op }: { readonly op: string }): boolean {
  return op !== "same" && op !== "read" && op !== "refresh";
}

/** How many resources each kind of change touches; `same` are unchanged. */
export interface ChangeCounts {
  readonly creates: number;
  readonly updates: number;
  readonly replaces: number;
  readonly deletes: number;
  readonly same: number;
}

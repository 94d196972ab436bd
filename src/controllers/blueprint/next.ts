// What may come next for a Blueprint: every branch of its life, one member of a union.
import type { BlueprintRun, Cause, Operation } from "../../api/index.ts";
import type { Finding } from "./observed.ts";

/** A run to be made by this pass; the BlueprintRun controller carries it out. */
export interface RunRequest {
  readonly operation: Operation;
  readonly cause: Cause;
  readonly attempt: number;
  readonly digest: string;
  /** Rollback only: the run whose spec is applied again. */
  readonly rollbackTo?: string;
  /** Why, for people. */
  readonly note?: string;
  /** Where the record lives: beside the Blueprint, or with the operator when that namespace is going away. */
  readonly home: "own" | "operator";
  /** The value of the reconcile-at annotation this run answers. */
  readonly requestedAt?: string;
}

export type Next =
  /** Put the finalizer on before anything is made that it must protect. */
  | { readonly kind: "claim" }
  /** Nothing may be changed, nothing is judged. */
  | { readonly kind: "paused" }
  /** A run is open and works without a person. */
  | { readonly kind: "follow"; readonly run: BlueprintRun }
  | { readonly kind: "askApproval"; readonly run: BlueprintRun }
  | { readonly kind: "startRun"; readonly request: RunRequest }
  /** Gets better by itself: a dependency, a backoff, a window. */
  | {
      readonly kind: "wait";
      readonly because: "failure" | "others";
      readonly finding: Finding;
      readonly wakeAfterMs: number;
    }
  /** Does not get better by itself. */
  | { readonly kind: "stalled"; readonly finding: Finding; readonly wakeAfterMs: number }
  /** Its time to live is over: the Blueprint is deleted, and meets the gates of any deletion. */
  | { readonly kind: "expire" }
  /** Nothing is left (or all is to be left): the finalizer may go. */
  | { readonly kind: "release"; readonly outcome: "nothing" | "destroyed" | "retained" }
  /** As it should be, or as far as the spec lets the operator go. */
  | { readonly kind: "settled"; readonly as: Settled; readonly wakeAfterMs: number };

export type Settled =
  | { readonly kind: "ready" }
  /** Drift was found and the spec says only to report it, or a person refused to heal it. */
  | { readonly kind: "drifted"; readonly drifted: number }
  /** What is there could not be judged; what was known before stays. */
  | { readonly kind: "unjudged"; readonly finding: Finding }
  | { readonly kind: "observed" };

/** Milliseconds until the next pass is due; undefined: when something changes. */
export function wakeAfter(next: Next): number | undefined {
  if (next.kind !== "wait" && next.kind !== "stalled" && next.kind !== "settled") return undefined;
  return Number.isFinite(next.wakeAfterMs) ? Math.max(1, next.wakeAfterMs) : undefined;
}

// What one pass over a Blueprint has read: data only, so that the decision can be tested without a server.
import type { Blueprint, BlueprintRun, Reason } from "../../api/index.ts";
import type { ResolvedInputs } from "../../provision/index.ts";
import { isPaused as isAnnotatedPaused } from "../../runtime/index.ts";

/** Why something cannot go on, as a person is told it. */
export interface Finding {
  readonly reason: Reason;
  /** What is wrong and what to do next. Never holds a secret. */
  readonly message: string;
}

/** What the state service knows of the Blueprint's stack. */
export type StackState =
  | { readonly kind: "absent" }
  | {
      readonly kind: "present";
      /** Resources the stack holds; providers and the stack itself are not counted. */
      readonly resources: number;
      /** Operations that were cut off and not yet looked up in the cloud. */
      readonly pendingOperations: number;
      /** The cloud identity the state was made under; absent before the first apply. */
      readonly identity?: string;
    }
  /** Nobody looked: nothing is decided by it. */
  | { readonly kind: "notRead" }
  /** The store could not be read or the state is damaged: nothing may be concluded from it. */
  | { readonly kind: "unreadable"; readonly finding: Finding };

/** The values behind the Blueprint's inputs and credentials. */
export type Inputs =
  | {
      readonly kind: "resolved";
      /** SHA-256 over UID, spec without control fields, inputs (secrets by keyed HMAC): equal when nothing would change. */
      readonly digest: string;
      readonly values: ResolvedInputs;
      /** The environment that providers see. */
      readonly credentials: Readonly<Record<string, string>>;
    }
  /** Something referenced is not there and nobody is known to be making it. */
  | { readonly kind: "missing"; readonly finding: Finding }
  /** Something referenced is being made by another controller. */
  | { readonly kind: "waiting"; readonly finding: Finding }
  /** The author may not use what is referenced, or it changed since that was checked. */
  | { readonly kind: "refused"; readonly finding: Finding };

/** Whether the spec makes sense by itself. */
export type SpecCheck = { readonly kind: "valid" } | { readonly kind: "invalid"; readonly finding: Finding };

/** What decides about a Blueprint. */
export interface PolicyInForce {
  /** Digest of the bundles. */
  readonly bundle: string;
  /** Digest of its namespace's settings with all exceptions that count for it. */
  readonly settings: string;
}

/** Everything the decision looks at besides the Blueprint and the time. */
export interface Observed {
  /** Every run of this Blueprint's UID, in its own and in the operator's namespace, oldest first. */
  readonly runs: readonly BlueprintRun[];
  readonly stack: StackState;
  readonly inputs: Inputs;
  readonly spec: SpecCheck;
  /** The Blueprint's namespace is going away: nothing can be created in it. */
  readonly namespaceTerminating: boolean;
  /** Blueprints (namespace/name) that hold resources made from this one's outputs: destroyed before it. */
  readonly dependents: readonly string[];
  /** What decides now; another bundle or other settings let a denied plan be tried again. */
  readonly policy: PolicyInForce | undefined;
}

/** True while nothing may be changed, deletion included. */
export function isPaused(blueprint: Blueprint): boolean {
  return blueprint.spec.paused || isAnnotatedPaused(blueprint);
}

/** True once somebody asked for the Blueprint to go. */
export function isDeleting(blueprint: Blueprint): boolean {
  return blueprint.metadata.deletionTimestamp !== undefined;
}

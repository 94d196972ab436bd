// What a worker process is told and what it answers: one operation on one stack. All plain JSON.
import type { Reason } from "../../api/index.ts";
import type { Json, ResourceGraph } from "../graph/graph.ts";
import type { DriftReport } from "../plan/drift.ts";
import type { CloudPackage } from "../plan/identity.ts";
import type { ChangeCounts, PlanStep } from "../plan/step.ts";
import type { VersionedDeployment } from "../state/deployment.ts";

/** Where the stack's state lives. */
export type Backend =
  | { readonly kind: "service"; readonly url: string; readonly accessToken: string }
  | {
      readonly kind: "url";
      readonly url: string;
      readonly passphrase: string;
      /** The backend's own credentials, for the CLI. */
      readonly environment?: Readonly<Record<string, string>>;
    };

/** How providers are reached. `attached`: running gRPC servers by package (the simulated cloud). `installed`: plugins in a folder. */
export type Plugins =
  | { readonly kind: "attached"; readonly ports: Readonly<Record<string, number>> }
  | { readonly kind: "installed"; readonly home: string };

/** Pulumi's plan file: gzip, then base64. Its secrets are encrypted by the stack's key. */
export interface SavedPlan {
  readonly encoding: "gzip+base64";
  readonly data: string;
  /** "first": it was made from what the cloud said, so applying asks the cloud again before it compares; absent: from the state. */
  readonly refresh?: "first";
  /** The stack's settings file, where the backend keeps the salt of the plan's encryption in it. */
  readonly settings?: string;
}

/** The operation and what only it needs. */
export type OperationRequest =
  /**
   * Preview that saves a plan. What the graph would adopt (`importId`) has been adopted by an import before; `shown`: it has not,
   * and this preview is only looked at.
   */
  | {
      readonly kind: "plan";
      readonly graph: ResourceGraph;
      readonly refresh: "none" | "first";
      readonly imports?: "shown";
    }
  /**
   * Apply exactly a saved plan; refused as PlanDiffers when the program moved, or the state where `stateDigest` is not that of
   * the plan's result. On the state service the lease holder compares its own digest (StateService.stateDigest) instead.
   */
  | { readonly kind: "apply"; readonly graph: ResourceGraph; readonly plan: SavedPlan; readonly stateDigest: string }
  /** Compare recorded state with the cloud; writes nothing. */
  | { readonly kind: "driftCheck" }
  /**
   * `keep`: write what the cloud has into the state. `adopt`: only resolve creates that were cut off, looked up by the id that
   * follows from their names or by marker tags: found, adopted; proven absent, forgotten; else PendingOperationUnknown.
   */
  | { readonly kind: "refresh"; readonly pendingCreates: "adopt" | "keep"; readonly graph?: ResourceGraph }
  /** What a destroy would delete; writes nothing. */
  | { readonly kind: "planDestroy" }
  /** Delete everything in the state, dependents first, without the source. `stateDigest` as for apply. */
  | { readonly kind: "destroy"; readonly stateDigest?: string }
  /** Forget everything in the state and leave the cloud as it is (deletionPolicy Retain). */
  | { readonly kind: "abandon" }
  /** What adopting the graph's `importId`s would do; nodes that the state holds under that id already are left out. */
  | { readonly kind: "planImport"; readonly graph: ResourceGraph }
  /** Adopt them as they are, exactly as planned. `plan` is absent where nothing was left to adopt. */
  | { readonly kind: "import"; readonly graph: ResourceGraph; readonly plan?: SavedPlan; readonly stateDigest: string }
  /** What a named backend holds. `broken`: locks of a dead worker are taken away first. */
  | { readonly kind: "readState"; readonly locks: "kept" | "broken" }
  /** Ask the cloud whose credentials these are. */
  | { readonly kind: "identity"; readonly package: CloudPackage; readonly config: Readonly<Record<string, Json>> };

/** One operation on one stack, run by one process. */
export interface OperationJob {
  /** Unique; the BlueprintRun's name and attempt. Shows in logs and in the worker's process title. */
  readonly id: string;
  /** Fairness: namespaces take turns. */
  readonly namespace: string;
  /** `organization`, `project` and `stack` as the state service knows them. */
  readonly stack: { readonly organization: string; readonly project: string; readonly name: string };
  readonly request: OperationRequest;
  readonly backend: Backend;
  readonly plugins: Plugins;
  /** The only environment providers see: cloud credentials, never the operator's own. */
  readonly credentials: Readonly<Record<string, string>>;
  /** Milliseconds from start; past it the engine is interrupted, then killed. */
  readonly deadlineMs: number;
}

/** Progress, in the engine's order. */
export type OperationEvent =
  | { readonly kind: "started"; readonly pid: number; readonly startTime: string }
  | {
      readonly kind: "stepStarted";
      readonly op: string;
      readonly urn: string;
      readonly type: string;
      readonly name: string;
    }
  | {
      readonly kind: "stepDone";
      readonly op: string;
      readonly urn: string;
      readonly type: string;
      readonly name: string;
    }
  | {
      readonly kind: "stepFailed";
      readonly op: string;
      readonly urn: string;
      readonly type: string;
      readonly name: string;
    }
  | {
      readonly kind: "diagnostic";
      readonly severity: "info" | "warning" | "error";
      readonly urn?: string;
      readonly message: string;
    };

/** What a caller does about a failed operation. */
export type FailureAction = "retry" | "waitForInput" | "replan" | "giveUp";

/** Reasons an operation fails; all are in the documented list of src/api/reasons.ts. */
export type FailureReason = Extract<
  Reason,
  | "QuotaExceeded"
  | "AccessDenied"
  | "MissingCredentials"
  | "Throttled"
  | "CloudUnavailable"
  | "CloudConflict"
  | "AlreadyExists"
  | "StateLocked"
  | "Fenced"
  | "PlanDiffers"
  | "InvalidProperty"
  | "NotFound"
  | "Protected"
  | "ResourceInUse"
  | "PendingOperationUnknown"
  | "StateTooLarge"
  | "StateUnavailable"
  | "ProviderCrashed"
  | "PluginMissing"
  | "WorkerDied"
  | "DeadlineExceeded"
  | "Cancelled"
  | "EngineFailed"
  | "ResourceOwnedByAnother"
  | "InvalidCredentials"
  | "CloudIdentityChanged"
>;

/** Why an operation failed. */
export interface OperationFailure {
  readonly reason: FailureReason;
  readonly action: FailureAction;
  /** The engine's own words, secrets masked, at most 2,000 characters. */
  readonly message: string;
  /** Logical name of the resource it failed on. */
  readonly resource?: string;
  /** True when something may have been changed before it failed: refresh before planning again. */
  readonly partial: boolean;
}

/** One output; `secret` values go to Secrets only, never to status. */
export interface OutputValue {
  readonly value: Json;
  readonly secret: boolean;
}

/** What one operation came to. Operations never throw for what the cloud or the engine says. */
export type OperationResult =
  | {
      readonly kind: "planned";
      readonly steps: readonly PlanStep[];
      readonly counts: ChangeCounts;
      readonly stateDigest: string;
      /** Absent for planDestroy. */
      readonly saved?: SavedPlan;
    }
  | {
      readonly kind: "applied";
      readonly steps: readonly PlanStep[];
      readonly counts: ChangeCounts;
      readonly outputs: Readonly<Record<string, OutputValue>>;
      /** By component, then output name. */
      readonly componentOutputs: Readonly<Record<string, Readonly<Record<string, OutputValue>>>>;
    }
  | { readonly kind: "drift"; readonly report: DriftReport }
  | { readonly kind: "refreshed"; readonly counts: ChangeCounts }
  | { readonly kind: "destroyed"; readonly counts: ChangeCounts }
  | { readonly kind: "abandoned"; readonly resources: readonly string[] }
  | { readonly kind: "imported"; readonly steps: readonly PlanStep[]; readonly counts: ChangeCounts }
  /** Secrets in clear. */
  | { readonly kind: "state"; readonly digest: string; readonly deployment: VersionedDeployment }
  | { readonly kind: "identity"; readonly identity: string }
  | { readonly kind: "failed"; readonly failure: OperationFailure };

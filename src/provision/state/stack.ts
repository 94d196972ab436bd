// What names a stack, who it belongs to, and what a reader sees of it without its contents.

/** Pulumi's own name of a stack: `organization/project/stack`. Each part matches [A-Za-z0-9_.-]{1,100}. */
export interface StackId {
  readonly organization: string;
  readonly project: string;
  readonly stack: string;
}

/** The Blueprint a stack belongs to; also found by the label `iacdharma.com/blueprint-uid`. */
export interface StackOwner {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
}

/** The right to change a stack until a time. Raised epochs make every older lease worthless. */
export interface StackLease {
  readonly stack: StackId;
  readonly epoch: number;
  readonly holder: string;
  /** Wall time, milliseconds since the epoch of 1970. */
  readonly expireTime: number;
}

/** Why the caller may take a stack that somebody else seems to hold. */
export type Takeover =
  /** Only when nobody holds it. */
  | { readonly kind: "free" }
  /** A person runs `pulumi` themselves: when nobody holds it, its lease is over, or they cancelled the holder. */
  | { readonly kind: "byPerson" }
  /** `holder` is proven dead by the caller: its pid with this start time is gone, or its Pod is. */
  | { readonly kind: "proofOfDeath"; readonly holder: string; readonly evidence: string }
  /** The lease ran out, and the longest provider call that could still be running has too. */
  | { readonly kind: "leaseExpired"; readonly providerTimeoutMs: number };

export type UpdateKind = "update" | "preview" | "refresh" | "destroy" | "import" | "rename" | "resource-import";
export type UpdateResult = "in-progress" | "succeeded" | "failed" | "cancelled";

/** One line of a stack's history. Times are seconds since 1970, as Pulumi counts them. */
export interface UpdateSummary {
  readonly id: string;
  readonly version: number;
  readonly kind: UpdateKind;
  readonly epoch: number;
  readonly holder: string;
  readonly startTime: number;
  readonly endTime: number;
  readonly result: UpdateResult;
  readonly message: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Steps by operation, as the engine's summary event told them; empty when it never came. */
  readonly resourceChanges: Readonly<Record<string, number>>;
  readonly resourceCount: number;
  /** At most 20 error diagnostics, each at most 1,000 characters. */
  readonly errors: readonly string[];
}

/** What the head tells without opening the state. */
export interface StackSummary {
  readonly id: StackId;
  readonly owner: StackOwner | undefined;
  readonly epoch: number;
  readonly holder: string | undefined;
  readonly leaseExpireTime: number | undefined;
  /** Number of the last update; 0 before the first. */
  readonly version: number;
  readonly resourceCount: number;
  readonly pendingOperations: number;
  /** Compressed bytes kept for this stack. */
  readonly bytes: number;
  /** The cloud account this state belongs to (`aws:123456789012`), once recorded. */
  readonly cloudIdentity: string | undefined;
  readonly activeUpdate: { readonly id: string; readonly kind: UpdateKind; readonly startTime: number } | undefined;
  readonly tags: Readonly<Record<string, string>>;
  readonly artifacts: readonly string[];
}

/** `organization/project/stack`, for messages and for tokens. */
export function stackPath(id: StackId): string {
  return `${id.organization}/${id.project}/${id.stack}`;
}

// What the audit log keeps: one record of one thing that was decided or done.

/** What a caller says happened. Names, uids and digests only: never a secret, never a payload. */
export interface AuditEntry {
  readonly actor: { readonly kind: "User" | "Operator"; readonly name: string };
  /** Verb in the past tense by kind, e.g. `BlueprintRun.planned`, `BlueprintRun.approved`, `BlueprintRun.applied`. */
  readonly action: string;
  readonly object: ObjectReference;
  /** BlueprintRun (or Remediation) it belongs to. */
  readonly run?: string;
  /** Plan id, `sha256:HEX`. */
  readonly plan?: string;
  readonly decisions?: readonly DecisionDigest[];
  readonly result: AuditResult;
  /** One sentence for people, at most 1,024 characters (cut beyond). */
  readonly message?: string;
}

/** Inconclusive is a result of its own: it was tried and nobody knows. */
export type AuditResult = "Started" | "Success" | "Failure" | "Inconclusive" | "Denied";

export interface ObjectReference {
  readonly kind: string;
  /** Absent for cluster-scoped objects. */
  readonly namespace?: string;
  readonly name: string;
  readonly uid: string;
}

/** What ties a record to a decision that can be replayed: the Decision without its findings. */
export interface DecisionDigest {
  readonly point: string;
  readonly allow: boolean;
  readonly requireApproval: boolean;
  readonly bundle: string;
  readonly input: string;
}

/** A durable record. `hash` is the SHA-256 of the canonical JSON of all other fields; `prevHash` is the one before. */
export interface AuditRecord extends AuditEntry {
  readonly shard: string;
  /** 1, 2, 3, ... without gaps. */
  readonly seq: number;
  /** The writer's epoch: each new writer of a shard has a higher one. */
  readonly epoch: number;
  /** RFC 3339 with milliseconds, the writer's clock. */
  readonly time: string;
  readonly prevHash: string;
  readonly hash: string;
}

export interface AuditReceipt {
  readonly shard: string;
  readonly seq: number;
  readonly hash: string;
}

/** Where callers put what happened. */
export interface Audit {
  /**
   * Resolves when the record is durable in the API server, and not before. Rejects with AuditFenced when another
   * replica writes this shard now (stop working on it), with AuditUnavailable when the API server is away (retry), with
   * AuditBroken when the stored chain doesn't verify (a person has to look), or with the signal's reason.
   */
  append(entry: AuditEntry, options: { readonly signal: AbortSignal }): Promise<AuditReceipt>;
}

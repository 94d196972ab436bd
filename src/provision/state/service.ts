// The operator as Pulumi's state service: what controllers, workers and people ask of it.
import type { Deployment, VersionedDeployment } from "./deployment.ts";
import type { StackId, StackLease, StackOwner, StackSummary, Takeover, UpdateSummary } from "./stack.ts";

export interface AcquireRequest {
  readonly stack: StackId;
  /** Unique to this holder: operator identity, pid and start time, or Pod UID. */
  readonly holder: string;
  readonly takeover: Takeover;
  /** Creates the stack where there is none. */
  readonly owner?: StackOwner;
}

export interface TokenRequest {
  readonly lease: StackLease;
  readonly rights: "read" | "write";
  /** Wall time in milliseconds since 1970. */
  readonly expireTime: number;
  /** Comes back with every engine event (the BlueprintRun's name). */
  readonly operation?: string;
}

/** A token of a person: any stack of `organization` ("*" for all), not bound to an epoch. */
export interface AdminTokenRequest {
  readonly user: string;
  readonly organization: string;
  readonly rights: "read" | "write";
  readonly expireTime: number;
}

/**
 * One per replica. Every method rejects with StateError, whose `kind` says what to do, or with the signal's reason.
 * While the API server is away calls wait (up to `patienceMs`) and then reject with kind "unavailable".
 */
export interface StateService {
  /** `http://127.0.0.1:PORT`: PULUMI_BACKEND_URL for a worker. */
  readonly url: string;

  /** Creates the stack if it isn't there. Rejects "invalid" where it belongs to another Blueprint. */
  ensureStack(stack: StackId, owner: StackOwner | undefined, signal: AbortSignal): Promise<StackSummary>;
  /**
   * Raises the epoch, so that every older holder is fenced, then replays what an interrupted update left behind.
   * Rejects "held" (with holder and retryAfterMs) when the takeover isn't justified. The same holder may acquire again.
   */
  acquire(request: AcquireRequest, signal: AbortSignal): Promise<StackLease>;
  /** Five more minutes. Rejects "fenced" when the epoch moved on: stop the worker. */
  renew(lease: StackLease, signal: AbortSignal): Promise<StackLease>;
  /** Gives the stack back after the worker has ended. A fenced lease is ignored. */
  release(lease: StackLease, signal: AbortSignal): Promise<void>;
  /** Raises the epoch without a new holder: whoever works on the stack is fenced; an unfinished update is closed. */
  cancel(stack: StackId, reason: string, signal: AbortSignal): Promise<void>;

  /** PULUMI_ACCESS_TOKEN of one operation. Works on every replica that has the same keys. */
  issueToken(request: TokenRequest): string;
  issueAdminToken(request: AdminTokenRequest): string;

  find(stack: StackId, signal: AbortSignal): Promise<StackSummary | undefined>;
  /** All stacks, or those of one Blueprint. */
  list(selection: { readonly blueprintUid?: string }, signal: AbortSignal): Promise<readonly StackSummary[]>;
  /** The state as of now, with what an update in flight has recorded. Secrets stay ciphertext. */
  exportStack(stack: StackId, signal: AbortSignal): Promise<VersionedDeployment>;
  /** The same with secrets in clear, for a person with the right to see them; it names no secrets provider. */
  revealStack(stack: StackId, signal: AbortSignal): Promise<VersionedDeployment>;
  /** Replaces the state after checking it (integrity, known secrets provider). Rejects "held" while an update runs. */
  importStack(stack: StackId, deployment: VersionedDeployment, signal: AbortSignal): Promise<void>;
  /** Semantic digest (`sha256:...`): equal for states that differ in serials, times and ciphertext only. */
  stateDigest(stack: StackId, signal: AbortSignal): Promise<string>;
  /** The stack's outputs with secrets in clear, and which of them are secret. */
  outputs(stack: StackId, signal: AbortSignal): Promise<StackOutputs>;
  /** Newest first, at most 50. */
  history(stack: StackId, signal: AbortSignal): Promise<readonly UpdateSummary[]>;
  /** Removes a stack that holds no resources. Rejects "hasResources" otherwise: destroy first, or `retain`. */
  remove(stack: StackId, mode: "empty" | "retain", signal: AbortSignal): Promise<void>;

  /** Keeps a sealed copy of the credentials in use, so that destroying needs nothing of the tenant's namespace. */
  sealCredentials(lease: StackLease, credentials: Uint8Array, signal: AbortSignal): Promise<void>;
  openCredentials(stack: StackId, signal: AbortSignal): Promise<Uint8Array | undefined>;
  /** Records the cloud this state belongs to. Rejects "invalid" when another is recorded and resources exist. */
  recordCloudIdentity(lease: StackLease, identity: string, signal: AbortSignal): Promise<void>;

  /** Saved plans and plan pages, sealed, at most 64 a stack; names match [a-z0-9.-]{1,128}. The same name replaces. */
  putArtifact(stack: StackId, name: string, bytes: Uint8Array, signal: AbortSignal): Promise<void>;
  getArtifact(stack: StackId, name: string, signal: AbortSignal): Promise<Uint8Array | undefined>;
  deleteArtifacts(stack: StackId, names: readonly string[], signal: AbortSignal): Promise<void>;

  /** Throws StateTooLarge when `moreResources` can't be expected to fit: asked at plan time. */
  assertRoom(stack: StackId, moreResources: number, signal: AbortSignal): Promise<void>;
  /** Deletes chunks nothing refers to. Also done at every acquire for that stack. */
  collectGarbage(signal: AbortSignal): Promise<{ readonly deleted: number }>;
  /** Stops listening, answers what is in flight. */
  close(signal: AbortSignal): Promise<void>;
}

export interface StackOutputs {
  readonly values: Readonly<Record<string, unknown>>;
  readonly secret: readonly string[];
  readonly deployment: Deployment;
}

// The head of a stack: the one record that changes, and only by compare-and-swap. Everything bulky is in chunks it names.
import type { StackId, StackOwner, UpdateKind, UpdateResult } from "./stack.ts";
import type { WrappedKey } from "./seal.ts";

/** A sealed, compressed byte string cut into chunks. */
export interface BlobRef {
  readonly epoch: number;
  /** SHA-256 of each chunk in order, hex. */
  readonly chunks: readonly string[];
  /** Bytes kept, after compression and sealing. */
  readonly size: number;
}

/** The state after the last complete update. */
export interface CheckpointRef extends BlobRef {
  /** Number of the update that made it. */
  readonly version: number;
  readonly resources: number;
  readonly pendingOperations: number;
}

/** Records of an update in flight: full segments as blobs, the newest inside the head itself. */
export interface JournalRef {
  readonly segments: readonly BlobRef[];
  /** base64 of a sealed, compressed segment; "" when empty. */
  readonly tail: string;
  /** Entries in segments and tail. */
  readonly entries: number;
}

export interface ActiveUpdate {
  readonly id: string;
  readonly kind: UpdateKind;
  readonly version: number;
  /** Milliseconds since 1970. */
  readonly startTime: number;
  /** How the client sends its progress. */
  readonly mode: "journal" | "checkpoint";
  readonly journal: JournalRef;
  /** The last whole state the client sent, in mode "checkpoint". */
  readonly checkpoint?: CheckpointRef;
  readonly operation?: string;
}

export interface HeldLease {
  readonly holder: string;
  /** Milliseconds since 1970. */
  readonly expireTime: number;
  /** Counts renewals, so that an observer can tell a living holder without trusting clocks. */
  readonly renewals: number;
}

export interface Head {
  readonly format: 1;
  readonly id: StackId;
  /** Random, for life: what ciphertext is bound to. */
  readonly uid: string;
  readonly owner?: StackOwner;
  readonly createdTime: number;
  readonly epoch: number;
  readonly lease?: HeldLease;
  /** Who was fenced by a cancel and may still be running until then. */
  readonly predecessor?: HeldLease;
  /** Number of the last update that started. */
  readonly version: number;
  /** Random, new at every write: how a writer recognises its own write after an answer was lost. */
  readonly writeId: string;
  readonly dataKey: WrappedKey;
  readonly tags: Readonly<Record<string, string>>;
  readonly checkpoint?: CheckpointRef;
  /** The newest first; at most 5, for `pulumi stack export --version`. */
  readonly earlier: readonly CheckpointRef[];
  readonly update?: ActiveUpdate;
  readonly lastUpdate?: { readonly id: string; readonly result: UpdateResult };
  readonly history?: BlobRef;
  readonly credentials?: BlobRef;
  readonly cloudIdentity?: string;
  readonly artifacts: Readonly<Record<string, BlobRef>>;
  /** Being removed: chunks may be gone already; only removal may go on. */
  readonly removing?: true;
}

/** Every blob a head keeps alive. */
export function blobsOf(head: Head): readonly BlobRef[] {
  return [
    ...(head.checkpoint ? [head.checkpoint] : []),
    ...head.earlier,
    ...(head.update ? head.update.journal.segments : []),
    ...(head.update?.checkpoint ? [head.update.checkpoint] : []),
    ...(head.history ? [head.history] : []),
    ...(head.credentials ? [head.credentials] : []),
    ...Object.values(head.artifacts),
  ];
}

/** Bytes of the state proper: what the bound of one stack is about. */
export function stateBytes(head: Head): number {
  const update = head.update;
  const journal = update ? [...update.journal.segments, ...(update.checkpoint ? [update.checkpoint] : [])] : [];
  const tail = update ? Math.ceil((update.journal.tail.length * 3) / 4) : 0;
  return [...(head.checkpoint ? [head.checkpoint] : []), ...journal].reduce((sum, blob) => sum + blob.size, tail);
}

/** Bytes of everything the head names: what the bound over all stacks is about. */
export function totalBytes(head: Head): number {
  const distinct = new Map(blobsOf(head).map((blob) => [blob.chunks.join(), blob.size]));
  return [...distinct.values()].reduce((sum, size) => sum + size, 0);
}

export const emptyJournal: JournalRef = { segments: [], tail: "", entries: 0 };

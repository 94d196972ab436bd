// The head of a stack: the one record that changes, and only by compare-and-swap. Everything bulky is in chunks it names.
import { isObject } from "./deployment.ts";
import { StateError } from "./errors.ts";
import type { StackId, StackOwner, UpdateKind, UpdateResult } from "./stack.ts";
import type { WrappedKey } from "./seal.ts";

/** A sealed, compressed byte string cut into chunks. */
export interface BlobRef {
  readonly epoch: number;
  /** SHA-256 of each chunk in order, hex. */
  readonly chunks: readonly string[];
  /** Bytes kept, after compression and sealing. */
  readonly size: number;
  /** base64 of the chunks themselves, where no object could be made for them: in a namespace that is being deleted. */
  readonly inline?: readonly string[];
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
  /** Blobs nothing names any more, of this epoch or an older one; deleted after the next raise of the epoch. */
  readonly garbage: readonly BlobRef[];
  /** Being removed, and nothing else may happen to it: with its content, or only this head because the stack was renamed. */
  readonly removing?: "content" | "head";
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

/** `next` with what it no longer names added to its garbage, and what it names taken out of it. */
export function withGarbage(before: Head, next: Head): Head {
  const live = new Set(blobsOf(next).map(blobKey));
  const candidates = new Map([...next.garbage, ...blobsOf(before)].map((blob) => [blobKey(blob), blob]));
  const dead = [...candidates.values()].filter((blob) => !live.has(blobKey(blob)));
  return {
    ...next,
    garbage: dead.filter((blob) => !blob.inline).map(({ epoch, chunks, size }) => ({ epoch, chunks, size })),
  };
}

/** Chunks of `garbage` that may be deleted now: of an older epoch, and in no blob that lives. */
export function deletableChunks(head: Head): readonly { readonly epoch: number; readonly digest: string }[] {
  const live = new Set(blobsOf(head).flatMap((blob) => blob.chunks.map((digest) => `${blob.epoch}/${digest}`)));
  const old = head.garbage.filter((blob) => blob.epoch < head.epoch);
  const chunks = old.flatMap((blob) => blob.chunks.map((digest) => ({ epoch: blob.epoch, digest })));
  return chunks.filter(({ epoch, digest }) => !live.has(`${epoch}/${digest}`));
}

/** Names a blob by its content. */
export function blobKey(blob: BlobRef): string {
  return `${blob.epoch}/${blob.chunks.join()}`;
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
  const distinct = new Map(blobsOf(head).map((blob) => [blobKey(blob), blob.size]));
  return [...distinct.values()].reduce((sum, size) => sum + size, 0);
}

export const emptyJournal: JournalRef = { segments: [], tail: "", entries: 0 };

/** Reads what a store kept. Throws "corrupt" for what this version of the operator doesn't understand. */
export function parseHead(text: string): Head {
  const value: unknown = JSON.parse(text);
  if (isHead(value)) return value;
  throw new StateError("corrupt", "a stack's head isn't of format 1: a newer operator wrote it, or it was changed");
}

function isHead(value: unknown): value is Head {
  return (
    isObject(value) &&
    value["format"] === 1 &&
    isObject(value["id"]) &&
    isObject(value["dataKey"]) &&
    isObject(value["artifacts"]) &&
    isObject(value["tags"]) &&
    Array.isArray(value["earlier"]) &&
    Array.isArray(value["garbage"]) &&
    typeof value["uid"] === "string" &&
    typeof value["writeId"] === "string" &&
    Number.isSafeInteger(value["epoch"]) &&
    Number.isSafeInteger(value["version"])
  );
}

// Where stacks are kept: one head each, changed by compare-and-swap only, and immutable chunks named by their content.
import type { Head } from "./head.ts";
import type { StackId } from "./stack.ts";

/** A head with the version a swap must name. */
export interface StoredHead {
  readonly head: Head;
  /** The resourceVersion: opaque. */
  readonly version: string;
}

export interface ChunkKey {
  /** The stack's uid, which a rename does not change. */
  readonly uid: string;
  /** Of the head when the chunk was put: chunks of older epochs that no head names are garbage. */
  readonly epoch: number;
  /** SHA-256 of the bytes, hex. */
  readonly digest: string;
}

export interface StoredChunk extends ChunkKey {
  /** Milliseconds since 1970. */
  readonly createdTime: number;
}

/**
 * Rejects with KubeError: `alreadyExists` from create, `conflict` from swap and remove when the version moved on,
 * `notFound`; and with unreachable, timeout, server and throttled, after which nobody knows whether a write was done.
 */
export interface StackStore {
  getHead(stack: StackId, signal: AbortSignal): Promise<StoredHead | undefined>;
  createHead(head: Head, signal: AbortSignal): Promise<StoredHead>;
  swapHead(head: Head, version: string, signal: AbortSignal): Promise<StoredHead>;
  /** Lets go of the head's finalizer and deletes it. */
  removeHead(stack: StackId, version: string, signal: AbortSignal): Promise<void>;
  listHeads(selection: { readonly blueprintUid?: string }, signal: AbortSignal): Promise<readonly StoredHead[]>;

  /** Putting the same chunk again is a success. */
  putChunk(key: ChunkKey, bytes: Uint8Array, signal: AbortSignal): Promise<void>;
  getChunk(key: ChunkKey, signal: AbortSignal): Promise<Uint8Array>;
  /** Of one stack by its uid, or of all. */
  listChunks(uid: string | undefined, signal: AbortSignal): Promise<readonly StoredChunk[]>;
  /** Deleting what is gone is a success. */
  deleteChunk(chunk: ChunkKey, signal: AbortSignal): Promise<void>;
}

// Where a shard's log is kept: one head that changes only by compare-and-swap, and sealed segments that never change.
import type { ChainTip } from "./chain.ts";

/**
 * A shard's head. It holds the newest records itself, so a batch is durable in one write or not at all; when they are
 * many they are sealed into a segment first.
 */
export interface Head {
  readonly shard: string;
  /** Raised by each new writer before it writes anything. */
  readonly epoch: number;
  /** Who raised it. */
  readonly holder: string;
  /** The newest sealed segment; absent before the first. */
  readonly sealed?: SegmentRef;
  /** Segments that are kept, at most. */
  readonly segments?: number;
  /** The last record that is kept no more; absent while all are. */
  readonly anchor?: ChainTip;
  /** Records after it, oldest first, as canonical lines. */
  readonly open: readonly string[];
  /** The last record in all. */
  readonly tip: ChainTip;
  /** HMAC over shard, epoch, anchor and tip, where the operator has a key: whoever rewrites the tail needs it too. */
  readonly seal?: string;
}

export interface SegmentRef {
  readonly name: string;
  /** The segment's last record. */
  readonly tip: ChainTip;
}

/** Records that no longer change, and where those before them are. */
export interface Segment {
  readonly shard: string;
  readonly previous?: SegmentRef;
  readonly lines: readonly string[];
}

/** A head as it was read; `version` is what a swap compares with. */
export interface StoredHead {
  readonly head: Head;
  readonly version: string;
}

/** A swap's result. `lost`: somebody else changed the head in between. */
export type Swap = { readonly kind: "done"; readonly version: string } | { readonly kind: "lost" };

/** All that the log asks of its storage. Rejects with the transport's error; the log decides what it means. */
export interface AuditStore {
  readHead(shard: string, signal: AbortSignal): Promise<StoredHead | undefined>;
  /** `version` undefined: it must not exist yet. */
  swapHead(head: Head, version: string | undefined, signal: AbortSignal): Promise<Swap>;
  /** Writes a segment under a name that its content determines; writing it twice is harmless. */
  putSegment(name: string, segment: Segment, signal: AbortSignal): Promise<void>;
  /** Undefined: there is none of that name. */
  readSegment(name: string, signal: AbortSignal): Promise<Segment | undefined>;
  /** Names of a shard's segments, also of those no head leads to. */
  listSegments(shard: string, signal: AbortSignal): Promise<readonly string[]>;
  /** Also well when it is gone already. */
  deleteSegment(name: string, signal: AbortSignal): Promise<void>;
  listShards(signal: AbortSignal): Promise<readonly string[]>;
}

/** What is stored under a name can't be read as what it should be. */
export class UnreadableSegment extends Error {
  constructor(name: string, reason: string) {
    super(`${name} can't be read: ${reason}`);
    this.name = "UnreadableSegment";
  }
}

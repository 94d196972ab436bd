// The one writer of a shard: commits batches in order, and stops when it is fenced.
import type { Clock } from "../kube/clock.ts";
import { type ChainTip, lineOf, link, MAX_RECORD } from "./chain.ts";
import { AuditBroken, AuditFenced, AuditRefused, AuditUnavailable } from "./errors.ts";
import type { AuditEntry, AuditReceipt } from "./record.ts";
import type { Head, StoredHead } from "./store.ts";
import { asking, sealed, takeOver, type TakeoverOptions } from "./takeover.ts";

/** `signal` ends the writer: what waits is rejected with its reason. */
export interface WriterOptions extends TakeoverOptions {
  readonly clock: Clock;
  readonly limits?: Partial<WriterLimits>;
}

export interface WriterLimits {
  /** Records in one write. */
  readonly batch: number;
  /** Bytes of records in one write; a single record may be more. */
  readonly batchBytes: number;
  /** Bytes of records that the head holds before they are sealed. */
  readonly openBytes: number;
  /** Segments that are kept; a quarter more and the oldest go, so export before that. At the default about 16 MiB of records a shard. */
  readonly keepSegments: number;
  /** Entries that may wait. */
  readonly waiting: number;
}

const defaultLimits: WriterLimits = {
  batch: 128,
  batchBytes: 128 << 10,
  openBytes: 64 << 10,
  keepSegments: 256,
  waiting: 10_000,
};

interface Waiting {
  readonly entry: AuditEntry;
  readonly bytes: number;
  readonly resolve: (receipt: AuditReceipt) => void;
  readonly reject: (reason: unknown) => void;
}

/** A writer of a shard that was taken over for it. Rejects like takeOver. */
export async function openWriter(options: WriterOptions): Promise<ShardWriter> {
  return new ShardWriter(options, await takeOver(options));
}

/** Appends entries in the order they came, many in one write while one is on its way. */
export class ShardWriter {
  readonly #options: WriterOptions;
  readonly #limits: WriterLimits;
  #stored: StoredHead;
  #waiting: Waiting[] = [];
  #flushing: Promise<void> | undefined;
  #ended: unknown;
  /** Heads whose writing got no answer since the last that did: one of them may still arrive. */
  #unanswered: Head[] = [];

  constructor(options: WriterOptions, stored: StoredHead) {
    this.#options = options;
    this.#limits = { ...defaultLimits, ...options.limits };
    this.#stored = stored;
  }

  get epoch(): number {
    return this.#stored.head.epoch;
  }

  /** Undefined while it writes; otherwise why it does not any more (AuditFenced, AuditBroken). */
  get ended(): unknown {
    return this.#ended;
  }

  /** Like Audit.append. An abort before the entry is being written takes it back. */
  append(entry: AuditEntry, signal: AbortSignal): Promise<AuditReceipt> {
    if (signal.aborted) return Promise.reject(signal.reason);
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    const { shard } = this.#options;
    if (this.#waiting.length >= this.#limits.waiting) {
      return Promise.reject(new AuditUnavailable(shard, new Error(`${this.#waiting.length} entries wait already`)));
    }
    const bytes = sizeOf(entry);
    if (bytes instanceof AuditRefused) return Promise.reject(bytes);
    const appended = new Promise<AuditReceipt>((resolve, reject) => {
      const leave = () => {
        this.#waiting = this.#waiting.filter((item) => item !== waiting);
        reject(signal.reason);
      };
      signal.addEventListener("abort", leave, { once: true });
      const waiting: Waiting = {
        entry,
        bytes,
        resolve: (receipt) => {
          signal.removeEventListener("abort", leave);
          resolve(receipt);
        },
        reject: (reason) => {
          signal.removeEventListener("abort", leave);
          reject(reason);
        },
      };
      this.#waiting.push(waiting);
    });
    this.#flushing ??= this.#flush();
    return appended;
  }

  /** Writes what waits, then resolves. The writer can be used further. */
  async drain(): Promise<void> {
    await this.#flushing;
  }

  /** Owned by #flushing; never rejects: each entry is told its own fate. */
  async #flush(): Promise<void> {
    await Promise.resolve(); // entries of the same turn share the first batch
    while (this.#waiting.length > 0) {
      const batch = this.#nextBatch();
      try {
        // oxlint-disable-next-line no-await-in-loop -- one write at a time keeps the order
        const receipts = await this.#commit(batch.map(({ entry }) => entry));
        for (const [index, receipt] of receipts.entries()) batch[index]?.resolve(receipt);
      } catch (error) {
        if (error instanceof AuditFenced || error instanceof AuditBroken) this.#ended = error;
        const lost = this.#ended === undefined ? batch : [...batch, ...this.#waiting.splice(0)];
        for (const { reject } of lost) reject(error);
      }
    }
    this.#flushing = undefined;
  }

  #nextBatch(): readonly Waiting[] {
    let bytes = 0;
    const fitting = this.#waiting.findIndex((waiting, index) => {
      bytes += waiting.bytes;
      return index > 0 && (index >= this.#limits.batch || bytes > this.#limits.batchBytes);
    });
    return this.#waiting.splice(0, fitting === -1 ? this.#waiting.length : fitting);
  }

  async #commit(entries: readonly AuditEntry[]): Promise<readonly AuditReceipt[]> {
    const { shard, keys, signal, clock } = this.#options;
    return asking(shard, signal, async () => {
      await this.#sealWhenFull();
      const { head } = this.#stored;
      let tip: ChainTip = head.tip;
      const lines: string[] = [];
      const receipts: AuditReceipt[] = [];
      const time = new Date(clock.now()).toISOString();
      for (const entry of entries) {
        const record = link(entry, { tip, shard, epoch: head.epoch, time });
        tip = { seq: record.seq, hash: record.hash };
        lines.push(lineOf(record));
        receipts.push({ shard, ...tip });
      }
      await this.#swap(sealed({ ...head, open: [...head.open, ...lines], tip }, keys));
      return receipts;
    });
  }

  /** Moves the head's records into a segment. Cut off in between, the segment is there twice at worst, under one name. */
  async #sealWhenFull(): Promise<void> {
    const { head } = this.#stored;
    const bytes = head.open.reduce((sum, line) => sum + Buffer.byteLength(line), 0);
    if (bytes < this.#limits.openBytes) return;
    const { store, shard, signal } = this.#options;
    const name = segmentName(shard, head.tip);
    const previous = head.sealed === undefined ? {} : { previous: head.sealed };
    await store.putSegment(name, { shard, lines: head.open, ...previous }, signal);
    const segments = (head.segments ?? 0) + 1;
    await this.#swap({ ...head, open: [], sealed: { name, tip: head.tip }, segments });
    await this.#pruneWhenMany();
  }

  /** Lets the oldest segments go: first the head says where the chain begins now, then they are deleted. */
  async #pruneWhenMany(): Promise<void> {
    const { store, shard, signal, keys } = this.#options;
    const { head } = this.#stored;
    const keep = Math.max(1, this.#limits.keepSegments);
    if ((head.segments ?? 0) <= keep + Math.ceil(keep / 4)) return;
    const names = (await store.listSegments(shard, signal)).toSorted(); // a name begins with its last record's number
    const oldest = names.at(-keep);
    const previous = oldest === undefined ? undefined : (await store.readSegment(oldest, signal))?.previous;
    if (previous === undefined) return;
    await this.#swap(sealed({ ...head, anchor: previous.tip, segments: keep }, keys));
    for (const name of names.slice(0, -keep)) {
      // oxlint-disable-next-line no-await-in-loop -- few, and nobody waits for speed here
      await store.deleteSegment(name, signal);
    }
  }

  /** One compare-and-swap. An answer that was lost is looked up: it was made, it was not, or somebody else writes now. */
  async #swap(next: Head): Promise<void> {
    const { store, shard, signal } = this.#options;
    const before = this.#stored;
    let failure: unknown;
    try {
      const swap = await store.swapHead(next, before.version, signal);
      if (swap.kind === "done") {
        this.#settle({ head: next, version: swap.version });
        return;
      }
    } catch (error) {
      this.#unanswered.push(next);
      signal.throwIfAborted();
      failure = error;
    }
    const found = await store.readHead(shard, signal);
    if (found === undefined) throw new AuditBroken(shard, before.head.tip.seq, "its head was deleted");
    if (found.head.epoch !== next.epoch || found.head.holder !== next.holder) {
      throw new AuditFenced(shard, found.head.holder);
    }
    if (sameHead(found.head, next)) {
      this.#settle(found);
      return;
    }
    if (sameHead(found.head, before.head) && found.version === before.version) {
      throw failure ?? new Error("the head could not be written");
    }
    if (![before.head, ...this.#unanswered].some((head) => sameHead(head, found.head))) {
      throw new AuditBroken(shard, found.head.tip.seq, "its head was changed by something that is not a writer");
    }
    this.#settle(found); // an earlier write arrived late: its entries were kept after all
    throw failure ?? new Error("the head was written late");
  }

  /** The head is known again, and nothing that is on its way can change it: its version has moved. */
  #settle(stored: StoredHead): void {
    this.#stored = stored;
    this.#unanswered = [];
  }
}

function segmentName(shard: string, tip: ChainTip): string {
  return `dharma-audit-${shard}-${String(tip.seq).padStart(12, "0")}-${tip.hash.slice(0, 16)}`;
}

function sameHead(a: Head, b: Head): boolean {
  return lineOf(a) === lineOf(b);
}

function sizeOf(entry: AuditEntry): number | AuditRefused {
  try {
    const bytes = Buffer.byteLength(lineOf(entry));
    if (bytes <= MAX_RECORD) return bytes;
    return new AuditRefused(`an audit entry has ${bytes} bytes, ${MAX_RECORD} are allowed: record digests instead`);
  } catch (error) {
    return new AuditRefused(`an audit entry has no JSON form: ${error instanceof Error ? error.message : "?"}`);
  }
}

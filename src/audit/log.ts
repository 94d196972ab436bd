// The Audit that callers use: it takes a shard over at the first entry and keeps its writer while it is not fenced.
import type { Clock } from "../kube/clock.ts";
import { AuditFenced } from "./errors.ts";
import type { Keyring } from "./key.ts";
import type { Audit, AuditEntry, AuditReceipt } from "./record.ts";
import type { AuditStore } from "./store.ts";
import { exportShard, type Verification, verifyShard } from "./verify.ts";
import { openWriter, type ShardWriter, type WriterLimits } from "./writer.ts";

export interface AuditLogOptions {
  readonly store: AuditStore;
  /** The replica, e.g. its Pod's name with something random: two must never share it. */
  readonly holder: string;
  /** Which shard an entry belongs to: the one whose Lease this replica holds for the object. A DNS label, at most 40 characters. */
  readonly shardOf: (entry: AuditEntry) => string;
  readonly clock: Clock;
  /** Seals the heads; absent: the chain alone. */
  readonly keys?: Keyring;
  readonly limits?: Partial<WriterLimits>;
}

/** Audit with what people ask of it. */
export interface AuditLog extends Audit {
  /** All shards, or the ones named. Rejects when they can't be read. */
  verify(options: {
    readonly shards?: readonly string[];
    readonly signal: AbortSignal;
  }): Promise<readonly Verification[]>;
  /** JSON Lines of one shard. */
  export(shard: string, options: { readonly signal: AbortSignal }): AsyncIterable<string>;
  /** Writes what waits and takes nothing more. */
  close(): Promise<void>;
}

export function createAuditLog(options: AuditLogOptions): AuditLog {
  return new Log(options);
}

class Log implements AuditLog {
  readonly #options: AuditLogOptions;
  readonly #writers = new Map<string, Promise<ShardWriter>>();
  readonly #stop = new AbortController();

  constructor(options: AuditLogOptions) {
    this.#options = options;
  }

  async append(entry: AuditEntry, { signal }: { readonly signal: AbortSignal }): Promise<AuditReceipt> {
    signal.throwIfAborted();
    this.#stop.signal.throwIfAborted();
    const writer = await until(this.#writerOf(this.#options.shardOf(entry)), signal);
    return writer.append(entry, signal);
  }

  async verify({
    shards,
    signal,
  }: {
    readonly shards?: readonly string[];
    readonly signal: AbortSignal;
  }): Promise<readonly Verification[]> {
    const { store, keys } = this.#options;
    const names = shards ?? (await store.listShards(signal));
    return Promise.all(names.map((shard) => verifyShard({ store, shard, signal, ...(keys && { keys }) })));
  }

  export(shard: string, { signal }: { readonly signal: AbortSignal }): AsyncIterable<string> {
    const { store, keys } = this.#options;
    return exportShard({ store, shard, signal, ...(keys && { keys }) });
  }

  async close(): Promise<void> {
    const opened = await Promise.allSettled(this.#writers.values());
    const writers = opened.filter((result) => result.status === "fulfilled").map(({ value }) => value);
    await Promise.all(writers.map((writer) => writer.drain()));
    this.#stop.abort(new Error("the audit log is closed"));
  }

  /**
   * One that failed to open or was fenced is opened anew: the caller asks only while it holds the shard's Lease. One that
   * found its chain broken stays ended, so that nothing begins a new chain over it.
   */
  async #writerOf(shard: string): Promise<ShardWriter> {
    if (!/^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/.test(shard)) throw new RangeError(`${shard} can't name an audit shard`);
    const known = this.#writers.get(shard);
    if (known !== undefined) {
      const writer = await known;
      if (!(writer.ended instanceof AuditFenced)) return writer;
      if (this.#writers.get(shard) === known) this.#writers.delete(shard);
      return this.#writerOf(shard);
    }
    const { store, holder, clock, keys, limits } = this.#options;
    const opening = openWriter({
      store,
      shard,
      holder,
      clock,
      signal: this.#stop.signal,
      ...(keys && { keys }),
      ...(limits && { limits }),
    });
    this.#writers.set(shard, opening);
    try {
      return await opening;
    } catch (error) {
      if (this.#writers.get(shard) === opening) this.#writers.delete(shard);
      throw error;
    }
  }
}

/** `work`, or the signal's reason if that comes first; the work goes on for the others who wait for it. */
function until<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = () => reject(signal.reason);
    signal.addEventListener("abort", leave, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", leave));
  });
}

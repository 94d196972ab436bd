// Those who wait until a store has seen a version: a reader of its own write.
import { includesVersion } from "./versions.ts";

interface Waiter {
  readonly key: string;
  readonly resourceVersion: string;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

export class VersionWaiters {
  private readonly waiters = new Set<Waiter>();
  private closed: { readonly reason: unknown } | undefined;

  /** Resolves at once when one of `seen` includes the version. Rejects with the signal's reason. */
  async wait(want: {
    readonly key: string;
    readonly resourceVersion: string;
    readonly seen: readonly (string | undefined)[];
    readonly signal: AbortSignal;
  }): Promise<void> {
    const { key, resourceVersion, seen, signal } = want;
    signal.throwIfAborted();
    if (seen.some((each) => each !== undefined && includesVersion(each, resourceVersion))) return;
    if (this.closed !== undefined) throw this.closed.reason;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiter: Waiter = { key, resourceVersion, resolve, reject };
    const onAbort = () => reject(signal.reason);
    this.waiters.add(waiter);
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      await promise;
    } finally {
      this.waiters.delete(waiter);
      signal.removeEventListener("abort", onAbort);
    }
  }

  /**
   * The store has seen everything up to `resourceVersion`; when `key` is named, this version is one of that key. Without
   * integer versions only the key's own version tells anything.
   */
  advance(resourceVersion: string, key?: string): void {
    for (const waiter of this.waiters) {
      if (
        resourceVersion === waiter.resourceVersion
          ? key === undefined || key === waiter.key
          : includesVersion(resourceVersion, waiter.resourceVersion)
      )
        waiter.resolve();
    }
  }

  close(reason: unknown): void {
    this.closed = { reason };
    for (const waiter of this.waiters) waiter.reject(reason);
  }
}

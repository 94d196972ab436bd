// Taking a shard over: the epoch is raised before anything is written, which fences every writer before.
import { emptyTip } from "./chain.ts";
import { AuditBroken, AuditFenced, AuditRefused, AuditUnavailable } from "./errors.ts";
import { type Keyring, mac } from "./key.ts";
import { type AuditStore, type Head, type StoredHead, UnreadableSegment } from "./store.ts";
import { checkHead, sealText } from "./verify.ts";

export interface TakeoverOptions {
  readonly store: AuditStore;
  readonly shard: string;
  /** Who writes, for people: the Pod's name. */
  readonly holder: string;
  readonly keys?: Keyring;
  readonly signal: AbortSignal;
}

/**
 * Takes a shard over: raises its epoch, which fences every writer before. Rejects with AuditUnavailable when the store
 * can't be asked and with AuditBroken when what the head holds does not verify.
 */
export async function takeOver(options: TakeoverOptions): Promise<StoredHead> {
  const { store, shard, holder, keys, signal } = options;
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop -- each turn reads what the one before lost to
    const taken = await asking(shard, signal, async () => {
      const stored = await store.readHead(shard, signal);
      if (stored === undefined) {
        const left = await store.listSegments(shard, signal);
        if (left.length > 0) throw new AuditBroken(shard, 1, "its head was deleted, segments of it are left");
      } else {
        const check = checkHead(stored.head, keys);
        if (check.kind === "broken") throw new AuditBroken(shard, check.at.seq, check.at.reason);
      }
      const head = sealed(
        { ...(stored?.head ?? emptyHead(shard)), epoch: (stored?.head.epoch ?? 0) + 1, holder },
        keys,
      );
      const swap = await store.swapHead(head, stored?.version, signal);
      return swap.kind === "done" ? { head, version: swap.version } : undefined;
    });
    if (taken !== undefined) return taken;
  }
}

/** Errors of the transport become AuditUnavailable; those of the log and aborts stay what they are. */
export async function asking<T>(shard: string, signal: AbortSignal, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (error instanceof AuditBroken || error instanceof AuditFenced || error instanceof AuditRefused) throw error;
    if (error instanceof UnreadableSegment) throw new AuditBroken(shard, 0, error.message);
    throw new AuditUnavailable(shard, error);
  }
}

/** The head with its seal, where there is a key. */
export function sealed(head: Head, keys: Keyring | undefined): Head {
  const { seal: _, ...bare } = head;
  return keys === undefined ? bare : { ...bare, seal: mac(sealText(bare), keys.current) };
}

function emptyHead(shard: string): Head {
  return { shard, epoch: 0, holder: "", open: [], tip: emptyTip };
}

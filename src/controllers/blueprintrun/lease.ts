// Holding a stack while a worker is at it: taken, renewed in good time, given back.
import {
  isStateError,
  type StackId,
  type StackLease,
  type StackOwner,
  type StateService,
  type Takeover,
} from "../../provision/state/index.ts";
import type { Clock } from "../../kube/index.ts";
import { WorkBlocked } from "./board.ts";
import type { Holders } from "./holder.ts";

/** Leases run five minutes; renewing at a third leaves two more tries. */
const renewEveryMs = 100_000;
const lookAgainMs = 15_000;
/** Longer than a worker lives without its operator: it looks for it twice a second and then ends at once. */
const workersEndMs = 3_000;

export interface LeaseOptions {
  readonly state: StateService;
  readonly holders: Holders;
  readonly clock: Clock;
  readonly stack: StackId;
  readonly owner: StackOwner;
  readonly holder: string;
  readonly providerTimeoutMs: number;
}

/**
 * Runs `work` while holding the stack. Its signal aborts when the lease is lost: the worker must stop at once. Rejects with
 * WorkBlocked when somebody who is not proven dead holds the stack.
 */
export async function holdingStack<T>(
  options: LeaseOptions,
  signal: AbortSignal,
  work: (lease: StackLease, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { state, clock } = options;
  const lease = await acquire(options, signal);
  const lost = new AbortController();
  const done = new AbortController();
  const keepRenewing = async (): Promise<void> => {
    let current = lease;
    while (!done.signal.aborted) {
      await clock.sleep(renewEveryMs, done.signal);
      try {
        current = await state.renew(current, done.signal);
      } catch (error) {
        if (done.signal.aborted) return;
        // The service itself waits while the API server is away; the worker's own deadline covers the rest.
        if (isStateError(error, "fenced")) return lost.abort(error);
      }
    }
  };
  const renewing = keepRenewing().catch(() => undefined);
  try {
    return await work(lease, AbortSignal.any([signal, lost.signal]));
  } finally {
    done.abort(new Error("the work is done"));
    await renewing;
    await release(state, lease);
  }
}

async function acquire(
  { state, holders, clock, stack, owner, holder, providerTimeoutMs }: LeaseOptions,
  signal: AbortSignal,
): Promise<StackLease> {
  try {
    return await state.acquire({ stack, holder, takeover: { kind: "free" }, owner }, signal);
  } catch (error) {
    if (!isStateError(error, "held")) throw error;
    const other = error.holder ?? "";
    const evidence = await holders.proofOfDeath(other, signal);
    if (evidence !== undefined) await clock.sleep(workersEndMs, signal);
    const takeover: Takeover =
      evidence === undefined
        ? { kind: "leaseExpired", providerTimeoutMs }
        : { kind: "proofOfDeath", holder: other, evidence };
    try {
      return await state.acquire({ stack, holder, takeover, owner }, signal);
    } catch (again) {
      if (!isStateError(again, "held")) throw again;
      throw new WorkBlocked(
        { reason: "StateLocked", message: again.message },
        Math.min(again.retryAfterMs ?? lookAgainMs, lookAgainMs),
      );
    }
  }
}

/** Given back even when the process is shutting down: the next holder need not wait for the lease to run out. */
async function release(state: StateService, lease: StackLease): Promise<void> {
  try {
    await state.release(lease, AbortSignal.timeout(10_000));
  } catch {
    // It runs out by itself.
  }
}

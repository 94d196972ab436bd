// Whether a stack may be taken from who holds it: pure, over the head, the claim and what this replica has seen.
import { StateError } from "./errors.ts";
import type { Head, HeldLease } from "./head.ts";
import { stackPath } from "./stack.ts";
import type { Takeover } from "./stack.ts";

export interface TakeoverView {
  /** Wall time, milliseconds since 1970. */
  readonly now: number;
  /** How long this replica has seen the lease unrenewed, by its own monotonic clock. */
  readonly unrenewedMs: number;
  readonly observationMs: number;
}

/** Throws "held" with the holder and when to come back, unless the takeover is justified. */
export function assertMayTake(head: Head, holder: string, takeover: Takeover, view: TakeoverView): void {
  if (head.removing) {
    throw new StateError("held", `the stack ${stackPath(head.id)} is being removed; wait until it is gone`, {
      retryAfterMs: 2_000,
    });
  }
  const barrier = head.lease ?? stillRunning(head.predecessor, view.now);
  if (!barrier || barrier.holder === holder) return;
  switch (takeover.kind) {
    case "proofOfDeath":
      if (takeover.holder === barrier.holder) return;
      throw held(head, barrier, `the proof is about ${takeover.holder}, but it is held by ${barrier.holder}`, 1_000);
    case "leaseExpired": {
      const clear = barrier.expireTime + takeover.providerTimeoutMs - view.now;
      const seen = head.lease ? view.observationMs - view.unrenewedMs : 0;
      const wait = Math.max(clear, seen);
      if (wait <= 0) return;
      throw held(head, barrier, "its lease has not been over for long enough", wait);
    }
    case "byPerson":
      if (!head.lease || head.lease.expireTime <= view.now) return;
      throw held(head, barrier, "its holder is alive", barrier.expireTime - view.now);
    case "free":
      throw held(head, barrier, "nobody has shown that the holder is gone", barrier.expireTime - view.now);
  }
}

function stillRunning(predecessor: HeldLease | undefined, now: number): HeldLease | undefined {
  return predecessor && predecessor.expireTime > now ? predecessor : undefined;
}

function held(head: Head, by: HeldLease, why: string, waitMs: number): StateError {
  const until = new Date(by.expireTime).toISOString();
  return new StateError(
    "held",
    `the stack ${stackPath(head.id)} is held by ${by.holder} until ${until}: ${why}; ` +
      "wait, or stop the holder and run `pulumi cancel`",
    { holder: by.holder, retryAfterMs: Math.max(1_000, waitMs) },
  );
}

// The fence: what a lease is worth against a head, and what the fenced are told. Pure.
import { StateError } from "./errors.ts";
import type { ActiveUpdate, Head, HeldLease } from "./head.ts";
import { stackPath } from "./stack.ts";
import type { StackId, StackLease } from "./stack.ts";

/** The head with a lease that runs until `expireTime`. */
export function extended(head: Head, expireTime: number): Head {
  const { lease } = head;
  if (!lease) return head;
  const next: HeldLease = { ...lease, expireTime, renewals: lease.renewals + 1 };
  return { ...head, lease: next };
}

export function leaseOf(head: Head): StackLease | undefined {
  const { lease } = head;
  return lease && { stack: head.id, epoch: head.epoch, holder: lease.holder, expireTime: lease.expireTime };
}

export function holds(head: Head, lease: { readonly epoch: number; readonly holder: string }): boolean {
  return head.epoch === lease.epoch && head.lease?.holder === lease.holder;
}

export function assertHolds(head: Head, lease: { readonly epoch: number; readonly holder: string }): void {
  if (!holds(head, lease)) throw fenced(head.id, lease.holder, head);
}

export function fenced(stack: StackId, holder: string, head?: Head): StateError {
  const now = head?.lease ? `it is held by ${head.lease.holder} (epoch ${head.epoch})` : "its lease was cancelled";
  return new StateError(
    "fenced",
    `${holder} no longer holds the stack ${stackPath(stack)}: ${now}. Nothing was written. ` +
      "Stop this process; the state records what was reported so far, and the present holder goes on from there",
  );
}

/** A head with an update in flight. */
export type Running = Head & { readonly update: ActiveUpdate };

/** Throws "fenced" unless this update, in this epoch, is the one in flight. */
export function assertRuns(head: Head, claim: UpdateClaim): asserts head is Running {
  if (head.epoch !== claim.epoch || head.update?.id !== claim.updateId) throw fenced(claim.stack, claim.holder, head);
}

/** An update as its token names it. */
export interface UpdateClaim {
  readonly stack: StackId;
  readonly updateId: string;
  readonly epoch: number;
  readonly holder: string;
}

// Who may change a stack: acquire, renew, release, cancel. A new holder raises the epoch before anything else.
import { closeUpdate } from "./close.ts";
import type { StateContext } from "./context.ts";
import { assertHolds, extended, fenced, holds, leaseOf } from "./fence.ts";
import { deletableChunks } from "./head.ts";
import type { Head } from "./head.ts";
import { rewrapDataKey } from "./seal.ts";
import type { StackId, StackLease, Takeover } from "./stack.ts";
import { assertMayTake } from "./takeover.ts";

const maxWatched = 10_000;

/** When this replica first saw each lease as it is: expiry is not judged by wall clocks alone. */
export class LeaseWatch {
  readonly #seen = new Map<string, { readonly mark: string; readonly since: number }>();

  /** Milliseconds of monotonic time the lease has been seen as it is now. */
  unrenewedMs(head: Head, now: number): number {
    const mark = `${head.epoch}/${head.lease?.holder}/${head.lease?.renewals}`;
    const seen = this.#seen.get(head.uid);
    if (seen?.mark === mark) return now - seen.since;
    this.#seen.delete(head.uid);
    this.#seen.set(head.uid, { mark, since: now });
    const [oldest] = this.#seen.keys();
    if (this.#seen.size > maxWatched && oldest !== undefined) this.#seen.delete(oldest);
    return 0;
  }
}

export interface Claim {
  readonly stack: StackId;
  readonly holder: string;
  readonly takeover: Takeover;
}

/** Raises the epoch, then closes what an interrupted update left and deletes what older epochs left. */
export async function acquire(
  ctx: StateContext,
  watch: LeaseWatch,
  claim: Claim,
  signal: AbortSignal,
): Promise<StackLease> {
  const cell = ctx.cell(claim.stack);
  await cell.mustRead(signal);
  const raised = await cell.change((head) => {
    const unrenewedMs = watch.unrenewedMs(head, ctx.clock.monotonic());
    assertMayTake(head, claim.holder, claim.takeover, {
      now: ctx.clock.now(),
      unrenewedMs,
      observationMs: ctx.observationMs,
    });
    const { predecessor: _, ...rest } = head;
    return {
      ...rest,
      epoch: head.epoch + 1,
      lease: { holder: claim.holder, expireTime: ctx.clock.now() + ctx.leaseMs, renewals: 0 },
      dataKey: rewrapDataKey(ctx.ring, head.uid, head.dataKey, ctx.entropy),
    };
  }, signal);
  const held = leaseOf(raised);
  if (!held || held.holder !== claim.holder) throw fenced(claim.stack, claim.holder);
  await tidy(ctx, held, signal);
  return held;
}

/** After the raise nobody else can write: what is there is final. */
async function tidy(ctx: StateContext, lease: StackLease, signal: AbortSignal): Promise<void> {
  await ctx.cell(lease.stack).change(async (head) => {
    assertHolds(head, lease);
    const closed = await closeUpdate(ctx, head, "failed", signal);
    const chunks = deletableChunks(closed);
    for (const chunk of chunks) {
      await ctx.store.deleteChunk({ uid: head.uid, ...chunk }, signal);
    }
    if (chunks.length === 0) return closed;
    return { ...closed, garbage: closed.garbage.filter((blob) => blob.epoch >= head.epoch) };
  }, signal);
}

export async function renew(ctx: StateContext, lease: StackLease, signal: AbortSignal): Promise<StackLease> {
  const head = await ctx.cell(lease.stack).change((head_) => {
    assertHolds(head_, lease);
    return extended(head_, ctx.clock.now() + ctx.leaseMs);
  }, signal);
  return leaseOf(head) ?? lease;
}

/** The caller has seen its worker end: an update it left open is closed as failed. */
export async function release(ctx: StateContext, lease: StackLease, signal: AbortSignal): Promise<void> {
  await ctx.cell(lease.stack).change(async (head) => {
    if (!holds(head, lease)) return head;
    const { lease: _, ...rest } = await closeUpdate(ctx, head, "failed", signal);
    return rest;
  }, signal);
}

/** Fences whoever works on the stack. Until its lease would have ended, only proof of its death lets the operator go on. */
export async function cancel(ctx: StateContext, stack: StackId, signal: AbortSignal): Promise<void> {
  const cell = ctx.cell(stack);
  const raised = await cell.change((head) => {
    const { lease, ...rest } = head;
    return { ...rest, epoch: head.epoch + 1, ...(lease ? { predecessor: lease } : {}) };
  }, signal);
  await cell.change(
    (head) => (head.epoch === raised.epoch ? closeUpdate(ctx, head, "cancelled", signal) : head),
    signal,
  );
}

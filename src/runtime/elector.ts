// Holds one Lease: looks, takes, renews, gives up, as election.ts says.
import { type Lease, leases } from "../api/core.ts";
import type { Clock, Random } from "../kube/clock.ts";
import { isKubeError } from "../kube/errors.ts";
import type { Kube } from "../kube/kube.ts";
import {
  type Candidate,
  candidateMove,
  type ElectionState,
  holding,
  renewal,
  resignation,
  sighted,
  startCandidate,
} from "./election.ts";

/** What the elector tells. `extended` and `acquired` give the monotonic time until which the lease is safely ours. */
export interface ElectorListener {
  acquired(validUntil: number): void;
  extended(validUntil: number): void;
  /** Not ours any more; also after `until` ran out. Work must stop. */
  lost(why: string): void;
  trouble(error: unknown): void;
}

export interface ElectorParts {
  readonly kube: Kube;
  readonly clock: Clock;
  readonly random: Random;
  readonly candidate: Candidate;
  readonly listener: ElectorListener;
  /** Asked at the end: `delete` removes the Lease (announcements), `clear` empties it (locks), `keep` lets it run out. */
  readonly release: () => "clear" | "delete" | "keep";
  /** False while whoever works under the lease gives no sign of life: the lease is let go. Default: always true. */
  readonly mayRenew?: () => boolean;
}

type Holder = Extract<ElectionState, { kind: "holder" }>;

/** Contends until the signal aborts, then releases what it holds. Never rejects but for defects. */
export async function runElector(parts: ElectorParts, signal: AbortSignal): Promise<void> {
  const { clock, random, candidate, listener } = parts;
  const { timing } = candidate;
  let state: ElectionState = startCandidate;
  while (!signal.aborted) {
    if (state.kind === "candidate") {
      const next: ElectionState = await tryTake(parts, state, signal);
      if (next.kind === "holder") listener.acquired(next.validUntil);
      state = next;
    } else {
      state = await tryRenew(parts, state, signal);
    }
    const pause =
      state.kind === "holder"
        ? Math.min(timing.retryMs, Math.max(0, state.validUntil - clock.monotonic())) // expiry is noticed when it happens
        : timing.retryMs * (1 + random() * timing.jitter);
    await clock.sleep(pause, signal).catch(() => {});
  }
  if (state.kind === "holder") await release(parts, state);
}

async function tryTake(
  parts: ElectorParts,
  state: Extract<ElectionState, { kind: "candidate" }>,
  signal: AbortSignal,
): Promise<ElectionState> {
  const { kube, clock, candidate } = parts;
  let now: ElectionState = state;
  if (parts.mayRenew?.() === false) return state;
  try {
    const lease = await read(parts, signal);
    now = sighted(state, lease, clock.monotonic());
    if (now.kind === "holder") return now;
    const began = clock.monotonic();
    const move = candidateMove(candidate, now, lease === undefined ? "missing" : "exists", began, clock.now());
    // A write is never cut short by the end of the contest: its outcome would be unknown and the lease could stay ours.
    const options = { signal: endless(), timeoutMs: candidate.timing.renewDeadlineMs / 2, retry: "none" } as const;
    if (move.kind === "create") return holding(candidate, await kube.create(leases, move.lease, options), began);
    if (move.kind === "swap") return holding(candidate, await kube.update(leases, move.lease, options), began);
    return now;
  } catch (error) {
    if (!signal.aborted && !isKubeError(error, "conflict", "alreadyExists")) parts.listener.trouble(error);
    return now;
  }
}

/** Renews, or looks who took the lease. The state says whether it is still ours. */
async function tryRenew(parts: ElectorParts, state: Holder, signal: AbortSignal): Promise<ElectionState> {
  const { kube, clock, candidate, listener } = parts;
  const began = clock.monotonic();
  const left = state.validUntil - began;
  if (parts.mayRenew?.() === false) return expireIfDue(parts, state);
  if (left <= 0) return lose(listener, notRenewed(candidate));
  const options = {
    signal: endless(),
    timeoutMs: Math.min(left, candidate.timing.renewDeadlineMs / 2),
    retry: "none",
  } as const;
  try {
    const next = holding(
      candidate,
      await kube.update(leases, renewal(candidate, state.lease, clock.now()), options),
      began,
    );
    // An answer that came after the right had run out renews nothing: others may have been told already.
    if (clock.monotonic() >= state.validUntil) return lose(listener, "its renewal came too late");
    listener.extended(next.validUntil);
    return next;
  } catch (error) {
    if (isKubeError(error, "conflict", "notFound")) return reread(parts, state, signal);
    listener.trouble(error);
    return expireIfDue(parts, state);
  }
}

/** Somebody wrote the lease: a stranger who now holds it, or an earlier try of ours whose answer was lost. */
async function reread(parts: ElectorParts, state: Holder, signal: AbortSignal): Promise<ElectionState> {
  const { listener, candidate } = parts;
  try {
    const lease = await read(parts, signal);
    if (lease === undefined) return lose(listener, "the Lease was deleted");
    const holder = lease.spec?.holderIdentity ?? "";
    if (holder !== candidate.identity) return lose(listener, `it was taken by "${holder}"`);
    return { ...state, lease };
  } catch (error) {
    if (!signal.aborted) listener.trouble(error);
    return expireIfDue(parts, state);
  }
}

function expireIfDue(parts: ElectorParts, state: Holder): ElectionState {
  if (parts.clock.monotonic() < state.validUntil) return state;
  return lose(parts.listener, notRenewed(parts.candidate));
}

function lose(listener: ElectorListener, why: string): ElectionState {
  listener.lost(why);
  return startCandidate;
}

function notRenewed(candidate: Candidate): string {
  return `it could not be renewed for ${candidate.timing.renewDeadlineMs / 1000} s`;
}

async function release(parts: ElectorParts, state: Holder): Promise<void> {
  const { kube, clock, candidate, listener } = parts;
  const how = parts.release();
  if (how === "keep") return;
  // Bounded: the process is about to end, and an unreleased lease expires by itself.
  const options = { signal: endless(), timeoutMs: candidate.timing.renewDeadlineMs / 2 };
  try {
    if (how === "clear") {
      await kube.update(leases, resignation(state.lease, clock.now()), options);
    } else {
      const { uid, resourceVersion } = state.lease.metadata;
      const exactly = {
        ...(uid === undefined ? {} : { uid }),
        ...(resourceVersion === undefined ? {} : { resourceVersion }),
      };
      await kube.delete(leases, { namespace: candidate.namespace, name: candidate.name }, { ...options, ...exactly });
    }
  } catch (error) {
    if (!isKubeError(error, "conflict", "notFound")) listener.trouble(error);
  }
}

async function read({ kube, candidate }: ElectorParts, signal: AbortSignal): Promise<Lease | undefined> {
  try {
    const key = { namespace: candidate.namespace, name: candidate.name };
    const timeoutMs = candidate.timing.renewDeadlineMs / 2;
    return await kube.get(leases, key, { signal, timeoutMs, retry: "none" });
  } catch (error) {
    if (isKubeError(error, "notFound")) return undefined;
    throw error;
  }
}

function endless(): AbortSignal {
  return new AbortController().signal;
}

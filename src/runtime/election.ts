// The rules of holding a Lease, as one state and pure steps. Times are local monotonic milliseconds, never the Lease's own.
import type { Lease } from "../api/core.ts";
import { rfc3339Micro } from "./conditions.ts";

/** How a lease is held. client-go's defaults: 15 s, 10 s, 2 s, jitter 1.2. */
export interface LeaseTiming {
  /** Others may take it this long after they last saw it change. */
  readonly durationMs: number;
  /** The holder gives up when it could not renew for this long; less than `durationMs`, so that it stops first. */
  readonly renewDeadlineMs: number;
  /** Between attempts to take or renew. */
  readonly retryMs: number;
  /** Attempts to take wait up to this factor of `retryMs` longer, so that candidates spread. */
  readonly jitter: number;
}

export const defaultLeaseTiming: LeaseTiming = {
  durationMs: 15_000,
  renewDeadlineMs: 10_000,
  retryMs: 2000,
  jitter: 1.2,
};

/** What one replica knows of one lease. */
export type ElectionState =
  | { readonly kind: "candidate"; readonly seen: Sighting | undefined }
  /** `validUntil`: begin of the last successful renewal plus the renew deadline. */
  | { readonly kind: "holder"; readonly lease: Lease; readonly validUntil: number };

/** A lease as last seen, and when it was first seen like that. */
export interface Sighting {
  readonly lease: Lease;
  readonly version: string;
  readonly since: number;
}

/** What to do now. */
export type ElectionMove =
  | { readonly kind: "create"; readonly lease: Lease }
  /** Compare-and-swap on the resourceVersion that `lease` carries. */
  | { readonly kind: "swap"; readonly lease: Lease }
  | { readonly kind: "wait" };

export interface Candidate {
  readonly name: string;
  readonly namespace: string;
  /** Unique to this process, so that nobody takes a former self's lease for its own. */
  readonly identity: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly timing: LeaseTiming;
}

export const startCandidate: ElectionState = { kind: "candidate", seen: undefined };

/** A candidate has read the lease; undefined: there is none. A holder's lease that vanished still counts until it expires. */
export function sighted(state: ElectionState, lease: Lease | undefined, now: number): ElectionState {
  if (state.kind === "holder") return state;
  if (lease === undefined) return state;
  const version = lease.metadata.resourceVersion ?? "";
  if (state.seen?.version === version && state.seen.lease.metadata.uid === lease.metadata.uid) return state;
  return { kind: "candidate", seen: { lease, version, since: now } };
}

/** What a candidate that just looked does next. `found`: whether the lease exists now. */
export function candidateMove(
  me: Candidate,
  state: Extract<ElectionState, { kind: "candidate" }>,
  found: "exists" | "missing",
  now: number,
  wallMs: number,
): ElectionMove {
  const free = state.seen === undefined || isFree(state.seen, me, now);
  if (found === "missing") return free ? { kind: "create", lease: leaseBody(me, undefined, wallMs) } : { kind: "wait" };
  if (!free || state.seen === undefined) return { kind: "wait" };
  return { kind: "swap", lease: leaseBody(me, state.seen.lease, wallMs) };
}

/** The lease a holder writes to keep it. */
export function renewal(me: Candidate, held: Lease, wallMs: number): Lease {
  return { ...held, spec: { ...held.spec, ...terms(me), renewTime: rfc3339Micro(wallMs) } };
}

/** The lease a holder writes to give it up: nobody holds it, and whoever sees it may take it at once. */
export function resignation(held: Lease, wallMs: number): Lease {
  const time = rfc3339Micro(wallMs);
  return {
    ...held,
    spec: { ...held.spec, holderIdentity: "", leaseDurationSeconds: 1, renewTime: time, acquireTime: time },
  };
}

/** A take or a renewal that began at `began` was stored as `lease`. */
export function holding(me: Candidate, lease: Lease, began: number): Extract<ElectionState, { kind: "holder" }> {
  return { kind: "holder", lease, validUntil: began + me.timing.renewDeadlineMs };
}

function isFree(seen: Sighting, me: Candidate, now: number): boolean {
  const holder = seen.lease.spec?.holderIdentity ?? "";
  if (holder === "" || holder === me.identity) return true;
  const seconds = seen.lease.spec?.leaseDurationSeconds;
  return now - seen.since > (seconds === undefined ? me.timing.durationMs : seconds * 1000);
}

function leaseBody(me: Candidate, former: Lease | undefined, wallMs: number): Lease {
  const time = rfc3339Micro(wallMs);
  const changes = former?.spec?.holderIdentity === me.identity ? 0 : 1;
  return {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: {
      ...former?.metadata,
      name: me.name,
      namespace: me.namespace,
      labels: { ...former?.metadata.labels, ...me.labels },
      annotations: { ...former?.metadata.annotations, ...me.annotations },
    },
    spec: {
      ...terms(me),
      acquireTime: time,
      renewTime: time,
      leaseTransitions: former === undefined ? 0 : (former.spec?.leaseTransitions ?? 0) + changes,
    },
  };
}

function terms(me: Candidate) {
  return { holderIdentity: me.identity, leaseDurationSeconds: Math.ceil(me.timing.durationMs / 1000) };
}

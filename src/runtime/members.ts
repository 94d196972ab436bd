// Who is alive: what the announcement Leases say, judged by when they were last seen to change here.
import type { Lease } from "../api/core.ts";

/** Shard count a replica was started with; those that disagree must not hold shards together. */
export const shardsAnnotation = "iacdharma.com/shards";

interface Sighting {
  readonly version: string;
  readonly since: number;
}

/** A live replica. */
export interface Member {
  readonly identity: string;
  readonly shards: number;
  /** creationTimestamp of its announcement, then its name: who was here first. */
  readonly seniority: string;
}

export interface MemberView {
  readonly live: readonly Member[];
  /** Announcements of the dead, old enough to be swept away. */
  readonly stale: readonly Lease[];
}

const sweepMs = 600_000;

/** Watches announcements over time. Memory is bounded by the Leases there are. */
export class Members {
  #seen = new Map<string, Sighting>();

  /** `now`: monotonic milliseconds. An announcement not changed for its own duration, or with no holder, is dead. */
  look(announcements: readonly Lease[], now: number): MemberView {
    const seen = new Map<string, Sighting>();
    const live: Member[] = [];
    const stale: Lease[] = [];
    for (const lease of announcements) {
      const id = lease.metadata.uid ?? lease.metadata.name;
      const version = lease.metadata.resourceVersion ?? "";
      const before = this.#seen.get(id);
      const sighting = before?.version === version ? before : { version, since: now };
      seen.set(id, sighting);
      const silentMs = now - sighting.since;
      const identity = lease.spec?.holderIdentity ?? "";
      if (identity !== "" && silentMs <= (lease.spec?.leaseDurationSeconds ?? 15) * 1000) {
        live.push({
          identity,
          shards: Number(lease.metadata.annotations?.[shardsAnnotation] ?? 0),
          seniority: `${lease.metadata.creationTimestamp ?? ""} ${lease.metadata.name}`,
        });
      } else if (silentMs > sweepMs) {
        stale.push(lease);
      }
    }
    this.#seen = seen;
    return { live, stale };
  }
}

/**
 * The shards `me` should hold. None while it is not announced, and none while a senior replica counts shards otherwise:
 * a key would have two homes.
 */
export function wantedShards(
  me: string,
  live: readonly Member[],
  shards: number,
  assign: (members: readonly string[], shards: number) => readonly string[],
): ReadonlySet<number> {
  const self = live.find((member) => member.identity === me);
  if (self === undefined) return new Set();
  const others = live.filter((member) => member.shards !== shards);
  if (others.some((other) => other.seniority < self.seniority)) return new Set();
  const peers = live.filter((member) => member.shards === shards).map((member) => member.identity);
  const owners = assign(peers, shards);
  return new Set(owners.flatMap((owner, shard) => (owner === me ? [shard] : [])));
}

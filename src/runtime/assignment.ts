// Which replica should hold which shard, and which shard an object belongs to: the same answer on every replica.
import { createHash } from "node:crypto";
import { fnv1a } from "./fnv1a.ts";

/** The shard of an object by its metadata.uid: FNV-1a, 32 bit, modulo the number of shards. */
export function shardOf(uid: string, shards: number): number {
  return fnv1a(uid) % shards;
}

/**
 * Rendezvous hashing with bounded load: each shard goes to the member with the highest weight for it that has room;
 * nobody holds more than one shard above the fair share. Depends on the set of members only, not on their order.
 * Throws when there are no members.
 */
export function assignShards(members: readonly string[], shards: number): readonly string[] {
  const names = [...new Set(members)].toSorted(byText);
  if (names.length === 0) throw new Error("no members to assign shards to");
  const room = Math.ceil(shards / names.length);
  const load = new Map<string, number>();
  return Array.from({ length: shards }, (_, shard) => {
    const ranked = names
      .map((name) => ({ name, weight: weightOf(name, shard) }))
      .toSorted((a, b) => b.weight - a.weight || byText(a.name, b.name));
    const chosen = ranked.find(({ name }) => (load.get(name) ?? 0) < room)?.name;
    if (chosen === undefined) throw new Error("a shard found no room although room times members covers all shards");
    load.set(chosen, (load.get(chosen) ?? 0) + 1);
    return chosen;
  });
}

function weightOf(member: string, shard: number): number {
  return createHash("sha256").update(`${shard}\u0000${member}`).digest().readUIntBE(0, 6);
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

// How much state is too much for Secrets, and what to say then.
import { StateTooLarge } from "./errors.ts";
import { announcesChange } from "./journal.ts";
import type { JournalEntry } from "./journal.ts";

/** Bytes after compression. */
export interface StateLimits {
  readonly maxStackBytes: number;
  readonly maxTotalBytes: number;
}

export const defaultLimits: StateLimits = { maxStackBytes: 8 * 1024 * 1024, maxTotalBytes: 512 * 1024 * 1024 };

/** What a resource of a cloud provider takes compressed, checkpoint and journal together, until a stack has its own average. */
const typicalResourceBytes = 2_048;

export interface Room {
  readonly stackBytes: number;
  readonly totalBytes: number;
}

/** Throws StateTooLarge when a bound is passed. */
export function assertWithin(limits: StateLimits, room: Room, stack: string): void {
  if (room.stackBytes > limits.maxStackBytes) {
    throw new StateTooLarge(
      `the state of ${stack} takes ${megabytes(room.stackBytes)} compressed; Secrets hold at most ${megabytes(limits.maxStackBytes)} ` +
        "a stack: split the Blueprint, or name a Postgres or object store backend in spec.state.backendRef",
    );
  }
  if (room.totalBytes > limits.maxTotalBytes) {
    throw new StateTooLarge(
      `all states together take ${megabytes(room.totalBytes)} of the ${megabytes(limits.maxTotalBytes)} that Secrets may hold: ` +
        "remove stacks, or move large ones to a Postgres or object store backend (spec.state.backendRef)",
    );
  }
}

/** What the state is expected to take with `moreResources` more. */
export function expectedRoom(room: Room, resources: number, moreResources: number): Room {
  const average = resources > 0 ? Math.max(room.stackBytes / resources, 256) : typicalResourceBytes;
  const more = Math.ceil(average * Math.max(0, moreResources));
  return { stackBytes: room.stackBytes + more, totalBytes: room.totalBytes + more };
}

/** Past a bound new changes are refused, while results of changes already made are always recorded: nothing gets lost. */
export function assertMayAppend(
  limits: StateLimits,
  room: Room,
  entries: readonly JournalEntry[],
  stack: string,
): void {
  if (entries.some(announcesChange)) assertWithin(limits, room, stack);
}

function megabytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}

// Which objects are this replica's to work on.
import type { Fence } from "./fence.ts";

/** The right to work on one object for the length of a pass; hand-over waits for its release. */
export interface Claim extends Fence {
  release(): void;
}

/** What a change of ownership means for objects. */
export interface OwnershipChange {
  /**
   * `handedOver`: passes in flight end first, then another replica goes on. `lost`: the lease ran out or was taken, and another
   * replica may be at work already.
   */
  readonly kind: "gained" | "handedOver" | "lost";
  /** True for objects (by metadata.uid) the change concerns. */
  concerns(uid: string): boolean;
}

export interface Ownership {
  /** Whether work on the object may be queued here. */
  owns(uid: string): boolean;
  /** Undefined when the object is not ours, or is being handed over. */
  claim(uid: string): Claim | undefined;
  subscribe(listener: (change: OwnershipChange) => void, signal: AbortSignal): void;
}

const never = new AbortController().signal;

/** Every replica works on every object; for work that is harmless twice. */
export const ownsEverything: Ownership = {
  owns: () => true,
  claim: () => ({ check: () => {}, signal: never, release: () => {} }),
  subscribe: () => {},
};

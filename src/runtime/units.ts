// Objects divided into units that are held one by one: claims, hand-over, and who hears of it.
import type { Fence } from "./fence.ts";
import type { Claim, Ownership, OwnershipChange } from "./ownership.ts";

interface Held {
  readonly hold: Fence;
  claims: number;
  state: "open" | "draining";
  readonly idle: (() => void)[];
}

/**
 * Ownership of whole units of objects. A unit is open (claims are given), draining (none are given, those given go on)
 * or not held. `unitOf` maps metadata.uid to 0..count-1.
 */
export class Units implements Ownership {
  readonly #unitOf: (uid: string) => number;
  readonly #held = new Map<number, Held>();
  readonly #listeners = new Set<(change: OwnershipChange) => void>();

  constructor(unitOf: (uid: string) => number) {
    this.#unitOf = unitOf;
  }

  /** Units open or draining. */
  get held(): readonly number[] {
    return [...this.#held.keys()].toSorted((a, b) => a - b);
  }

  owns(uid: string): boolean {
    return this.#held.get(this.#unitOf(uid))?.state === "open";
  }

  claim(uid: string): Claim | undefined {
    const unit = this.#unitOf(uid);
    const held = this.#held.get(unit);
    if (held?.state !== "open" || held.hold.signal.aborted) return undefined;
    held.claims += 1;
    let given = true;
    return {
      signal: held.hold.signal,
      check: () => held.hold.check(),
      release() {
        if (!given) return;
        given = false;
        held.claims -= 1;
        if (held.claims === 0) for (const idle of held.idle.splice(0)) idle();
      },
    };
  }

  subscribe(listener: (change: OwnershipChange) => void, signal: AbortSignal): void {
    if (signal.aborted) return;
    this.#listeners.add(listener);
    signal.addEventListener("abort", () => this.#listeners.delete(listener), { once: true });
    for (const unit of this.#held.keys())
      if (this.#held.get(unit)?.state === "open") listener(this.#change("gained", unit));
  }

  /** The unit is ours under `hold`. */
  open(unit: number, hold: Fence): void {
    this.#held.set(unit, { hold, claims: 0, state: "open", idle: [] });
    this.#tell("gained", unit);
  }

  /** Takes back a hand-over that is no longer wanted. */
  reopen(unit: number): void {
    const held = this.#held.get(unit);
    if (held?.state !== "draining") return;
    held.state = "open";
    this.#tell("gained", unit);
  }

  /** No more claims; resolves when the last one given has been released. */
  async drain(unit: number): Promise<void> {
    const held = this.#held.get(unit);
    if (held === undefined) return;
    if (held.state === "open") {
      held.state = "draining";
      this.#tell("handedOver", unit);
    }
    if (held.claims > 0) await new Promise<void>((resolve) => held.idle.push(resolve));
  }

  /** The unit is not ours any more; passes under it see the hold's signal. */
  drop(unit: number): void {
    const held = this.#held.get(unit);
    if (held === undefined) return;
    this.#held.delete(unit);
    if (held.state === "open") this.#tell("lost", unit);
  }

  #tell(kind: OwnershipChange["kind"], unit: number): void {
    const change = this.#change(kind, unit);
    for (const listener of this.#listeners) listener(change);
  }

  #change(kind: OwnershipChange["kind"], unit: number): OwnershipChange {
    return { kind, concerns: (uid) => this.#unitOf(uid) === unit };
  }
}

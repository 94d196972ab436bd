// A clock that moves only when told to: for tests and for the seeded simulation.
import type { Clock } from "../kube/clock.ts";
import { TimerHeap } from "./timer-heap.ts";

/** Wall and monotonic time under control. Sleepers wake in order of their due times. */
export class ManualClock implements Clock {
  #monotonic = 0;
  #wall: number;
  #sequence = 0;
  readonly #timers = new TimerHeap();
  readonly #sleepers = new Map<string, () => void>();

  constructor(wallMs = Date.UTC(2026, 0, 1)) {
    this.#wall = wallMs;
  }

  now(): number {
    return this.#wall;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  /** When the next sleeper wakes (monotonic); undefined when nobody sleeps. */
  get nextWake(): number | undefined {
    return this.#timers.first?.at;
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const id = String((this.#sequence += 1));
      const timer = this.#timers.add(id, this.#monotonic + ms);
      const onAbort = () => {
        this.#timers.remove(timer);
        this.#sleepers.delete(id);
        reject(signal.reason);
      };
      this.#sleepers.set(id, () => {
        signal.removeEventListener("abort", onAbort);
        resolve();
      });
      signal.addEventListener("abort", onAbort, { once: true });
    });
  }

  /** Moves both times by `ms`, waking sleepers on the way and letting what they start run. */
  async advance(ms: number): Promise<void> {
    const end = this.#monotonic + ms;
    await settled();
    for (let timer = this.#timers.first; timer !== undefined && timer.at <= end; timer = this.#timers.first) {
      this.#moveTo(timer.at);
      this.#timers.remove(timer);
      const wake = this.#sleepers.get(timer.key);
      this.#sleepers.delete(timer.key);
      wake?.();
      // oxlint-disable-next-line no-await-in-loop -- time stands still while what woke up runs
      await settled();
    }
    this.#moveTo(end);
  }

  /** Moves both times while nothing runs, as when the event loop is blocked. What is due wakes with the next `advance`. */
  stall(ms: number): void {
    this.#moveTo(this.#monotonic + ms);
  }

  /** Moves wall time alone, as a clock that is set. */
  jump(ms: number): void {
    this.#wall += ms;
  }

  #moveTo(monotonic: number): void {
    if (monotonic <= this.#monotonic) return;
    this.#wall += monotonic - this.#monotonic;
    this.#monotonic = monotonic;
  }
}

/** Resolves after everything that waits on nothing but promises has run. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

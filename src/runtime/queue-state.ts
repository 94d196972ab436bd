// The rules of the work queue, without clock, timers or promises: every input is a call, time is an argument.
import { ReadyList, moreUrgent, type Place, type Priority } from "./ready-list.ts";
import { TimerHeap, type Timer } from "./timer-heap.ts";

/** What a worker gets. Times are milliseconds of the monotonic clock. */
export interface Work {
  readonly key: string;
  readonly priority: Priority;
  /** When the key became ready. */
  readonly readyAt: number;
  readonly takenAt: number;
  /** Failures in a row before this attempt. */
  readonly failures: number;
}

interface Entry {
  place: Place | undefined;
  readyAt: number;
  active: Work | undefined;
  /** Added while active: goes again when done. */
  again: { readonly priority: Priority; readonly since: number } | undefined;
  /** Set by a finished pass for itself; the next pass sets it anew. */
  wake: Timer | undefined;
  wakePriority: Priority;
  /** Asked for from outside; stands until it fires. */
  asked: Timer | undefined;
  failures: number;
}

/**
 * Invariants: a key is active at most once; a key added at any time is worked on after that time; a key with nothing
 * ready, active, delayed or failed takes no memory.
 */
export class QueueState {
  readonly #entries = new Map<string, Entry>();
  readonly #ready = new ReadyList();
  readonly #timers = new TimerHeap();
  readonly #active = new Map<string, Work>();

  /** Keys ready to be taken. */
  get depth(): number {
    return this.#ready.size;
  }

  /** What workers hold now. */
  get active(): ReadonlyMap<string, Work> {
    return this.#active;
  }

  /** Keys the queue knows anything about. */
  get size(): number {
    return this.#entries.size;
  }

  /** When the next delayed key becomes ready. */
  get nextDue(): number | undefined {
    return this.#timers.first?.at;
  }

  /** Makes the key ready, or more urgent when it is ready already. True when it was not ready before. */
  add(key: string, priority: Priority, now: number): boolean {
    const entry = this.#entry(key);
    if (entry.active) {
      const first = entry.again === undefined;
      entry.again = {
        priority: entry.again ? moreUrgent(entry.again.priority, priority) : priority,
        since: entry.again?.since ?? now,
      };
      return first;
    }
    if (entry.place === undefined) {
      entry.readyAt = now;
      entry.place = this.#ready.push(key, priority);
      return true;
    }
    const urgent = moreUrgent(entry.place.priority, priority);
    if (urgent !== entry.place.priority) {
      this.#ready.giveUp(entry.place);
      entry.place = this.#ready.push(key, urgent);
    }
    return false;
  }

  /** Makes the key ready at `at`, or earlier when that was asked before. */
  addAt(key: string, at: number): void {
    const entry = this.#entry(key);
    if (entry.asked && entry.asked.at <= at) return;
    if (entry.asked) this.#timers.remove(entry.asked);
    entry.asked = this.#timers.add(key, at);
  }

  /** Moves what is due to the ready list; the number of keys that became ready. */
  advance(now: number): number {
    let count = 0;
    for (let timer = this.#timers.first; timer !== undefined && timer.at <= now; timer = this.#timers.first) {
      this.#timers.remove(timer);
      const entry = this.#entries.get(timer.key);
      if (entry === undefined) continue;
      const priority = timer === entry.wake ? entry.wakePriority : "normal";
      if (timer === entry.wake) entry.wake = undefined;
      if (timer === entry.asked) entry.asked = undefined;
      if (this.add(timer.key, priority, now)) count += 1;
    }
    return count;
  }

  /** The most urgent ready key, now active until `done`. */
  take(now: number): Work | undefined {
    const place = this.#ready.shift();
    if (place === undefined) return undefined;
    const entry = this.#entry(place.key);
    entry.place = undefined;
    if (entry.wake) this.#timers.remove(entry.wake);
    entry.wake = undefined;
    const work = {
      key: place.key,
      priority: place.priority,
      readyAt: entry.readyAt,
      takenAt: now,
      failures: entry.failures,
    };
    entry.active = work;
    this.#active.set(place.key, work);
    return work;
  }

  /** Ends the attempt well. `wakeAt`: come back then, at `wakePriority`. True when the key is ready again at once. */
  succeeded(work: Work, wakeAt?: number, wakePriority: Priority = "normal"): boolean {
    return this.#finish(work, 0, wakeAt, wakePriority);
  }

  /** Ends the attempt badly; the key comes back at `retryAt`. True when it is ready again at once. */
  failed(work: Work, retryAt: number): boolean {
    return this.#finish(work, work.failures + 1, retryAt, work.priority);
  }

  /** Forgets all that is planned for the key. An attempt in progress goes on and leaves nothing behind. */
  drop(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    if (entry.place) this.#ready.giveUp(entry.place);
    if (entry.wake) this.#timers.remove(entry.wake);
    if (entry.asked) this.#timers.remove(entry.asked);
    entry.place = entry.wake = entry.asked = entry.again = undefined;
    entry.failures = 0;
    this.#shrink(key, entry);
  }

  #finish(work: Work, failures: number, wakeAt: number | undefined, priority: Priority): boolean {
    const entry = this.#entries.get(work.key);
    if (entry?.active !== work) throw new Error(`${work.key} was finished by a worker that does not hold it`);
    entry.active = undefined;
    this.#active.delete(work.key);
    entry.failures = failures;
    if (wakeAt !== undefined) {
      entry.wake = this.#timers.add(work.key, wakeAt);
      entry.wakePriority = priority;
    }
    const again = entry.again;
    entry.again = undefined;
    if (again) {
      this.add(work.key, again.priority, again.since);
      return true;
    }
    this.#shrink(work.key, entry);
    return false;
  }

  #entry(key: string): Entry {
    const known = this.#entries.get(key);
    if (known) return known;
    const entry: Entry = {
      place: undefined,
      readyAt: 0,
      active: undefined,
      again: undefined,
      wake: undefined,
      wakePriority: "normal",
      asked: undefined,
      failures: 0,
    };
    this.#entries.set(key, entry);
    return entry;
  }

  #shrink(key: string, entry: Entry): void {
    if (entry.place || entry.active || entry.wake || entry.asked || entry.failures > 0) return;
    this.#entries.delete(key);
  }
}

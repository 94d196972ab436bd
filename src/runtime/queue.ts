// The work queue as workers and triggers see it: QueueState driven by a clock.
import type { Clock } from "../kube/clock.ts";
import { type Backoff, backoffMs, itemBackoff } from "./backoff.ts";
import { QueueState, type Work } from "./queue-state.ts";
import type { Priority } from "./ready-list.ts";

/** Told of what happens, for metrics. Durations in seconds. */
export interface QueueObserver {
  added(): void;
  retried(): void;
  taken(waitedSeconds: number): void;
  finished(workedSeconds: number): void;
}

export interface QueueOptions {
  readonly clock: Clock;
  /** Default itemBackoff: 5 ms doubling to 1000 s. */
  readonly backoff?: Backoff;
  readonly observer?: QueueObserver;
}

const longestSleepMs = 1_000_000_000;

/** A deduplicating queue of keys: never two workers on one key, re-added while worked on means worked on again. */
export class WorkQueue {
  readonly #state = new QueueState();
  readonly #clock: Clock;
  readonly #backoff: Backoff;
  readonly #observer: QueueObserver | undefined;
  readonly #waiting = new Set<() => void>();
  #wakeTimer: () => void = () => {};
  #closed = false;

  constructor(options: QueueOptions) {
    this.#clock = options.clock;
    this.#backoff = options.backoff ?? itemBackoff;
    this.#observer = options.observer;
  }

  get depth(): number {
    return this.#state.depth;
  }

  get active(): ReadonlyMap<string, Work> {
    return this.#state.active;
  }

  get size(): number {
    return this.#state.size;
  }

  /** Asks for work on `key`, now or after `afterMs`. Ignored once closed. */
  add(key: string, options: { readonly priority?: Priority; readonly afterMs?: number } = {}): void {
    if (this.#closed) return;
    const now = this.#clock.monotonic();
    if (options.afterMs !== undefined && options.afterMs > 0) {
      this.#state.addAt(key, now + options.afterMs);
      this.#wakeTimer();
      return;
    }
    if (this.#state.add(key, options.priority ?? "normal", now)) this.#observer?.added();
    this.#offer();
  }

  /** The next key to work on; undefined once the queue is closed or the signal aborted. Pass it to `done` afterwards. */
  async take(signal: AbortSignal): Promise<Work | undefined> {
    while (!this.#closed && !signal.aborted) {
      const work = this.#state.take(this.#clock.monotonic());
      if (work) {
        this.#observer?.taken((work.takenAt - work.readyAt) / 1000);
        return work;
      }
      await this.#wait(signal);
    }
    return undefined;
  }

  /** Ends work well; `wakeMs`: look again after that long. */
  succeeded(work: Work, wake?: { readonly afterMs: number; readonly priority: Priority }): void {
    const now = this.#finish(work);
    const wakeAt = wake === undefined ? undefined : now + Math.max(0, wake.afterMs);
    this.#state.succeeded(work, wakeAt, wake?.priority);
    this.#settle();
  }

  /** Ends work badly: comes back after the backoff, or after `afterMs`. */
  failed(work: Work, afterMs?: number): void {
    const now = this.#finish(work);
    this.#observer?.retried();
    this.#state.failed(work, now + (afterMs ?? backoffMs(this.#backoff, work.failures + 1)));
    this.#settle();
  }

  /** Forgets what is planned for the key; work in progress goes on. */
  drop(key: string): void {
    this.#state.drop(key);
  }

  /** No more work is handed out. */
  close(): void {
    this.#closed = true;
    for (const wake of this.#waiting) wake();
    this.#wakeTimer();
  }

  /** Serves delayed keys until the signal aborts. To be run once, by the owner. */
  async run(signal: AbortSignal): Promise<void> {
    const stop = () => this.#wakeTimer();
    signal.addEventListener("abort", stop, { once: true });
    while (!signal.aborted && !this.#closed) {
      const now = this.#clock.monotonic();
      if (this.#state.advance(now) > 0) this.#offer();
      const due = this.#state.nextDue;
      const sleep = new AbortController();
      const scheduled = due ?? Number.POSITIVE_INFINITY;
      this.#wakeTimer = () => {
        const next = this.#state.nextDue ?? Number.POSITIVE_INFINITY;
        if (signal.aborted || this.#closed || next < scheduled) sleep.abort();
      };
      const ms = Math.min(longestSleepMs, scheduled - now);
      // oxlint-disable-next-line no-await-in-loop -- one timer at a time is the point
      await this.#clock.sleep(Math.max(0, ms), sleep.signal).catch(() => {});
    }
    signal.removeEventListener("abort", stop);
    this.#wakeTimer = () => {};
  }

  #finish(work: Work): number {
    const now = this.#clock.monotonic();
    this.#observer?.finished((now - work.takenAt) / 1000);
    return now;
  }

  #settle(): void {
    this.#wakeTimer();
    this.#offer();
  }

  #offer(): void {
    let ready = this.#state.depth;
    for (const wake of this.#waiting) {
      if (ready <= 0) return;
      ready -= 1;
      wake();
    }
  }

  #wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#waiting.delete(wake);
        signal.removeEventListener("abort", wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener("abort", wake, { once: true });
    });
  }
}

// The order of leaving: stop intake, finish what is in flight, flush events, give leases up, close servers; all in bounded time.
import type { Clock } from "../kube/clock.ts";
import type { Leases } from "./leases.ts";
import type { Logger } from "./log.ts";

interface Step {
  readonly name: string;
  readonly close: () => Promise<void>;
}

export interface ShutdownOptions {
  readonly clock: Clock;
  readonly log: Logger;
  /** For everything; two thirds of it belong to work in flight, before it is aborted. */
  readonly totalMs: number;
}

/** Collects what runs while the process starts, and ends it in order. */
export class Shutdown {
  readonly #options: ShutdownOptions;
  readonly #intake = new AbortController();
  readonly #abort = new AbortController();
  readonly #broken = new AbortController();
  readonly #works = new Map<string, Promise<void>>();
  readonly #flushes: ((signal: AbortSignal) => Promise<void>)[] = [];
  readonly #background: Promise<void>[] = [];
  readonly #last: Step[] = [];
  #leases: { readonly release: () => Promise<void>; readonly leases: Leases } | undefined;

  constructor(options: ShutdownOptions) {
    this.#options = options;
  }

  /** Aborts first: take no more work. */
  get intake(): AbortSignal {
    return this.#intake.signal;
  }

  /** Aborts when the grace for work in flight is over. */
  get abort(): AbortSignal {
    return this.#abort.signal;
  }

  /** Work that ends after `intake` aborts. If it fails before, the process ends. */
  works(name: string, running: Promise<void>): void {
    const tracked = running
      .catch((error: unknown) => {
        this.#options.log.error("a part of the process failed", { part: name, error });
        this.#broken.abort(error);
      })
      .finally(() => this.#works.delete(name));
    this.#works.set(name, tracked);
  }

  flushes(flush: (signal: AbortSignal) => Promise<void>): void {
    this.#flushes.push(flush);
  }

  /** What gives leases up once no work is left, and the thread to end. */
  releases(release: () => Promise<void>, leases: Leases): void {
    this.#leases = { release, leases };
  }

  /** Goes on until the very end, when the process's lifetime is over. */
  background(running: Promise<void>): void {
    this.#background.push(running);
  }

  /** Servers and the like: closed last, in reverse order of opening. */
  last(name: string, close: () => Promise<void>): void {
    this.#last.push({ name, close });
  }

  /** Starts, then waits until one of `ends` aborts or a part breaks; rejects when the start fails or a part broke. */
  async until(ends: readonly AbortSignal[], start: () => Promise<void>): Promise<void> {
    const over = Promise.withResolvers<void>();
    const end = () => {
      this.#intake.abort(new Error("the process ends"));
      over.resolve();
    };
    for (const signal of [...ends, this.#broken.signal]) {
      if (signal.aborted) end();
      else signal.addEventListener("abort", end, { once: true });
    }
    try {
      await start();
    } catch (error) {
      // A start cut short by the end of the process is no failure.
      if (!this.#intake.signal.aborted) throw error;
    }
    await over.promise;
    for (const signal of ends) signal.removeEventListener("abort", end);
    if (this.#broken.signal.aborted) throw this.#broken.signal.reason;
  }

  /** Leaves. `endLifetime` stops what everything else stood on (caches). Never rejects. */
  async run(endLifetime: () => void): Promise<void> {
    const { clock, log, totalMs } = this.#options;
    const began = clock.monotonic();
    const left = (): number => Math.max(0, totalMs - (clock.monotonic() - began));
    this.#intake.abort(new Error("the process ends"));
    const working = () => Promise.all(this.#works.values());
    if (!(await this.#within("work in flight", (totalMs * 2) / 3, working))) {
      log.warn("work in flight did not end in time; aborting it", { parts: [...this.#works.keys()] });
      this.#abort.abort(new Error("the process ends"));
      await this.#within("aborted work", left() / 2, working);
    }
    await this.#within("events", left() / 3, (signal) => Promise.all(this.#flushes.map((flush) => flush(signal))));
    await this.#giveUpLeases(left);
    endLifetime();
    for (const { name, close } of this.#last.toReversed()) {
      // oxlint-disable-next-line no-await-in-loop -- in order
      await this.#within(name, Math.max(500, left() / 2), close);
    }
    await this.#within("background", Math.max(500, left()), () => Promise.all(this.#background));
    log.info("shut down", { seconds: (clock.monotonic() - began) / 1000 });
  }

  async #giveUpLeases(left: () => number): Promise<void> {
    const held = this.#leases;
    if (held === undefined) return;
    const idle = this.#works.size === 0;
    const released =
      idle &&
      (await this.#within("leases", left() / 2, async () => {
        await held.release();
        await held.leases.close();
      }));
    // Work that ignored its abort may still write: its leases must run out by themselves.
    if (!released) await this.#within("lease thread", Math.max(500, left() / 2), () => held.leases.abandon());
  }

  /** True when `work` ended within `ms`. Failures are logged. */
  async #within(what: string, ms: number, work: (signal: AbortSignal) => Promise<unknown>): Promise<boolean> {
    const { clock, log } = this.#options;
    const stop = new AbortController();
    const timer = clock.sleep(ms, stop.signal).then(
      () => "late" as const,
      () => "late" as const,
    );
    const ended = work(stop.signal).then(
      () => "ended" as const,
      (error: unknown) => {
        log.warn("could not end cleanly", { what, error });
        return "failed" as const;
      },
    );
    const result = await Promise.race([ended, timer]);
    stop.abort(new Error("out of time"));
    if (result === "late") log.warn("out of time", { what, seconds: ms / 1000 });
    return result === "ended";
  }
}

// A few evaluators of one bundle, handed out in the order of asking.
import type { Clock } from "../kube/clock.ts";
import type { Bundle } from "./bundle.ts";
import { Evaluator, type EvaluatorLimits, type Outcome } from "./evaluator.ts";

export interface PoolLimits extends EvaluatorLimits {
  /** Threads at most. */
  readonly threads: number;
  /** Evaluations that may wait; further ones fail at once. */
  readonly waiting: number;
}

/** Starts threads as they are needed and ends them when it is closed. */
export class EvaluatorPool {
  readonly #idle: Evaluator[] = [];
  readonly #waiting: ((evaluator: Evaluator) => void)[] = [];
  readonly #bundle: Bundle;
  readonly #limits: PoolLimits;
  readonly #clock: Clock;
  readonly #running = new Set<Promise<unknown>>();
  #made = 0;
  #closed = false;

  constructor(bundle: Bundle, limits: PoolLimits, clock: Clock) {
    this.#bundle = bundle;
    this.#limits = limits;
    this.#clock = clock;
  }

  /** Rejects only with the signal's reason. An evaluation that is running when it aborts ends by its own deadline. */
  async evaluate(entrypoint: string, input: string, signal: AbortSignal): Promise<Outcome> {
    if (this.#closed) return { kind: "failed", message: "the policy host is closed" };
    if (this.#waiting.length >= this.#limits.waiting) {
      return { kind: "failed", message: `${this.#waiting.length} decisions are waiting already: try again later` };
    }
    const taking = this.#take(signal);
    this.#running.add(taking); // close() waits for it: what was asked before is answered
    const evaluator = await taking.finally(() => this.#running.delete(taking));
    if (signal.aborted) {
      this.#give(evaluator);
      throw signal.reason;
    }
    const running = this.#run(evaluator, entrypoint, input).finally(() => this.#running.delete(running));
    this.#running.add(running);
    return abortable(running, signal);
  }

  /** Lets what runs and waits finish, then ends the threads. */
  async close(): Promise<void> {
    this.#closed = true;
    while (this.#running.size > 0 || this.#waiting.length > 0) {
      await Promise.allSettled(this.#running);
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    await Promise.all(this.#idle.splice(0).map((evaluator) => evaluator.close()));
  }

  async #run(evaluator: Evaluator, entrypoint: string, input: string): Promise<Outcome> {
    try {
      return await evaluator.evaluate(entrypoint, input);
    } finally {
      this.#give(evaluator);
    }
  }

  #take(signal: AbortSignal): Promise<Evaluator> {
    const idle = this.#idle.pop();
    if (idle !== undefined) return Promise.resolve(idle);
    if (this.#made < this.#limits.threads) {
      this.#made += 1;
      return Promise.resolve(new Evaluator(this.#bundle, this.#limits, this.#clock));
    }
    return new Promise((resolve, reject) => {
      const wake = (evaluator: Evaluator) => {
        signal.removeEventListener("abort", leave);
        resolve(evaluator);
      };
      const leave = () => {
        this.#waiting.splice(this.#waiting.indexOf(wake), 1);
        reject(signal.reason);
      };
      this.#waiting.push(wake);
      signal.addEventListener("abort", leave, { once: true });
    });
  }

  #give(evaluator: Evaluator): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#idle.push(evaluator);
    else next(evaluator);
  }
}

function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}

// What goes wrong between a client and the simulated API server, drawn from seeded randomness.
import { KubeError } from "../../src/kube/index.ts";
import type { Clock, Random } from "../../src/kube/index.ts";

export interface SimFaultOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** The chance of a fault of a call, and of a watch at each event. 0 to 1. */
  readonly chance: number;
  /** The longest a message takes on its way, in milliseconds. */
  readonly latencyMs: number;
}

/** How one call goes: its effect is done, or not; its answer comes, or not. */
export class SimFaults {
  readonly #options: SimFaultOptions;
  #calm = false;
  #downUntil = 0;

  constructor(options: SimFaultOptions) {
    this.#options = options;
  }

  /** From now on nothing fails. */
  calm(): void {
    this.#calm = true;
    this.#downUntil = 0;
  }

  /** Refuses every call for `ms`. */
  down(ms: number): void {
    this.#downUntil = this.#options.clock.monotonic() + ms;
  }

  get isDown(): boolean {
    return this.#options.clock.monotonic() < this.#downUntil;
  }

  strikes(): boolean {
    return !this.#calm && this.#options.random() < this.#options.chance;
  }

  /** The way there. Rejects with a KubeError when the call never arrives or is refused. */
  async request(what: string, signal: AbortSignal): Promise<void> {
    await this.delay(signal);
    if (this.isDown) throw new KubeError("unreachable", `${what}: connect ECONNREFUSED`, { delivery: "no" });
    if (!this.strikes()) return;
    const roll = this.#options.random();
    if (roll < 0.3)
      throw new KubeError("throttled", `${what}: too many requests`, { status: 429, retryAfterMs: 1_000 });
    if (roll < 0.6) throw new KubeError("server", `${what}: internal error`, { status: 500 });
    if (roll < 0.8) throw new KubeError("unreachable", `${what}: connect ECONNREFUSED`, { delivery: "no" });
    throw new KubeError("timeout", `${what}: no answer`, { delivery: "unknown" });
  }

  /** The way back. Rejects when the answer is lost although the call was done. */
  async answer(what: string, signal: AbortSignal): Promise<void> {
    await this.delay(signal);
    if (this.isDown || this.strikes())
      throw new KubeError("unreachable", `${what}: other side closed`, { delivery: "unknown" });
  }

  /** What breaks a watch, if anything does now. */
  breakage(what: string): "silent" | KubeError | undefined {
    if (!this.strikes()) return undefined;
    const roll = this.#options.random();
    if (roll < 0.25) return "silent";
    if (roll < 0.5) return new KubeError("malformed", `${what}: the stream ended in the middle of an event`);
    if (roll < 0.75)
      return new KubeError("gone", `${what}: too old resource version`, { status: 410, reason: "Expired" });
    return new KubeError("unreachable", `${what}: other side closed`);
  }

  delay(signal: AbortSignal): Promise<void> {
    return this.#options.clock.sleep(Math.floor(this.#options.random() * this.#options.latencyMs), signal);
  }
}

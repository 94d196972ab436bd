// Probes that tell the truth: ready only while it can serve, live only while its loop turns and its workers obey.
import type { Clock } from "../kube/clock.ts";
import type { HttpAnswer } from "./http.ts";

/** A named readiness or liveness check; throws or rejects with what is wrong. */
export type Check = (signal: AbortSignal) => void | Promise<void>;

/** One set of checks, answered as the API server's own /healthz is. */
export class Probes {
  readonly #checks = new Map<string, Check>();

  /** Throws when the name is taken. */
  add(name: string, check: Check): void {
    if (this.#checks.has(name)) throw new Error(`there are two checks named ${name}`);
    this.#checks.set(name, check);
  }

  /** 200 when all checks pass, 503 with a line for each otherwise. */
  async answer(signal: AbortSignal): Promise<HttpAnswer> {
    const lines = await Promise.all(
      [...this.#checks].map(async ([name, check]) => {
        try {
          await check(signal);
          return `[+] ${name} ok`;
        } catch (error) {
          return `[-] ${name}: ${error instanceof Error ? error.message : String(error)}`;
        }
      }),
    );
    const failed = lines.some((line) => line.startsWith("[-]"));
    return { status: failed ? 503 : 200, type: "text/plain; charset=utf-8", body: `${lines.join("\n")}\n` };
  }
}

/** Measures how late the event loop is. */
export interface LoopWatch {
  run(signal: AbortSignal): Promise<void>;
  /** Throws when the loop stood still for too long, now or within the last half minute. */
  check(): void;
}

const tickMs = 1000;
const memoryMs = 30_000;

/** `boundMs`: a standstill longer than this fails the check. */
export function watchLoop(clock: Clock, boundMs: number): LoopWatch {
  let lastTick: number | undefined;
  let worst = { lateMs: 0, at: 0 };
  const lateness = (): number => (lastTick === undefined ? 0 : clock.monotonic() - lastTick - tickMs);
  return {
    async run(signal) {
      lastTick = clock.monotonic();
      while (!signal.aborted) {
        // oxlint-disable-next-line no-await-in-loop -- a loop in time
        await clock.sleep(tickMs, signal).catch(() => {});
        const now = clock.monotonic();
        const lateMs = lateness();
        if (lateMs > worst.lateMs || now - worst.at > memoryMs) worst = { lateMs, at: now };
        lastTick = now;
      }
      lastTick = undefined;
    },
    check() {
      const lateMs = Math.max(lateness(), clock.monotonic() - worst.at <= memoryMs ? worst.lateMs : 0);
      if (lateMs > boundMs) throw new Error(`the event loop stood still for ${Math.round(lateMs / 1000)} s`);
    },
  };
}

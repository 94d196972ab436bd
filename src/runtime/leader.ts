// Leader election: one lease for the whole, for work that only one replica may do.
import type { LeaseTiming } from "./election.ts";
import type { Fence } from "./fence.ts";
import type { Contest, Leases } from "./leases.ts";
import type { Logger } from "./log.ts";
import type { Ownership } from "./ownership.ts";
import { Units } from "./units.ts";

export interface LeaderOptions {
  readonly leases: Leases;
  readonly name: string;
  readonly namespace: string;
  readonly identity: string;
  readonly timing: LeaseTiming;
  readonly log: Logger;
  /** 1 while leading, for leader_election_master_status. */
  readonly observe: (status: 0 | 1) => void;
}

/** Leadership of this replica, won and lost any number of times. */
export interface Leadership {
  readonly ownership: Ownership;
  readonly leads: boolean;
  /** Runs `work` each time this replica leads, with a fence; its signal aborts on loss and when `signal` does. */
  whileLeading(work: (fence: Fence) => Promise<void>, signal: AbortSignal): Promise<void>;
  /** Waits for passes in flight, then gives the lease up. */
  release(): Promise<void>;
}

/** Starts contending at once. */
export function createLeadership(options: LeaderOptions): Leadership {
  const { leases, name, namespace, identity, timing, log } = options;
  const units = new Units(() => 0);
  const waiting = new Set<() => void>();
  let releasing = false;
  options.observe(0);
  const contest: Contest = leases.contend(
    { name, namespace, identity, timing, labels: {}, annotations: {}, onRelease: "clear" },
    {
      acquired(hold) {
        log.info("became leader", { lease: name });
        options.observe(1);
        units.open(0, hold);
        for (const wake of waiting) wake();
      },
      lost(why) {
        log[releasing ? "info" : "warn"]("no longer leader", { lease: name, why });
        options.observe(0);
        units.drop(0);
      },
    },
  );

  const nextHold = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      const wake = () => {
        waiting.delete(wake);
        signal.removeEventListener("abort", wake);
        resolve();
      };
      waiting.add(wake);
      signal.addEventListener("abort", wake, { once: true });
    });

  return {
    ownership: units,
    get leads() {
      return contest.hold !== undefined;
    },
    async whileLeading(work, signal) {
      while (!signal.aborted) {
        const { hold } = contest;
        // oxlint-disable-next-line no-await-in-loop -- one term after the other
        await (hold && !hold.signal.aborted ? work(under(hold, signal)) : nextHold(signal));
        // Work that ends early waits for the next term.
        // oxlint-disable-next-line no-await-in-loop -- one term after the other
        if (hold && !hold.signal.aborted && !signal.aborted) await ended(hold.signal, signal);
      }
    },
    async release() {
      releasing = true;
      await units.drain(0);
      await contest.end();
    },
  };
}

function under(hold: Fence, signal: AbortSignal): Fence {
  return { check: () => hold.check(), signal: AbortSignal.any([hold.signal, signal]) };
}

function ended(...signals: readonly AbortSignal[]): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      for (const signal of signals) signal.removeEventListener("abort", done);
      resolve();
    };
    for (const signal of signals) {
      if (signal.aborted) return done();
      signal.addEventListener("abort", done, { once: true });
    }
  });
}

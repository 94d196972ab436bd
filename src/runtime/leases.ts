// Leases as the main thread sees them: contend for one, hold it for a while, know at each write whether it is still held.
import type { Clock, Random } from "../kube/clock.ts";
import type { Kube } from "../kube/kube.ts";
import type { Candidate } from "./election.ts";
import { runElector } from "./elector.ts";
import { type Fence, Fenced } from "./fence.ts";

/** What to contend for. */
export interface LeaseRequest extends Candidate {
  /** What happens to the Lease when it is released: left empty, or deleted. */
  readonly onRelease: "clear" | "delete";
}

/** One contest for one lease. It goes on after a loss until it is ended. */
export interface Contest {
  readonly name: string;
  /** The present hold; a new one each time the lease is taken. */
  readonly hold: Fence | undefined;
  /** Stops contending and releases the lease. Work under it must have ended before. */
  end(): Promise<void>;
}

export interface ContestListener {
  acquired(hold: Fence): void;
  lost(why: string): void;
}

/** Holds leases for the process. */
export interface Leases {
  contend(request: LeaseRequest, listener: ContestListener): Contest;
  /** Ends what is still contended for, releasing it. */
  close(): Promise<void>;
  /** Stops at once and releases nothing: what is held runs out by itself. For when work under it could not be ended. */
  abandon(): Promise<void>;
}

export interface LocalLeasesOptions {
  readonly kube: Kube;
  readonly clock: Clock;
  readonly random: Random;
  readonly trouble: (name: string, error: unknown) => void;
}

/** Leases kept by the thread that uses them: for tools, tests and simulation. A busy event loop loses them. */
export function createLocalLeases(options: LocalLeasesOptions): Leases {
  const contests = new Set<Contest>();
  let abandoned = false;
  return {
    contend(request, listener) {
      const stop = new AbortController();
      const holder = new Holder(request.name, listener);
      const running = runElector(
        {
          kube: options.kube,
          clock: options.clock,
          random: options.random,
          candidate: request,
          release: () => (abandoned ? "keep" : request.onRelease),
          listener: {
            acquired(validUntil) {
              const term = { validUntil };
              holder.begin({ isValid: () => options.clock.monotonic() < term.validUntil }, term);
            },
            extended: (validUntil) => holder.extend(validUntil),
            lost: (why) => holder.lose(why),
            trouble: (error) => options.trouble(request.name, error),
          },
        },
        stop.signal,
      );
      const contest: Contest = {
        name: request.name,
        get hold() {
          return holder.hold;
        },
        async end() {
          contests.delete(contest);
          holder.lose("it was released"); // before anybody else can hear of it
          stop.abort();
          await running;
          holder.lose("it was released"); // a take that was under way
        },
      };
      contests.add(contest);
      return contest;
    },
    async close() {
      await Promise.all([...contests].map((contest) => contest.end()));
    },
    async abandon() {
      abandoned = true;
      await Promise.all([...contests].map((contest) => contest.end()));
    },
  };
}

/** Says whether a term still runs, whatever the event loop has or has not delivered. */
export interface Term {
  isValid(): boolean;
}

/** The bookkeeping of one contest: turns terms into fences whose signals abort on loss. */
export class Holder {
  readonly #name: string;
  readonly #listener: ContestListener;
  #current:
    | { readonly fence: Fence; readonly stop: AbortController; readonly until: { validUntil: number } }
    | undefined;

  constructor(name: string, listener: ContestListener) {
    this.#name = name;
    this.#listener = listener;
  }

  get hold(): Fence | undefined {
    return this.#current?.fence;
  }

  begin(term: Term, until = { validUntil: 0 }): void {
    this.lose("it was taken anew");
    const stop = new AbortController();
    const fenced = () => new Fenced(`Lease ${this.#name}`);
    const fence: Fence = {
      signal: stop.signal,
      check() {
        if (!stop.signal.aborted && !term.isValid()) stop.abort(fenced());
        if (stop.signal.aborted) throw fenced();
      },
    };
    this.#current = { fence, stop, until };
    this.#listener.acquired(fence);
  }

  extend(validUntil: number): void {
    if (this.#current) this.#current.until.validUntil = validUntil;
  }

  lose(why: string): void {
    const current = this.#current;
    if (current === undefined) return;
    this.#current = undefined;
    current.stop.abort(new Fenced(`Lease ${this.#name} (${why})`));
    this.#listener.lost(why);
  }
}

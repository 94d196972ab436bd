// Leases renewed by a worker thread: a busy event loop does not lose them, a blocked one is fenced when it comes back.
import { Worker } from "node:worker_threads";
import type { FromLeaseThread, LeaseConnection, LeaseThreadData, ToLeaseThread } from "./lease-messages.ts";
import { LeaseTerms, mostLeases } from "./lease-terms.ts";
import { type Contest, Holder, type Leases } from "./leases.ts";

export interface ThreadLeasesOptions {
  readonly connection: LeaseConnection;
  readonly trouble: (name: string, error: unknown) => void;
  /** The thread has died of a defect: nothing is held any more and the process should end. */
  readonly died: (error: Error) => void;
  /** An event loop blocked for longer loses its leases, so that another replica takes over. Default 60,000 ms. */
  readonly silenceMs?: number;
}

const beatMs = 1000;

interface Slot {
  readonly holder: Holder;
  readonly ended: PromiseWithResolvers<void>;
}

/** Starts the thread. `close` releases what is held and ends it. */
export function createThreadLeases(options: ThreadLeasesOptions): Leases {
  const terms = new LeaseTerms();
  const beat = () => terms.beat(process.hrtime.bigint());
  beat();
  const beating = setInterval(beat, beatMs);
  beating.unref();
  const workerData: LeaseThreadData = {
    connection: options.connection,
    terms: terms.buffer,
    silenceMs: options.silenceMs ?? 60_000,
  };
  const worker = new Worker(new URL("./lease-thread.ts", import.meta.url), { workerData });
  const exited = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
  const slots = new Map<number, Slot>();
  const contests = new Set<Contest>();
  const free = Array.from({ length: mostLeases }, (_, index) => mostLeases - 1 - index);
  let closing = false;

  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  const say = (message: ToLeaseThread): void => worker.postMessage(message);
  const abandon = (why: string): void => {
    for (const { holder, ended } of slots.values()) {
      holder.lose(why);
      ended.resolve();
    }
    slots.clear();
  };

  worker.on("message", (message: FromLeaseThread) => {
    if (message.kind === "trouble") {
      options.trouble(message.name, Object.assign(new Error(message.error.message), { name: message.error.name }));
      return;
    }
    const slot = slots.get(message.slot);
    if (slot === undefined) return;
    if (message.kind === "acquired") {
      const isValid = () => terms.isValid(message.slot, message.term, process.hrtime.bigint());
      // Lost again before we heard of it: the next message says so.
      if (isValid()) slot.holder.begin({ isValid });
    } else if (message.kind === "lost") {
      slot.holder.lose(message.why);
    } else {
      slots.delete(message.slot);
      free.push(message.slot);
      slot.ended.resolve();
    }
  });
  worker.on("error", (error) => {
    abandon("the thread that renews leases has died");
    options.died(error);
  });
  worker.on("exit", () => {
    abandon("the thread that renews leases has ended");
    clearInterval(beating);
    if (!closing) options.died(new Error("the thread that renews leases has ended"));
  });

  return {
    contend(request, listener) {
      const index = free.pop();
      if (index === undefined) throw new Error(`more than ${mostLeases} leases; use fewer shards`);
      const slot: Slot = { holder: new Holder(request.name, listener), ended: Promise.withResolvers<void>() };
      slots.set(index, slot);
      say({ kind: "contend", slot: index, request });
      const contest: Contest = {
        name: request.name,
        get hold() {
          return slot.holder.hold;
        },
        async end() {
          contests.delete(contest);
          slot.holder.lose("it was released"); // before anybody else can hear of it
          if (slots.get(index) === slot) say({ kind: "end", slot: index });
          await slot.ended.promise;
          slot.holder.lose("it was released");
        },
      };
      contests.add(contest);
      return contest;
    },
    async close() {
      await Promise.all([...contests].map((contest) => contest.end()));
      closing = true;
      say({ kind: "close" });
      await exited;
    },
    async abandon() {
      closing = true;
      await worker.terminate();
    },
  };
}

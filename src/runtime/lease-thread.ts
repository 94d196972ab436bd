// Entry of the worker thread that renews leases with a client of its own, however busy the main thread is.
import { parentPort, workerData } from "node:worker_threads";
import { type Clock, systemClock } from "../kube/clock.ts";
import { createKube } from "../kube/client.ts";
import { runElector } from "./elector.ts";
import type { FromLeaseThread, LeaseThreadData, ToLeaseThread } from "./lease-messages.ts";
import { LeaseTerms } from "./lease-terms.ts";

const port = parentPort;
if (port === null) throw new Error("lease-thread.ts runs as a worker thread; start it through createThreadLeases");
// A structured clone of what thread-leases.ts passed.
const data: LeaseThreadData = workerData;
const terms = new LeaseTerms(data.terms);
const lifetime = new AbortController();
const say = (message: FromLeaseThread): void => port.postMessage(message);
const nanoseconds = (ms: number): bigint => BigInt(Math.floor(ms * 1e6));

/** The clock both threads share: process.hrtime, since performance.now starts anew in each thread. */
const clock: Clock = { ...systemClock, monotonic: () => Number(process.hrtime.bigint()) / 1e6 };
const kube = await createKube({ ...data.connection, clock, random: Math.random, connections: 4 }, lifetime.signal);

const contests = new Map<number, { readonly stop: AbortController; readonly done: Promise<void> }>();

const contend = async ({ slot, request }: Extract<ToLeaseThread, { kind: "contend" }>, signal: AbortSignal) => {
  const { name } = request;
  await runElector(
    {
      kube,
      clock,
      random: Math.random,
      candidate: request,
      release: () => request.onRelease,
      mayRenew: () => Number(process.hrtime.bigint() - terms.lastBeat) / 1e6 < data.silenceMs,
      listener: {
        acquired(validUntil) {
          say({ kind: "acquired", slot, term: terms.begin(slot, nanoseconds(validUntil)) });
        },
        extended: (validUntil) => terms.extend(slot, nanoseconds(validUntil)),
        lost(why) {
          terms.end(slot);
          say({ kind: "lost", slot, why });
        },
        trouble(error) {
          const { name: kind, message } = error instanceof Error ? error : new Error(String(error));
          say({ kind: "trouble", name, error: { name: kind, message } });
        },
      },
    },
    signal,
  );
  terms.end(slot);
  contests.delete(slot);
  say({ kind: "ended", slot });
};

const close = async () => {
  for (const { stop } of contests.values()) stop.abort();
  await Promise.all([...contests.values()].map(({ done }) => done));
  lifetime.abort(new Error("the process ends"));
  await kube.close();
  port.close();
};

port.on("message", (message: ToLeaseThread) => {
  if (message.kind === "contend") {
    const stop = new AbortController();
    // A defect in here rejects, ends the thread and with it every hold: the main thread hears of it by "error".
    contests.set(message.slot, { stop, done: contend(message, stop.signal) });
  } else if (message.kind === "end") {
    contests.get(message.slot)?.stop.abort();
  } else {
    void close();
  }
});

// Ends the worker: at once when its pool is gone; when it is told to or its deadline passes by one SIGINT, a grace, then SIGKILL.
import { rmSync } from "node:fs";
import { killSession } from "./session.ts";

/** Why a worker is being ended. */
export type EndReason = "parentGone" | "cancelled" | "deadline";

/** What keeps a worker alive, and what ends it. */
export interface Lifeline {
  /** Set once ending began: no new process may be started. */
  readonly ending: EndReason | undefined;
  /** The engine's process: it gets the one SIGINT. */
  watch(pid: number): void;
  /** Begins to end; later calls change nothing. A second SIGINT would make the engine leave resources behind. */
  end(reason: EndReason): void;
  /** The operation is over: stop the timers. */
  release(): void;
}

const PARENT_CHECK_MS = 500;

/** A lifeline of this process, which leads its own session. `folder` is removed before the session is killed. */
export function createLifeline(options: {
  readonly graceMs: number;
  readonly deadlineMs: number;
  readonly folder: string;
}): Lifeline {
  const parent = process.ppid;
  const start = performance.now();
  const engines = new Set<number>();
  let ending: EndReason | undefined;
  let killer: NodeJS.Timeout | undefined;

  const end = (reason: EndReason) => {
    if (ending !== undefined) return;
    ending = reason;
    for (const pid of engines) interrupt(pid);
    // With the pool the state service went too: what the engine did in a grace could not be recorded any more, and whoever takes
    // the stack over counts on nobody being left.
    killer = setTimeout(
      () => {
        rmSync(options.folder, { recursive: true, force: true });
        killSession(process.pid);
      },
      reason === "parentGone" ? 0 : options.graceMs,
    );
  };
  // One monotonic check for both: timers alone would be fooled by a suspended machine.
  const check = setInterval(() => {
    if (process.ppid !== parent) end("parentGone");
    else if (performance.now() - start >= options.deadlineMs) end("deadline");
  }, PARENT_CHECK_MS);

  return {
    get ending() {
      return ending;
    },
    watch(pid) {
      engines.add(pid);
      if (ending !== undefined) interrupt(pid);
    },
    end,
    release() {
      clearInterval(check);
      clearTimeout(killer);
    },
  };
}

function interrupt(pid: number): void {
  try {
    process.kill(pid, "SIGINT");
  } catch {
    // The engine ended by itself in this moment.
  }
}

// Long work that passes only start and look at: at most one piece a run, owned by one task, stopped with it.
import type { BlueprintRun, ObjectKey } from "../../api/index.ts";
import type { Clock } from "../../kube/index.ts";
import type { Logger, ReconcileChannel, Task } from "../../runtime/index.ts";
import type { Finding } from "../blueprint/observed.ts";
import type { Stage } from "./stage.ts";

/** Thrown by work that could not begin and may later: shown on the run, tried again after `retryAfterMs`. */
export class WorkBlocked extends Error {
  readonly finding: Finding;
  readonly retryAfterMs: number;
  constructor(finding: Finding, retryAfterMs: number) {
    super(finding.message);
    this.name = "WorkBlocked";
    this.finding = finding;
    this.retryAfterMs = retryAfterMs;
  }
}

export interface WorkBoard {
  /** Begins the work unless the run has some already. The run is asked for a pass when it ends. */
  start(run: BlueprintRun, stage: Stage, work: (signal: AbortSignal) => Promise<void>): void;
  isActive(run: BlueprintRun): boolean;
  /** Why the last piece could not begin, and for how many milliseconds yet to leave it alone. */
  blockOf(run: BlueprintRun): { readonly finding: Finding; readonly retryAfterMs: number } | undefined;
  /** Forgets a run that is gone. */
  forget(run: BlueprintRun): void;
  /** To be registered with the manager: stops and awaits all work at shutdown. */
  readonly task: Task;
}

export interface WorkBoardOptions {
  readonly clock: Clock;
  readonly log: Logger;
  /** Asks the BlueprintRun controller for a pass. */
  readonly channel: ReconcileChannel;
}

/** An empty board. */
export function createWorkBoard({ clock, log, channel }: WorkBoardOptions): WorkBoard {
  const stop = new AbortController();
  const active = new Map<string, Promise<void>>();
  const blocks = new Map<string, { finding: Finding; until: number }>();

  const perform = async (
    run: BlueprintRun,
    stage: Stage,
    work: (signal: AbortSignal) => Promise<void>,
  ): Promise<void> => {
    const uid = uidOf(run);
    try {
      await work(stop.signal);
      blocks.delete(uid);
    } catch (error) {
      if (stop.signal.aborted) return;
      const blocked = error instanceof WorkBlocked ? error : unforeseen(error);
      if (!(error instanceof WorkBlocked)) log.error("work on a run failed", { run: run.metadata.name, stage, error });
      blocks.set(uid, { finding: blocked.finding, until: clock.monotonic() + blocked.retryAfterMs });
    } finally {
      active.delete(uid);
      channel.request(keyOf(run));
    }
  };

  return {
    start(run, stage, work) {
      const uid = uidOf(run);
      if (active.has(uid) || stop.signal.aborted) return;
      blocks.delete(uid);
      active.set(uid, perform(run, stage, work));
    },
    isActive: (run) => active.has(uidOf(run)),
    blockOf(run) {
      const block = blocks.get(uidOf(run));
      const left = block === undefined ? 0 : block.until - clock.monotonic();
      return block === undefined || left <= 0 ? undefined : { finding: block.finding, retryAfterMs: left };
    },
    forget(run) {
      blocks.delete(uidOf(run));
    },
    task: {
      name: "blueprint-work",
      scope: "everyReplica",
      async run(signal) {
        await aborted(signal);
        stop.abort(signal.reason);
        await Promise.allSettled(active.values());
      },
    },
  };
}

function unforeseen(error: unknown): WorkBlocked {
  const message = error instanceof Error ? error.message : String(error);
  return new WorkBlocked({ reason: "InternalError", message: `the work could not be done: ${message}` }, 30_000);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

function uidOf(run: BlueprintRun): string {
  return run.metadata.uid ?? "";
}

function keyOf(run: BlueprintRun): ObjectKey {
  return { namespace: run.metadata.namespace ?? "", name: run.metadata.name };
}

// Long work that passes only start and look at: at most one piece a run, owned by one task, stopped with it.
import type { BlueprintRun, ObjectKey } from "../../api/index.ts";
import { type Clock, untilAborted } from "../../kube/index.ts";
import type { Logger, OwnershipChange, ReconcileChannel, Task } from "../../runtime/index.ts";
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
  /**
   * Which Blueprints came to this replica or went. Work on one that was lost is ended, unless it comes back at once; on one that
   * is handed over it goes on under the stack's own lease, and the next holder finds its result.
   */
  onOwnership(change: OwnershipChange): void;
  /** To be registered with the manager: stops and awaits all work at shutdown. */
  readonly task: Omit<Task, "run"> & { run(signal: AbortSignal): Promise<void> };
}

export interface WorkBoardOptions {
  readonly clock: Clock;
  readonly log: Logger;
  /** Asks the BlueprintRun controller for a pass. */
  readonly channel: ReconcileChannel;
  /** Whether the API server answers: while it does not, nobody can have taken what was lost. Never rejects. */
  readonly reachable: (signal: AbortSignal) => Promise<boolean>;
}

interface Piece {
  /** UID of the Blueprint, by which replicas share the work. */
  readonly owner: string;
  readonly stop: AbortController;
  done: Promise<void>;
}

/** Longer than a lease and the wait for it: who can have it back has it by then. */
const comeBackMs = 20_000;

/** An empty board. */
export function createWorkBoard({ clock, log, channel, reachable }: WorkBoardOptions): WorkBoard {
  const stop = new AbortController();
  const active = new Map<string, Piece>();
  const losses = new Map<Piece, AbortController>();
  const blocks = new Map<string, { finding: Finding; until: number }>();

  const perform = async (
    run: BlueprintRun,
    stage: Stage,
    piece: Piece,
    work: (signal: AbortSignal) => Promise<void>,
  ): Promise<void> => {
    const uid = uidOf(run);
    const signal = AbortSignal.any([stop.signal, piece.stop.signal]);
    try {
      await work(signal);
      blocks.delete(uid);
    } catch (error) {
      if (signal.aborted) return;
      const blocked = error instanceof WorkBlocked ? error : unforeseen(error);
      if (!(error instanceof WorkBlocked)) log.error("work on a run failed", { run: run.metadata.name, stage, error });
      blocks.set(uid, { finding: blocked.finding, until: clock.monotonic() + blocked.retryAfterMs });
    } finally {
      active.delete(uid);
      losses.get(piece)?.abort();
      losses.delete(piece);
      channel.request(keyOf(run));
    }
  };

  /** Another replica may be about to begin the same work: this one ends, unless the API server was merely away. */
  const endUnlessBack = async (piece: Piece, back: AbortSignal): Promise<void> => {
    do {
      // oxlint-disable-next-line no-await-in-loop -- one look after the other
      await clock.sleep(comeBackMs, back).catch(() => undefined);
      if (back.aborted) return;
      // oxlint-disable-next-line no-await-in-loop -- as above
    } while (!(await reachable(back)));
    if (!back.aborted) piece.stop.abort(new Error("this replica lost the Blueprint; its next holder goes on"));
  };

  return {
    start(run, stage, work) {
      const uid = uidOf(run);
      if (active.has(uid) || stop.signal.aborted) return;
      blocks.delete(uid);
      const piece: Piece = { owner: run.spec.blueprintRef.uid, stop: new AbortController(), done: Promise.resolve() };
      active.set(uid, piece);
      piece.done = perform(run, stage, piece, work);
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
    onOwnership(change) {
      for (const piece of active.values()) {
        if (!change.concerns(piece.owner)) continue;
        losses.get(piece)?.abort();
        losses.delete(piece);
        if (change.kind !== "lost") continue;
        const back = new AbortController();
        losses.set(piece, back);
        // Ends with the piece at the latest, which shutdown awaits.
        piece.done = Promise.all([piece.done, endUnlessBack(piece, back.signal)]).then(() => undefined);
      }
    },
    task: {
      name: "blueprint-work",
      scope: "everyReplica",
      async run(signal) {
        await untilAborted(signal);
        stop.abort(signal.reason);
        await Promise.allSettled([...active.values()].map(({ done }) => done));
      },
    },
  };
}

function unforeseen(error: unknown): WorkBlocked {
  const message = error instanceof Error ? error.message : String(error);
  return new WorkBlocked({ reason: "InternalError", message: `the work could not be done: ${message}` }, 30_000);
}

function uidOf(run: BlueprintRun): string {
  return run.metadata.uid ?? "";
}

function keyOf(run: BlueprintRun): ObjectKey {
  return { namespace: run.metadata.namespace ?? "", name: run.metadata.name };
}

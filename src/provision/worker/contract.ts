// The pool of worker processes as callers see it.
import type { OperationEvent, OperationJob, OperationResult } from "./job.ts";

/** What a run of an operation takes beside the job. */
export interface RunOptions {
  /** Aborting interrupts the engine once (SIGINT), then kills after the grace; the result is a `Cancelled` failure. */
  readonly signal: AbortSignal;
  readonly onEvent?: (event: OperationEvent) => void;
}

/** A worker process that runs now: enough to prove later that it is dead. */
export interface RunningWorker {
  readonly jobId: string;
  readonly namespace: string;
  readonly pid: number;
  /** Opaque start time of the process; a pid with another start time is another process. */
  readonly startTime: string;
}

/** Bounded, fair over namespaces, one operating-system process an operation. */
export interface WorkerPool {
  /** Waits for a free slot, runs, answers. Rejects only with the signal's reason while still waiting, or when the pool is closed. */
  runOperation(job: OperationJob, options: RunOptions): Promise<OperationResult>;
  readonly running: readonly RunningWorker[];
  /** Jobs waiting for a slot. */
  readonly waiting: number;
  /** Takes no more work, interrupts what runs and waits until every process is gone. */
  close(signal: AbortSignal): Promise<void>;
}

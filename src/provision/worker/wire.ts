// The line protocol between pool and worker: JSON lines, the job on the worker's stdin, answers on its file descriptor 3.
import type { OperationEvent, OperationJob, OperationResult } from "./job.ts";

/** File descriptor of the answers; stdout and stderr belong to whatever the SDK prints. */
export const ANSWER_FD = 3;

/** What a worker needs beside the job. */
export interface WorkerSetup {
  /** The Pulumi CLI. */
  readonly cli: string;
  /** A folder of the worker's own, removed by the pool. */
  readonly folder: string;
  /** Milliseconds between the one SIGINT and SIGKILL. */
  readonly graceMs: number;
}

/** Pool to worker. The stream's end means that the pool is gone. */
export type Order =
  | { readonly kind: "run"; readonly job: OperationJob; readonly setup: WorkerSetup }
  | { readonly kind: "cancel" };

/** Worker to pool. `started` of OperationEvent is made by the pool. */
export type Answer =
  | { readonly kind: "event"; readonly event: OperationEvent }
  | { readonly kind: "result"; readonly result: OperationResult };

/** Cuts a stream of text into lines. Returns what to call with each chunk. */
export function lineReader(onLine: (line: string) => void): (chunk: string) => void {
  let rest = "";
  return (chunk) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line !== "") onLine(line);
  };
}

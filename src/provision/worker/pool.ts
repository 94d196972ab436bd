// The pool of worker processes: bounded, fair over namespaces, one process an operation.
import { getCompileCacheDir } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "../../kube/clock.ts";
import type { RunningWorker, WorkerPool } from "./contract.ts";
import { runWorker } from "./process.ts";
import { createTurns } from "./turns.ts";

/** What a pool is made of. */
export interface WorkerPoolOptions {
  /** Most operations at once. A worker takes about 200 MB and one processor while it plans. */
  readonly size: number;
  readonly clock: Clock;
  /** Path of the Pulumi CLI, v3.250 or newer. */
  readonly cli: string;
  /** Milliseconds between SIGINT and SIGKILL. Default: 30,000. */
  readonly graceMs?: number;
  /** Where workers put their temporary folders. Default: the system's. */
  readonly folder?: string;
  /** Variables that an administrator passes on to workers, such as proxies. Never credentials. Default: none. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** A pool. It owns its processes: `close` returns when none is left. */
export function createWorkerPool(options: WorkerPoolOptions): WorkerPool {
  const turns = createTurns(options.size);
  const running = new Map<symbol, RunningWorker>();
  const closing = new AbortController();
  const active = new Set<Promise<unknown>>();
  const worker = {
    clock: options.clock,
    cli: options.cli,
    folder: options.folder ?? tmpdir(),
    graceMs: options.graceMs ?? 30_000,
    environment: { ...compiledCode(), ...options.environment },
  };

  const runOperation: WorkerPool["runOperation"] = async (job, { signal, onEvent }) => {
    const both = AbortSignal.any([signal, closing.signal]);
    const giveBack = await turns.take(job.namespace, both);
    const key = Symbol(job.id);
    try {
      return await runWorker(job, worker, {
        signal: both,
        onEvent: onEvent ?? (() => undefined),
        onStart: (pid, startTime) => running.set(key, { jobId: job.id, namespace: job.namespace, pid, startTime }),
      });
    } finally {
      running.delete(key);
      giveBack();
    }
  };

  return {
    runOperation: (job, run) => {
      const operation = runOperation(job, run);
      active.add(operation);
      const forget = () => active.delete(operation);
      operation.then(forget, forget);
      return operation;
    },
    get running() {
      return [...running.values()];
    },
    get waiting() {
      return turns.waiting;
    },
    close: async (signal) => {
      closing.abort(new Error("the worker pool is closed"));
      const all = Promise.allSettled(active);
      const aborted = new Promise<never>((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      });
      await Promise.race([all, aborted]);
    },
  };
}

/**
 * Where this process keeps compiled code, workers keep theirs, in a folder of their own: what one of them writes there the
 * operator never loads. It saves each worker about a fifth of its time.
 */
function compiledCode(): Readonly<Record<string, string>> {
  const own = getCompileCacheDir();
  return own === undefined ? {} : { NODE_COMPILE_CACHE: join(own, "workers") };
}

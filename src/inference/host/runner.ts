// Where models run, seen from the operator's thread: a worker thread, or a process that can be killed whatever it does.
import { fork } from "node:child_process";
import { Worker } from "node:worker_threads";
import { buffersOf, type FromRunner, type ToRunner } from "./messages.ts";

/**
 * `thread`: tensors change hands without being copied. `process`: for files nobody has run before, since native code
 * that hangs or crashes can't be ended in a thread, and would take the operator along.
 */
export type Isolation = "thread" | "process";

export interface RunnerListener {
  message(message: FromRunner): void;
  /** It has ended by itself. Called once at most, and not after `end`. */
  ended(why: string): void;
}

export interface Runner {
  /** Of a process. */
  readonly pid: number | undefined;
  /** Buffers of a batch are the runner's from here on. */
  send(message: ToRunner): void;
  /**
   * Ends it. A thread ends by itself, once what it runs has returned: terminated inside of ONNX Runtime it would abort
   * the whole process. The promise tells when it has ended, which for a model that hangs is never. Never rejects.
   */
  end(): Promise<void>;
}

export type StartRunner = (isolation: Isolation, listener: RunnerListener) => Runner;

const entry = new URL("./runner-main.ts", import.meta.url);

/** Starts one; it says `ready` when it may be used. */
export const startRunner: StartRunner = (isolation, listener) =>
  isolation === "thread" ? startThread(listener) : startProcess(listener);

function startThread(listener: RunnerListener): Runner {
  const worker = new Worker(entry, { env: {}, execArgv: [], resourceLimits: { maxOldGenerationSizeMb: 256 } });
  let isOver = false;
  const finish = (why: string) => {
    if (!isOver) listener.ended(why);
    isOver = true;
  };
  worker.on("message", (said: FromRunner) => {
    if (!isOver) listener.message(said);
  });
  worker.on("error", (error) => finish(error instanceof Error ? error.message : String(error)));
  const gone = new Promise<void>((resolve) => {
    worker.on("exit", (code) => {
      finish(`the thread ended with code ${code}`);
      resolve();
    });
  });
  return {
    pid: undefined,
    send: (request) => worker.postMessage(request, request.kind === "run" ? buffersOf(request.inputs) : []),
    async end() {
      isOver = true;
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
      worker.postMessage({ kind: "end" } satisfies ToRunner);
      await gone;
    },
  };
}

function startProcess(listener: RunnerListener): Runner {
  const child = fork(entry, {
    env: {},
    execArgv: ["--max-old-space-size=256"],
    serialization: "advanced",
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  const gone = new Promise<void>((resolve) => child.once("close", () => resolve()));
  let isOver = false;
  const finish = (why: string) => {
    if (!isOver) listener.ended(why);
    isOver = true;
  };
  child.on("message", (said) => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a structured clone of what runner-main.ts said
    if (!isOver) listener.message(said as FromRunner);
  });
  child.on("error", (error) => finish(error.message));
  child.on("exit", (code, signal) => finish(`the process ended with ${signal ?? `code ${code}`}`));
  return {
    pid: child.pid,
    send: (request) => void child.send(request, () => undefined), // a channel that is closed tells by `exit`
    async end() {
      isOver = true;
      child.kill("SIGKILL");
      if (child.pid !== undefined) await gone;
    },
  };
}

// One worker process from spawn to the last of its session, seen from the pool.
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { Clock } from "../../kube/clock.ts";
import { workerEnvironment } from "./environment.ts";
import type { OperationEvent, OperationFailure, OperationJob, OperationResult } from "./job.ts";
import { createMask } from "./mask.ts";
import { endSession, killSession, processStart } from "./session.ts";
import { ANSWER_FD, type Answer, lineReader, type Order } from "./wire.ts";

/** How workers are run. */
export interface WorkerOptions {
  readonly clock: Clock;
  /** Path of the Pulumi CLI. */
  readonly cli: string;
  /** Folder in which each worker gets one of its own. */
  readonly folder: string;
  /** Milliseconds between SIGINT and SIGKILL: long enough for the slowest single cloud call worth waiting for. */
  readonly graceMs: number;
  /** What an administrator passes on to workers: proxies, certificate files. Never credentials. */
  readonly environment: Readonly<Record<string, string>>;
}

/** How a run of one worker is followed. */
export interface WorkerRun {
  readonly signal: AbortSignal;
  readonly onEvent: (event: OperationEvent) => void;
  /** Called once, when the process is there. */
  readonly onStart: (pid: number, startTime: string) => void;
}

/** The worker checks its own death; the pool adds this before it kills from outside. */
const MARGIN_MS = 5_000;
const ENTRY = fileURLToPath(new URL("./main.ts", import.meta.url));

/** Runs one job in a process of its own. Resolves when every process of it is gone and its folder is removed. */
export async function runWorker(job: OperationJob, options: WorkerOptions, run: WorkerRun): Promise<OperationResult> {
  if (run.signal.aborted)
    return failed("Cancelled", "giveUp", "the operation was cancelled before it started", "nothing");
  const folder = await mkdtemp(join(options.folder, "dharma-worker-"));
  try {
    return await superviseProcess(job, options, run, folder);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function superviseProcess(
  job: OperationJob,
  { clock, cli, environment, graceMs }: WorkerOptions,
  run: WorkerRun,
  folder: string,
): Promise<OperationResult> {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", ENTRY], {
    cwd: folder,
    env: { ...workerEnvironment(folder, environment) },
    // A session of its own: all that it starts can be found and killed with it.
    detached: true,
    stdio: ["pipe", "ignore", "pipe", "pipe"],
  });
  const { pid } = child;
  if (pid === undefined) {
    const cause = await new Promise<unknown>((resolve) => child.once("error", resolve));
    return failed("WorkerDied", "retry", `the worker process could not be started: ${String(cause)}`, "nothing");
  }
  const startTime = processStart(pid) ?? String(clock.now());
  run.onStart(pid, startTime);
  run.onEvent({ kind: "started", pid, startTime });

  const over = new AbortController();
  const onAbort = () => {
    send(child, { kind: "cancel" });
    void killAfter(graceMs + MARGIN_MS);
  };
  const killAfter = async (ms: number) => {
    try {
      await clock.sleep(ms, over.signal);
      killSession(pid);
    } catch {
      // Over before: nothing left to kill.
    }
  };
  run.signal.addEventListener("abort", onAbort, { once: true });
  void killAfter(job.deadlineMs + graceMs + MARGIN_MS);
  try {
    const ended = readAnswers(child, run.onEvent);
    send(child, { kind: "run", job, setup: { cli, folder, graceMs } });
    const { result, complaint } = await ended;
    if (result !== undefined) return result;
    if (run.signal.aborted)
      return failed("Cancelled", "giveUp", "the operation was cancelled and its worker killed", "unknown");
    const detail = createMask(job)(complaint.trim().slice(-1500));
    return failed(
      "WorkerDied",
      "retry",
      `the worker process ended without a result${detail === "" ? "" : `: ${detail}`}`,
      "unknown",
    );
  } finally {
    run.signal.removeEventListener("abort", onAbort);
    over.abort();
    await endSession(pid, clock);
  }
}

/** Gathers what a worker says until it is gone. A result counts only once the process has ended. */
function readAnswers(
  child: ChildProcess,
  onEvent: (event: OperationEvent) => void,
): Promise<{ readonly result: OperationResult | undefined; readonly complaint: string }> {
  return new Promise((resolve) => {
    let result: OperationResult | undefined;
    let complaint = "";
    const answers = child.stdio[ANSWER_FD];
    if (answers instanceof Readable) {
      answers.setEncoding("utf8");
      answers.on(
        "data",
        lineReader((line) => {
          const answer: Answer = JSON.parse(line);
          if (answer.kind === "event") onEvent(answer.event);
          else result = answer.result;
        }),
      );
    }
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      complaint = (complaint + text).slice(-8192);
    });
    // Whatever the worker left behind would keep its pipes open.
    child.once("exit", () => child.pid !== undefined && killSession(child.pid));
    child.once("close", () => resolve({ result, complaint }));
  });
}

function send(child: ChildProcess, order: Order): void {
  // A worker that is gone closes the pipe; its end is seen by `close`.
  child.stdin?.on("error", () => undefined);
  child.stdin?.write(`${JSON.stringify(order)}\n`);
}

function failed(
  reason: OperationFailure["reason"],
  action: OperationFailure["action"],
  message: string,
  changed: "nothing" | "unknown",
): OperationResult {
  return { kind: "failed", failure: { reason, action, message, partial: changed === "unknown" } };
}

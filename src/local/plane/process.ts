// One program of the control plane as a child process, with its output in a log file.
import { spawn } from "node:child_process";
import { openSync, closeSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { Guard } from "./guard.ts";

/** A running program. `exited` resolves with its exit code or signal, and never rejects. */
export interface PlaneProcess {
  readonly name: string;
  readonly pid: number;
  readonly logFile: string;
  readonly exited: Promise<string>;
  /** Sends the signal and waits for the end; SIGKILL after 10 s. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

export function startProcess(
  name: string,
  program: string,
  args: readonly string[],
  logFile: string,
  guard: Guard,
): Promise<PlaneProcess> {
  const log = openSync(logFile, "a", 0o600);
  // A process group of its own: Ctrl-C in the terminal reaches only us, and we end the parts in order.
  const child = spawn(program, [...args], { stdio: ["ignore", log, log], detached: true });
  closeSync(log);
  return new Promise((resolve, reject) => {
    child.once("error", (error) => reject(new Error(`${name} (${program}) could not be started: ${error.message}`)));
    child.once("spawn", () => {
      const pid = child.pid;
      if (pid === undefined) return reject(new Error(`${name} has no pid`));
      guard.watch(pid);
      const exited = new Promise<string>((ended) =>
        child.once("exit", (code, signal) => {
          guard.forget(pid);
          ended(signal ?? `exit code ${code}`);
        }),
      );
      child.unref();
      resolve({
        name,
        pid,
        logFile,
        exited,
        stop: async (signal = "SIGTERM") => {
          child.kill(signal);
          const timer = setTimeout(() => child.kill("SIGKILL"), 10_000);
          await exited;
          clearTimeout(timer);
        },
      });
    });
  });
}

/** The last lines of a program's log, for an error a person reads. */
export async function logTail(process: PlaneProcess, lines: number): Promise<string> {
  const text = await readFile(process.logFile, "utf8").catch(() => "");
  return text.trim().split("\n").slice(-lines).join("\n");
}

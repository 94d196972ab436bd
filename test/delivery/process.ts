// The operator as its own process, as a Pod would run it, with its log kept line by line.
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { join } from "node:path";
import { toolPaths } from "../support/plane.ts";
import { root } from "./chart.ts";

export interface OperatorProcess extends AsyncDisposable {
  /** Every line it has written so far. */
  readonly lines: readonly string[];
  /** Resolves with the first line that matches; rejects when the process ends or the time is over. */
  line(pattern: RegExp, timeoutMs: number): Promise<string>;
}

/** Starts `dharma operator` with the simulated cloud; `args` are added. `script`: default the repository's bin/dharma. */
export async function startOperatorProcess(
  args: readonly string[],
  script: string = join(root, "bin", "dharma"),
): Promise<OperatorProcess> {
  const { pulumi = "pulumi", opa = "opa" } = await toolPaths(["pulumi", "opa"]);
  const child = spawn(
    process.execPath,
    [
      script,
      "operator",
      "--cloud=simulated",
      "--allow-simulated",
      `--pulumi=${pulumi}`,
      `--opa=${opa}`,
      "--metrics-address=127.0.0.1:0",
      "--health-address=127.0.0.1:0",
      ...args,
    ],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  const ended = new Promise<void>((resolve) => child.on("exit", () => resolve()));
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => {
      lines.push(line);
      for (const look of waiting) look();
    });
  }
  return {
    lines,
    line: (pattern, timeoutMs) =>
      new Promise((resolve, reject) => {
        const done = (): void => {
          clearTimeout(timer);
          waiting.delete(look);
        };
        const fail = (why: string) => {
          done();
          reject(new Error(`${why} before a line matched ${String(pattern)}:\n${lines.slice(-30).join("\n")}`));
        };
        const timer = setTimeout(() => fail(`${timeoutMs / 1000} s went by`), timeoutMs);
        const look = (): void => {
          const found = lines.find((line) => pattern.test(line));
          if (found === undefined) return;
          done();
          resolve(found);
        };
        waiting.add(look);
        void ended.then(() => fail("the operator ended"));
        look();
      }),
    async [Symbol.asyncDispose]() {
      await end(child, ended);
    },
  };
}

async function end(child: ChildProcess, ended: Promise<void>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), 60_000);
  await ended;
  clearTimeout(timer);
}

// How the Automation API runs the Pulumi CLI here: one process an operation, watched by the lifeline, known answers not asked.
import { spawn } from "node:child_process";
import { dirname } from "node:path";
import { PulumiCommand } from "@pulumi/pulumi/automation/index.js";
import type { Lifeline } from "./lifeline.ts";

/** A CLI run that did not succeed. `output` is what it printed, both streams, the end of it. */
export class CliFailure extends Error {
  readonly output: string;
  readonly exitCode: number | undefined;
  constructor(output: string, exitCode: number | undefined) {
    super(`pulumi ended with ${exitCode === undefined ? "a signal" : `code ${exitCode}`}`);
    this.name = "CliFailure";
    this.output = output;
    this.exitCode = exitCode;
  }
}

const OUTPUT_LIMIT = 64 * 1024;

/**
 * A command for the Automation API. The API runs six processes an operation (version, select, the operation, output twice,
 * history); what they would tell is known here, so only the operation runs.
 */
export function createCommand(cli: string, version: string, lifeline: Lifeline): PulumiCommand {
  const run = async (
    args: readonly string[],
    cwd: string,
    environment: Readonly<Record<string, string>>,
    onOutput?: (text: string) => void,
  ): Promise<{ stdout: string; stderr: string; code: number }> => {
    const known = knownAnswer(args);
    if (known !== undefined) return { stdout: known, stderr: "", code: 0 };
    return runCli(cli, [...args, "--non-interactive"], cwd, environment, lifeline, onOutput);
  };
  const command: PulumiCommand = Object.create(PulumiCommand.prototype, {
    command: { value: cli },
    version: { value: { toString: () => version } },
    run: { value: run },
  });
  return command;
}

function knownAnswer([command, verb]: readonly string[]): string | undefined {
  if (command !== "stack") return undefined;
  if (verb === "select") return "";
  if (verb === "output") return "{}";
  return verb === "history" ? "[]" : undefined;
}

/** Runs the CLI to its end. Rejects with CliFailure; does not start once the worker is ending. */
export function runCli(
  cli: string,
  args: readonly string[],
  cwd: string,
  environment: Readonly<Record<string, string>>,
  lifeline: Lifeline,
  onOutput?: (text: string) => void,
): Promise<{ stdout: string; stderr: string; code: number }> {
  return new Promise((resolve, reject) => {
    if (lifeline.ending !== undefined) {
      reject(new CliFailure("the operation ended before the engine started", undefined));
      return;
    }
    const child = spawn(cli, args, {
      cwd,
      // The worker's own environment was built from empty, so it may be passed on. The CLI looks for plugins beside itself.
      env: { ...process.env, ...environment, PATH: dirname(cli), PULUMI_AUTOMATION_API: "true" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    if (child.pid !== undefined) lifeline.watch(child.pid);
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout = (stdout + text).slice(-OUTPUT_LIMIT);
      onOutput?.(text);
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr = (stderr + text).slice(-OUTPUT_LIMIT);
    });
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve({ stdout, stderr, code });
      else reject(new CliFailure(`${stdout}\n${stderr}`, code ?? undefined));
    });
  });
}

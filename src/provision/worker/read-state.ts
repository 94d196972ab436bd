// Reads a stack of a named backend through the CLI: object stores and databases are read by nobody else.
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { VersionedDeployment } from "../state/deployment.ts";
import { runCli } from "./cli.ts";
import { deploymentOf, planStateDigest, readDeployment } from "./deployment.ts";
import type { Engine } from "./engine.ts";
import { engineEnvironment } from "./environment.ts";
import type { OperationRequest, OperationResult } from "./job.ts";
import { openStack, stackName } from "./workspace.ts";

/** The state, wherever it is; empty where there is none yet. */
export async function readState(engine: Engine): Promise<VersionedDeployment> {
  return (await readDeployment(engine.job, engine.signal)) ?? exported(engine, []);
}

/**
 * The state with secrets in clear, and its digest as plans are made from it. `broken`: locks that a dead worker left are taken away
 * first, which only the holder of the stack's lease may ask for.
 */
export async function reportState(
  engine: Engine,
  { locks }: Extract<OperationRequest, { kind: "readState" }>,
): Promise<OperationResult> {
  if (locks === "broken") await pulumi(engine, ["cancel", "--yes", stackName(engine.job)]);
  const sealed = await readState(engine);
  return { kind: "state", digest: planStateDigest(sealed), deployment: await exported(engine, ["--show-secrets"]) };
}

async function exported(engine: Engine, more: readonly string[]): Promise<VersionedDeployment> {
  const file = join(engine.setup.folder, "export.json");
  await pulumi(engine, ["stack", "export", "--stack", stackName(engine.job), "--file", file, ...more]);
  try {
    return deploymentOf(JSON.parse(await readFile(file, "utf8")));
  } finally {
    await rm(file, { force: true });
  }
}

async function pulumi(engine: Engine, args: readonly string[]): Promise<void> {
  const { job, setup, lifeline } = engine;
  const stack = await openStack(job, setup, async () => undefined, lifeline);
  const environment = engineEnvironment(job, setup.folder);
  await runCli(setup.cli, [...args, "--non-interactive"], stack.workspace.workDir, environment, lifeline);
}

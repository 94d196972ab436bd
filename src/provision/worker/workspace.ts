// The Automation API's workspace of one operation: a project folder, a home, a stack, and the engine's options.
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { LocalWorkspace, Stack, type PulumiFn } from "@pulumi/pulumi/automation/index.js";
import { version } from "@pulumi/pulumi/version.js";
import { createCommand, runCli } from "./cli.ts";
import { engineEnvironment } from "./environment.ts";
import type { OperationJob, SavedPlan } from "./job.ts";
import type { Lifeline } from "./lifeline.ts";
import type { WorkerSetup } from "./wire.ts";

/** Makes the folders and gives a stack whose program is `program`. The stack itself is made where the backend has none. */
export async function openStack(
  job: OperationJob,
  setup: WorkerSetup,
  program: PulumiFn,
  lifeline: Lifeline,
): Promise<Stack> {
  const workDir = join(setup.folder, "project");
  const home = join(setup.folder, "home");
  await mkdir(workDir, { recursive: true });
  await mkdir(home, { recursive: true });
  if (job.plugins.kind === "installed") await linkPlugins(job.plugins.home, join(home, "plugins"));
  const environment = engineEnvironment(job, setup.folder);
  const workspace = await LocalWorkspace.create({
    workDir,
    pulumiHome: home,
    program,
    pulumiCommand: createCommand(setup.cli, version, lifeline),
    projectSettings: { name: job.stack.project, runtime: "nodejs" },
    envVars: { ...environment },
  });
  const name = stackName(job);
  // The state service has the stack before it issues a token; other backends are asked.
  if (job.backend.kind === "url") {
    const args = ["stack", "select", "--create", "--stack", name, "--non-interactive"];
    await runCli(setup.cli, args, workDir, environment, lifeline);
  }
  return Stack.select(name, workspace);
}

/** One operation may open its stack more than once. */
async function linkPlugins(target: string, path: string): Promise<void> {
  try {
    await symlink(target, path);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  }
}

/** A stack on a backend inside the worker's own folder, gone with it: for asking a cloud something. */
export async function openThrowaway(
  { job, setup, lifeline }: { readonly job: OperationJob; readonly setup: WorkerSetup; readonly lifeline: Lifeline },
  label: string,
  program: PulumiFn,
): Promise<Stack> {
  const folder = join(setup.folder, label);
  const backend = join(folder, "state");
  await mkdir(backend, { recursive: true });
  const throwaway = { ...job, backend: { kind: "url", url: pathToFileURL(backend).href, passphrase: "none" } as const };
  return openStack(throwaway, { ...setup, folder }, program, lifeline);
}

/** The stack's name as the CLI wants it for the backend. */
export function stackName({ backend, stack }: OperationJob): string {
  return backend.kind === "service" ? `${stack.organization}/${stack.project}/${stack.name}` : stack.name;
}

/** The stack's settings file as part of a saved plan; nothing where the backend needs none. */
export async function readSettings(job: OperationJob, setup: WorkerSetup): Promise<{ readonly settings?: string }> {
  if (job.backend.kind === "service") return {};
  try {
    return { settings: await readFile(settingsPath(job, setup), "utf8") };
  } catch {
    return {}; // Not every secrets provider writes one.
  }
}

/** Puts the settings of a saved plan back, before the stack is opened. */
export async function writeSettings(job: OperationJob, setup: WorkerSetup, saved: SavedPlan): Promise<void> {
  if (saved.settings === undefined) return;
  await mkdir(join(setup.folder, "project"), { recursive: true });
  await writeFile(settingsPath(job, setup), saved.settings, { mode: 0o600 });
}

function settingsPath(job: OperationJob, setup: WorkerSetup): string {
  return join(setup.folder, "project", `Pulumi.${job.stack.name}.yaml`);
}

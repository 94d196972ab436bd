// Looks for a tool that is already on this machine: explicit path, KUBEBUILDER_ASSETS, PATH, the user's cache.
import { execFile } from "node:child_process";
import { access, constants } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import type { Tool } from "./manifest.ts";

const run = promisify(execFile);

/** The folder for everything Dharma keeps between runs; DHARMA_CACHE moves it. */
export function cacheFolder(env: NodeJS.ProcessEnv): string {
  return env["DHARMA_CACHE"] ?? join(env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "dharma");
}

/** Where a tool of this version is kept. */
export function cachePath(tool: Tool, env: NodeJS.ProcessEnv): string {
  return join(cacheFolder(env), "tools", tool.name, tool.version, tool.name);
}

/** DHARMA_TOOL_KUBE_APISERVER and the like: a path that is used without asking for its version. */
export function explicitVariable(tool: Tool): string {
  return `DHARMA_TOOL_${tool.name.toUpperCase().replaceAll("-", "_")}`;
}

const isProgram = (path: string): Promise<boolean> =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  );

async function hasVersion(path: string, tool: Tool, signal: AbortSignal): Promise<boolean> {
  try {
    const { stdout, stderr } = await run(path, [...tool.versionArgs], { timeout: 10_000, signal });
    const words = `${stdout} ${stderr}`.split(/[\s,"]+/);
    return words.some(
      (word) => word === tool.version || word === tool.version.slice(1) || word.startsWith(`${tool.version}+`),
    );
  } catch {
    signal.throwIfAborted();
    return false; // a program that can't tell its version is not the one that was pinned
  }
}

/** The path of the tool where this machine has it, or undefined. Rejects when an explicit path is wrong. */
export async function findTool(tool: Tool, env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<string | undefined> {
  const explicit = env[explicitVariable(tool)];
  if (explicit !== undefined) {
    if (await isProgram(explicit)) return explicit;
    throw new Error(
      `${explicitVariable(tool)} names ${explicit}, which is not a program. Correct the path or unset the variable.`,
    );
  }
  const assets = env["KUBEBUILDER_ASSETS"];
  if (assets !== undefined && (await isProgram(join(assets, tool.name)))) return join(assets, tool.name);
  if (await isProgram(cachePath(tool, env))) return cachePath(tool, env);
  for (const folder of (env["PATH"] ?? "").split(delimiter)) {
    const path = join(folder, tool.name);
    if (folder !== "" && (await isProgram(path)) && (await hasVersion(path, tool, signal))) return path;
  }
  return undefined;
}

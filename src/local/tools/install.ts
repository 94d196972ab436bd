// Gets every tool that is asked for: found, downloaded or built, two at a time, telling each step as it goes.
import { mkdir, rmdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { BuildError, buildTool, hasGo } from "./build.ts";
import { downloadTool } from "./download.ts";
import { cachePath, explicitVariable, findTool } from "./find.ts";
import { type Platform, type Tool, type ToolName, tools } from "./manifest.ts";

/** One thing worth telling about one tool. */
export type ToolProgress =
  | { readonly kind: "found"; readonly tool: Tool; readonly path: string }
  | { readonly kind: "downloading"; readonly tool: Tool; readonly received: number; readonly total: number | undefined }
  | { readonly kind: "building"; readonly tool: Tool }
  | { readonly kind: "waiting"; readonly tool: Tool }
  | { readonly kind: "ready"; readonly tool: Tool; readonly path: string };

export type ToolPaths = Readonly<Record<ToolName, string>>;

export interface InstallOptions {
  readonly names: readonly ToolName[];
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: ToolProgress) => void;
}

const SIDE_BY_SIDE = 2;
const STALE_LOCK_MS = 30 * 60_000;

/** Paths of the named tools; rejects with what to install when one can't be had. */
export async function installTools(options: InstallOptions): Promise<Partial<ToolPaths>> {
  const wanted = tools.filter((tool) => options.names.includes(tool.name));
  const paths: Partial<Record<ToolName, string>> = {};
  const failed = new AbortController();
  const signal = AbortSignal.any([options.signal, failed.signal]);
  const missing: Tool[] = [];
  for (const tool of wanted) {
    const path = await findTool(tool, options.env, signal);
    if (path === undefined) missing.push(tool);
    else {
      paths[tool.name] = path;
      options.onProgress({ kind: "found", tool, path });
    }
  }
  let network: "unknown" | "absent" = "unknown";
  const lane = async (): Promise<void> => {
    for (let tool = missing.shift(); tool !== undefined; tool = missing.shift()) {
      const target = cachePath(tool, options.env);
      await mkdir(dirname(target), { recursive: true });
      await locked(target, tool, { ...options, signal }, async (item) => {
        if (network === "unknown") {
          const release = item.release(currentPlatform());
          const download = await downloadTool(release, target, signal, (received, total) =>
            options.onProgress({ kind: "downloading", tool: item, received, total }),
          );
          if (download.kind === "ready") return;
          network = "absent";
        }
        if (!(await hasGo(options.env, signal))) throw new BuildError(withoutGo(item));
        options.onProgress({ kind: "building", tool: item });
        await buildTool(item, target, options.env, signal);
      });
      paths[tool.name] = target;
      options.onProgress({ kind: "ready", tool, path: target });
    }
  };
  const lanes = Array.from({ length: SIDE_BY_SIDE }, async () => {
    try {
      await lane();
    } catch (error) {
      failed.abort(error);
      throw error;
    }
  });
  const results = await Promise.allSettled(lanes);
  options.signal.throwIfAborted();
  if (failed.signal.aborted) throw failed.signal.reason;
  for (const result of results) if (result.status === "rejected") throw result.reason;
  return paths;
}

/** One process at a time works on a tool; the others wait and then find it. A lock left by a crash is taken over after 30 minutes. */
async function locked(
  target: string,
  tool: Tool,
  options: InstallOptions,
  work: (tool: Tool) => Promise<void>,
): Promise<void> {
  const lock = `${target}.lock`;
  for (let told = false; ;) {
    options.signal.throwIfAborted();
    try {
      await mkdir(lock);
      break;
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    }
    const held = await stat(lock).catch(() => undefined);
    if (held !== undefined && Date.now() - held.mtimeMs > STALE_LOCK_MS) await rmdir(lock).catch(() => undefined);
    if (!told) options.onProgress({ kind: "waiting", tool });
    told = true;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  try {
    if ((await findTool(tool, options.env, options.signal)) === undefined) await work(tool);
  } finally {
    await rmdir(lock).catch(() => undefined);
  }
}

function currentPlatform(): Platform {
  const { platform, arch } = process;
  if ((platform !== "linux" && platform !== "darwin") || (arch !== "x64" && arch !== "arm64")) {
    throw new Error(
      `The local control plane runs on Linux and macOS, x64 and arm64; this is ${platform} ${arch}. Use --cluster CONTEXT with a cluster of yours.`,
    );
  }
  return { os: platform, arch: arch === "x64" ? "amd64" : "arm64" };
}

const withoutGo = (tool: Tool): string =>
  `${tool.name} ${tool.version} is not on this machine, its release page can't be reached, and there is no Go toolchain to build it. ` +
  `Do one of: connect to the internet; install Go 1.26 or newer (go.dev/dl); put ${tool.name} ${tool.version} on PATH; set ${explicitVariable(tool)} to its path.`;

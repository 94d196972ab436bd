// Builds a tool from its pinned Go module.
import { spawn } from "node:child_process";
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Tool } from "./manifest.ts";

/** Why a build can't be done here; the message says what to install. */
export class BuildError extends Error {
  override readonly name = "BuildError";
}

/** Compiles the tool to `target` with the Go toolchain on PATH; modules come through the user's own Go settings. */
export async function buildTool(
  tool: Tool,
  target: string,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<void> {
  const temporary = `${target}.building-${process.pid}`;
  const ldflags = ["-s", "-w", ...tool.stamps.flatMap((stamp) => ["-X", stamp])].join(" ");
  const args = [
    "build",
    "-mod=readonly",
    "-buildvcs=false",
    "-trimpath",
    ...(tool.tags === undefined ? [] : ["-tags", tool.tags.join(",")]),
    "-ldflags",
    ldflags,
    "-o",
    temporary,
    tool.package,
  ];
  try {
    const { code, output } = await go(args, join(import.meta.dirname, "modules", tool.module), env, signal);
    if (code !== 0) throw new BuildError(`go build of ${tool.package}@${tool.version} failed:\n${explain(output)}`);
    await rename(temporary, target);
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Whether a Go toolchain is on PATH. */
export async function hasGo(env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<boolean> {
  return go(["version"], ".", env, signal).then(
    ({ code }) => code === 0,
    () => false,
  );
}

function go(
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn("go", [...args], {
      cwd,
      env: { CGO_ENABLED: "0", ...env },
      stdio: ["ignore", "pipe", "pipe"],
      signal,
    });
    let output = "";
    const keep = (chunk: Buffer) => {
      output = (output + chunk.toString("utf8")).slice(-8_000);
    };
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, output }));
  });
}

function explain(output: string): string {
  const tail = output.trim().split("\n").slice(-12).join("\n");
  if (/no space left on device/i.test(output))
    return `${tail}\nThe disk is full: free about 8 GB, or set DHARMA_CACHE, GOCACHE and GOMODCACHE to a larger disk.`;
  if (/dial tcp|no such host|i\/o timeout|connection refused/i.test(output))
    return `${tail}\nThe Go module proxy can't be reached: connect to a network or set GOPROXY to a mirror you can reach.`;
  if (/requires go >= |go.mod requires/i.test(output))
    return `${tail}\nThe Go toolchain is too old: install Go 1.26 or newer.`;
  return tail;
}

// The Go peer (bench/peer): built once for each state of its sources, and its commands.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { access, mkdir, readdir, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { cacheFolder } from "../src/local/index.ts";
import type { BenchContext } from "./context.ts";
import { namespace } from "./plane.ts";

const run = promisify(execFile);
const sources = join(import.meta.dirname, "peer");

/** The peer's program, from the cache or built with the Go toolchain on PATH (Go 1.26 or newer; about a minute). */
export async function buildPeer({ signal, tell }: BenchContext): Promise<string> {
  const hash = createHash("sha256");
  const files = (await readdir(sources)).filter((name) => name.endsWith(".go") || name.startsWith("go.")).toSorted();
  for (const file of files) hash.update(file).update(await readFile(join(sources, file)));
  const folder = join(cacheFolder(process.env), "bench-peer", hash.digest("hex").slice(0, 16));
  const program = join(folder, "peer");
  try {
    await access(program);
    return program;
  } catch {
    tell("building the Go peer, about a minute");
  }
  await mkdir(folder, { recursive: true });
  const building = `${program}.building-${process.pid}`;
  try {
    await run("go", ["build", "-mod=readonly", "-trimpath", "-buildvcs=false", "-o", building, "."], {
      cwd: sources,
      env: { CGO_ENABLED: "0", ...process.env },
      signal,
    });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`the Go peer could not be built. Install Go 1.26 or newer. ${why}`, { cause: error });
  }
  await rename(building, program);
  return program;
}

export interface Load {
  readonly changes: number;
  readonly failed: number;
  readonly unobserved: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** From the first change that was due to the last that was observed. */
  readonly seconds: number;
  readonly cpuSeconds: number;
}

/** A load that says nothing of the operator: changes that were refused or never observed are in no latency. */
export class VoidLoad extends Error {}

/** Changes specs at a fixed rate and waits until the operator has observed all of them. Rejects with VoidLoad when it never does. */
export async function offerLoad(
  peer: string,
  options: { readonly kubeconfig: string; readonly rate: number; readonly changes: number; readonly pid: number },
  signal: AbortSignal,
): Promise<Load> {
  const { kubeconfig, rate, changes, pid } = options;
  const { stdout } = await run(
    peer,
    [
      "load",
      "--kubeconfig",
      kubeconfig,
      "--namespace",
      namespace,
      "--rate",
      `${rate}`,
      "--changes",
      `${changes}`,
      "--pid",
      `${pid}`,
      "--patch",
      '{"spec":{"resources":[{"name":"q","type":"aws:sqs/queue:Queue","properties":{"name":"q-INDEX"}}]}}',
      "--patience",
      "15m",
    ],
    { signal },
  );
  const load = JSON.parse(stdout) as Load;
  if (load.failed + load.unobserved > 0)
    throw new VoidLoad(`of ${changes} changes ${load.failed} were refused and ${load.unobserved} never observed`);
  return load;
}

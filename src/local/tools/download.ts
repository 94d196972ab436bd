// Fetches a tool from its maker's release page and checks its SHA-256; gives up in seconds where there is no network.
import { createHash } from "node:crypto";
import { execFile } from "node:child_process";
import { chmod, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { Release } from "./manifest.ts";

const run = promisify(execFile);
const CONNECT_MS = 4_000;
const STALL_MS = 20_000;

/** What came of a download; `unreachable` means that building is the next thing to try. */
export type Download = { readonly kind: "ready" } | { readonly kind: "unreachable"; readonly why: string };

async function fetchBytes(
  url: string,
  signal: AbortSignal,
  onBytes: (received: number, total: number | undefined) => void,
): Promise<Buffer> {
  const stall = new AbortController();
  let timer = setTimeout(() => stall.abort(new Error("no answer in 4 s")), CONNECT_MS);
  try {
    const response = await fetch(url, { signal: AbortSignal.any([signal, stall.signal]) });
    if (!response.ok || response.body === null) throw new Error(`HTTP ${response.status}`);
    const length = response.headers.get("content-length");
    const chunks: Uint8Array[] = [];
    let received = 0;
    for await (const chunk of response.body) {
      clearTimeout(timer);
      timer = setTimeout(() => stall.abort(new Error("the download stalled for 20 s")), STALL_MS);
      chunks.push(chunk);
      received += chunk.length;
      onBytes(received, length === null ? undefined : Number(length));
    }
    return Buffer.concat(chunks);
  } finally {
    clearTimeout(timer);
  }
}

/** The SHA-256 of `asset` in a checksum file: the line that names it, or the only line. */
export function checksumOf(text: string, asset: string): string | undefined {
  const lines = text.split("\n").filter((line) => /\b[0-9a-f]{64}\b/i.test(line));
  const line = lines.find((candidate) => candidate.includes(asset)) ?? (lines.length === 1 ? lines[0] : undefined);
  return line?.match(/\b[0-9a-f]{64}\b/i)?.[0].toLowerCase();
}

/** Puts the released program at `target`. A wrong checksum rejects: that is never papered over by a build. */
export async function downloadTool(
  release: Release,
  target: string,
  signal: AbortSignal,
  onBytes: (received: number, total: number | undefined) => void,
): Promise<Download> {
  let bytes: Buffer;
  let sums: Buffer;
  try {
    sums = await fetchBytes(release.checksumUrl, signal, () => undefined);
    bytes = await fetchBytes(release.url, signal, onBytes);
  } catch (error) {
    signal.throwIfAborted();
    return { kind: "unreachable", why: describe(error) };
  }
  const asset = new URL(release.url).pathname.split("/").at(-1) ?? "";
  const expected = checksumOf(sums.toString("utf8"), asset);
  const actual = createHash("sha256").update(bytes).digest("hex");
  if (expected !== actual) {
    throw new Error(
      `${release.url} has SHA-256 ${actual}, but its release says ${expected ?? "nothing"}. Nothing was installed; try again, and suspect a proxy if it repeats.`,
    );
  }
  const folder = await mkdtemp(join(dirname(target), ".download-"));
  try {
    const fetched = join(folder, asset);
    await writeFile(fetched, bytes);
    if (release.member !== undefined) await run("tar", ["-xzf", fetched, "-C", folder, release.member], { signal });
    const program = release.member === undefined ? fetched : join(folder, release.member);
    await chmod(program, 0o755);
    await rename(program, target);
    return { kind: "ready" };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : "";
  return `${error.message}${cause}`;
}

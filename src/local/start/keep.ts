// `--keep`: the session runs on in a process of its own; this one shows its output until the story is told, then leaves.
import { spawn } from "node:child_process";
import { createReadStream, openSync } from "node:fs";
import { mkdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { cacheFolder } from "../tools/index.ts";

const TOLD = "told.json";

/** The file the background process writes when there is nothing more to show. */
export const toldFile = (folder: string): string => join(folder, TOLD);

/** Starts the background process and copies its output here. Resolves with the exit code for this process. */
export async function startInBackground(args: readonly string[], signal: AbortSignal): Promise<number> {
  const folder = join(cacheFolder(process.env), "start", `kept-${Date.now()}`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const log = join(folder, "start.log");
  const output = openSync(log, "a", 0o600);
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, "main.ts"), ...args.filter((arg) => arg !== "--keep"), "--folder", folder],
    {
      detached: true,
      stdio: ["ignore", output, output],
    },
  );
  let exit: number | undefined;
  child.once("exit", (code) => (exit = code ?? 1));
  signal.addEventListener("abort", () => child.kill("SIGTERM"), { once: true });
  let shown = 0;
  const show = async (): Promise<void> => {
    const { size } = await stat(log);
    if (size <= shown) return;
    for await (const chunk of createReadStream(log, { start: shown, end: size - 1, encoding: "utf8" }))
      process.stdout.write(String(chunk));
    shown = size;
  };
  for (;;) {
    await show();
    const told = await readFile(toldFile(folder), "utf8").catch(() => undefined);
    if (told !== undefined || exit !== undefined) {
      await show();
      if (exit !== undefined) return exit;
      process.stdout.write(`\nIt runs on in the background (log: ${log}). Stop it with: kill ${child.pid}\n`);
      child.unref();
      return 0;
    }
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}

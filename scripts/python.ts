// The trainer's Python: an environment of its own under the user's cache, locked by hashes, made when it is first needed.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const requirements = join(root, "models", "training", "requirements.txt");

/** Python 3.11 to 3.13 with what the trainer needs. Resolves with its path; rejects with what to install. */
export async function trainerPython(signal: AbortSignal, tell: (text: string) => void): Promise<string> {
  const locked = createHash("sha256")
    .update(await readFile(requirements))
    .digest("hex")
    .slice(0, 12);
  const cache =
    process.env["DHARMA_CACHE"] ?? join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "dharma");
  const folder = join(cache, "python", locked);
  const python = join(folder, "bin", "python");
  if (existsSync(join(folder, "complete"))) return python;
  const system = await systemPython(signal);
  tell("installing the trainer's Python packages (once, about a minute)");
  // An environment knows its own path, so it is made where it stays; the mark, made last, says that it is whole.
  await rm(folder, { recursive: true, force: true });
  await run(system, ["-m", "venv", folder], { signal });
  await run(
    python,
    [
      "-m",
      "pip",
      "install",
      "--quiet",
      "--disable-pip-version-check",
      "--require-hashes",
      "--no-deps",
      "-r",
      requirements,
    ],
    { signal },
  );
  await writeFile(join(folder, "complete"), "");
  return python;
}

async function systemPython(signal: AbortSignal): Promise<string> {
  for (const name of ["python3.13", "python3.12", "python3.11", "python3"]) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- the first that fits is taken
      await run(name, ["-c", "import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))"], {
        signal,
        quiet: true,
      });
      return name;
    } catch {
      signal.throwIfAborted();
    }
  }
  throw new Error("Training needs Python 3.11, 3.12 or 3.13 with the module venv: install one (Debian: python3-venv).");
}

export interface PythonOptions {
  readonly signal: AbortSignal;
  readonly quiet?: boolean;
}

/** Runs `python -m training ARGS` from models/; its progress goes to stderr. Rejects when it fails. */
export async function runTrainer(python: string, args: readonly string[], options: PythonOptions): Promise<void> {
  await run(python, ["-m", "training", ...args], options);
}

function run(program: string, args: readonly string[], { signal, quiet }: PythonOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: join(root, "models"),
      signal,
      stdio: ["ignore", quiet === true ? "ignore" : 2, quiet === true ? "ignore" : 2],
      env: { ...process.env, PYTHONDONTWRITEBYTECODE: "1", OMP_NUM_THREADS: process.env["OMP_NUM_THREADS"] ?? "2" },
    });
    child.on("error", reject);
    child.on("close", (code) =>
      code === 0
        ? resolve()
        : reject(new Error(`${program} ${args.slice(0, 3).join(" ")} ended with ${code ?? "a signal"}`)),
    );
  });
}

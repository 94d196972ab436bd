// Finds a program as a shell would, once: workers have an environment without the operator's PATH.
import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { delimiter, join, resolve } from "node:path";

/** A program that is not there or can't be run. The message says where it was looked for. */
export class ExecutableMissing extends Error {
  override readonly name = "ExecutableMissing";
}

/** Absolute path of `name`: a path as it is, a bare name by PATH. Rejects with ExecutableMissing. */
export async function findExecutable(
  name: string,
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<string> {
  const bare = !name.includes("/") && !name.includes("\\");
  const folders = (env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  const candidates = bare ? folders.map((folder) => resolve(join(folder, name))) : [resolve(name)];
  for (const candidate of candidates) {
    signal.throwIfAborted();
    // eslint-disable-next-line no-await-in-loop -- the first that is there counts
    if (await isExecutable(candidate)) return candidate;
  }
  throw new ExecutableMissing(
    bare
      ? `there is no ${name} on PATH: give its path (--${name} FILE), or install it; "npm run -s tools" prints where the project's own is`
      : `${resolve(name)} is no program that can be run: correct the path`,
  );
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

// `npm run models:train [-- NAME...] [--data DIR]`: trains the shipped variants into models/.
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { modelNamed, modelNames } from "../src/inference/index.ts";
import { runTrainer, trainerPython } from "./python.ts";

const root = join(import.meta.dirname, "..");
const usage = `npm run models:train [-- NAME...] [--data DIR] [--seed N]
  NAME    ${modelNames.join(", ")}; default: all
  --data  folder of the public data; default $DHARMA_MODEL_DATA, or ../shared/data
  --seed  default 7`;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    args: process.argv.slice(2),
    options: { data: { type: "string" }, seed: { type: "string", default: "7" }, help: { type: "boolean" } },
    allowPositionals: true,
  });
  if (values.help === true) {
    process.stdout.write(`${usage}\n`);
    return 0;
  }
  const unknown = positionals.find((name) => modelNamed(name) === undefined);
  if (unknown !== undefined) throw new UsageError(`there is no model ${unknown}`);
  const data = resolve(values.data ?? process.env["DHARMA_MODEL_DATA"] ?? join(root, "..", "shared", "data"));
  if (!existsSync(data)) throw new UsageError(`there is no folder ${data}: name it with --data`);
  const stop = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => stop.abort(new Error(name)));
  const python = await trainerPython(stop.signal, (text) => void process.stderr.write(`${text}\n`));
  await runTrainer(python, ["train", ...positionals, "--data", data, "--seed", values.seed], { signal: stop.signal });
  return 0;
}

class UsageError extends Error {}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  if (error instanceof UsageError) process.stderr.write(`${usage}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}

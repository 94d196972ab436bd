// `npm run models:bench -- --data DIR [--train DIR] [--only NAME]`: the models, measured through the operator's own code.
import { existsSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import {
  modelNamed,
  type ModelName,
  modelNames,
  type OpenModel,
  openModel,
  readModelFolder,
} from "../../src/inference/index.ts";
import { runTrainer, trainerPython } from "../../scripts/python.ts";
import { type Measurement, table } from "../measurement.ts";
import { benches } from "./all.ts";
import type { ModelContext } from "./bench.ts";
import { recordInCards } from "./record.ts";

const root = join(import.meta.dirname, "..", "..");
const usage = `npm run models:bench -- --data DIR [--train DIR] [--only NAME] [--record]
  --data    folder to measure on, laid out like the public data
  --train   folder whose training parts are learnt from; default: the same
  --only    ${modelNames.join(", ")}; may be given several times
  --record  write the figures into the cards of the shipped variants`;

class UsageError extends Error {}

interface Asked {
  readonly data: string;
  readonly train: string;
  readonly only: ReadonlySet<ModelName>;
  readonly record: boolean;
}

function read(args: readonly string[]): Asked {
  let parsed;
  try {
    parsed = parseArgs({
      args: [...args],
      options: {
        data: { type: "string" },
        train: { type: "string" },
        only: { type: "string", multiple: true },
        record: { type: "boolean", default: false },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
  const { values } = parsed;
  if (values.data === undefined) throw new UsageError("--data is needed");
  const folder = (option: string, path: string): string => {
    const full = resolve(path);
    if (!existsSync(full)) throw new UsageError(`--${option}: there is no folder ${full}`);
    return full;
  };
  const only = (values.only ?? [])
    .flatMap((text) => text.split(","))
    .map((text) => {
      const name = modelNamed(text);
      if (name === undefined) throw new UsageError(`there is no model ${text}`);
      return name;
    });
  return {
    data: folder("data", values.data),
    train: folder("train", values.train ?? values.data),
    only: new Set(only.length === 0 ? modelNames : only),
    record: values.record,
  };
}

/** Everything a bench is given, and how to give back what it opened. */
function contextOf(
  name: ModelName,
  asked: Asked,
  signal: AbortSignal,
  failed: (what: string, error: unknown) => void,
): { context: ModelContext; close(): Promise<void> } {
  const tell = (text: string): void => void process.stderr.write(`  ${name}: ${text}\n`);
  const opened: OpenModel[] = [];
  const open = async (folder: string): Promise<OpenModel> => {
    const model = await openModel(await readModelFolder(folder, signal));
    opened.push(model);
    return model;
  };
  const out = join(root, ".dharma", "models", name);
  let fitting: Promise<string> | undefined;
  const fit = async (): Promise<string> => {
    await rm(out, { recursive: true, force: true });
    await mkdir(out, { recursive: true });
    try {
      const python = await trainerPython(signal, tell);
      tell("fitting on the training parts");
      await runTrainer(python, ["fit", name, "--train", asked.train, "--data", asked.data, "--out", out], { signal });
    } catch (error) {
      signal.throwIfAborted();
      failed(`${name} could not be fitted on everything; what was fitted is measured`, error);
    }
    return out;
  };
  const context: ModelContext = {
    data: asked.data,
    train: asked.train,
    shipped: (variant) => open(join(root, "models", name, variant)),
    fit: () => (fitting ??= fit()),
    async fitted(variant) {
      const folder = join(await context.fit(), variant);
      return existsSync(join(folder, "model.json")) ? open(folder) : undefined;
    },
    async apart(set, measure) {
      try {
        return await measure();
      } catch (error) {
        signal.throwIfAborted();
        failed(`${name} could not be measured on ${set}`, error);
        return [];
      }
    },
    signal,
    tell,
  };
  return {
    context,
    async close() {
      await Promise.all(opened.map((model) => model.close()));
    },
  };
}

async function main(): Promise<number> {
  const asked = read(process.argv.slice(2));
  const stop = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => stop.abort(new Error(name)));
  const results: Measurement[] = [];
  let failures = 0;
  const failed = (what: string, error: unknown): void => {
    failures += 1;
    process.stderr.write(`${what}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  };
  for (const bench of benches.filter(({ name }) => asked.only.has(name))) {
    const { context, close } = contextOf(bench.name, asked, stop.signal, failed);
    const started = performance.now();
    const before = failures;
    try {
      // oxlint-disable-next-line no-await-in-loop -- one model at a time, on all cores
      const measured = await bench.measure(context);
      results.push(...measured);
      // What could not be measured stays in the cards as it was.
      if (asked.record && failures > before) context.tell("the cards are left as they are");
      // oxlint-disable-next-line no-await-in-loop -- likewise
      else if (asked.record) await recordInCards(join(root, "models", bench.name), measured);
      context.tell(`measured in ${((performance.now() - started) / 1000).toFixed(1)} s`);
    } catch (error) {
      if (stop.signal.aborted) process.exit(130);
      failed(`${bench.name} could not be measured`, error);
    } finally {
      // oxlint-disable-next-line no-await-in-loop -- likewise
      await close();
    }
  }
  process.stderr.write(`\n${table(results).join("\n")}\n`);
  process.stdout.write(`${JSON.stringify(results, undefined, 1)}\n`);
  return failures === 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message}\n${usage}\n`);
  process.exitCode = 2;
}

// `npm run bench [-- NAME...] [--objects N] [--rounds N]`: measurements as JSON on stdout, progress and a table on stderr.
import { parseArgs } from "node:util";
import type { BenchContext } from "./context.ts";
import { blueprintBench } from "./blueprint.ts";
import { etcdBench } from "./etcd.ts";
import { type Measurement, table } from "./measurement.ts";
import { inferenceBench } from "./inference.ts";
import { memoryBench } from "./memory.ts";
import { policyBench } from "./policy.ts";
import { queueBench } from "./queue.ts";
import { runtimeBench } from "./runtime.ts";

type Bench = (context: BenchContext) => Promise<readonly Measurement[]>;

const names = ["runtime", "drain", "blueprint", "etcd", "memory", "queue", "policy", "inference"] as const;
type Name = (typeof names)[number];

const usage = `npm run bench [-- NAME...] [--objects N] [--rounds N]
  NAME       ${names.join(", ")}; default: all
  --objects  paused Blueprints of runtime, drain and memory, objects of inference; default 10000
  --rounds   alternations of peer and Dharma; default 3`;

/** Benches in the order they run. runtime and drain share their rounds when both are asked for. */
function benchesOf(asked: ReadonlySet<Name>): readonly (readonly [string, Bench])[] {
  const chosen: (readonly [string, Bench])[] = [];
  if (asked.has("memory")) chosen.push(["memory", memoryBench]);
  if (asked.has("queue")) chosen.push(["queue", queueBench]);
  if (asked.has("inference")) chosen.push(["inference", inferenceBench]);
  if (asked.has("policy")) chosen.push(["policy", policyBench]);
  if (asked.has("etcd")) chosen.push(["etcd", etcdBench]);
  if (asked.has("blueprint")) chosen.push(["blueprint", blueprintBench]);
  const parts = new Set((["runtime", "drain"] as const).filter((part) => asked.has(part)));
  if (parts.size > 0) chosen.push([[...parts].join(" and "), (context) => runtimeBench(context, parts)]);
  return chosen;
}

function isName(text: string): text is Name {
  return names.some((name) => name === text);
}

function count(option: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new UsageError(`--${option} takes a whole number from 1 up`);
  return value;
}

class UsageError extends Error {}

interface Asked {
  readonly names: ReadonlySet<Name>;
  readonly objects: number;
  readonly rounds: number;
}

function read(args: readonly string[]): Asked {
  const options = {
    objects: { type: "string", default: "10000" },
    rounds: { type: "string", default: "3" },
  } as const;
  let parsed;
  try {
    parsed = parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
  const { values, positionals } = parsed;
  const unknown = positionals.find((name) => !isName(name));
  if (unknown !== undefined) throw new UsageError(`there is no bench ${unknown}`);
  return {
    names: new Set(positionals.length === 0 ? names : positionals.filter(isName)),
    objects: count("objects", values.objects),
    rounds: count("rounds", values.rounds),
  };
}

async function main(): Promise<number> {
  const asked = read(process.argv.slice(2));
  const stop = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => stop.abort(new Error(name)));
  // Processes under test do not keep this one alive; waiting for the end of one must.
  const alive = setInterval(() => undefined, 60_000);
  const results: Measurement[] = [];
  let failures = 0;
  for (const [name, bench] of benchesOf(asked.names)) {
    const tell = (text: string): void => void process.stderr.write(`  ${name}: ${text}\n`);
    try {
      // oxlint-disable-next-line no-await-in-loop -- two measurements at once would measure each other
      results.push(...(await bench({ objects: asked.objects, rounds: asked.rounds, signal: stop.signal, tell })));
    } catch (error) {
      if (stop.signal.aborted) process.exit(130);
      failures += 1;
      process.stderr.write(
        `${name} could not be measured: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
      );
    }
  }
  clearInterval(alive);
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

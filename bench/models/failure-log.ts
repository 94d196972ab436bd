// LANL's log of node failures (failures*.csv[.gz]): who failed when.
import { join } from "node:path";
import type { NodeInput, SystemFailures } from "../../src/inference/features/failure-nodes.ts";
import { countUpTo } from "../../src/inference/features/failure-nodes.ts";
import { filesIn, recordsOf, textOf } from "./files.ts";

/** A system's failures, in days since 1970. */
export interface FailureLog extends SystemFailures {
  readonly nodes: readonly (readonly number[])[];
}

/** The systems of a folder; none where it has no log. Lines without a time are passed over. */
export async function readFailureLogs(folder: string, signal: AbortSignal): Promise<readonly FailureLog[]> {
  const files = await filesIn(join(folder, "lanl"), /^failures.*\.csv(\.gz)?$/);
  const texts = await Promise.all(files.map((file) => textOf(file, signal)));
  return failureLogs(texts.flatMap((text) => recordsOf(text)));
}

/** Rows of the log as systems; only the columns System, nodenum and Prob Started count. */
export function failureLogs(rows: readonly Readonly<Record<string, string>>[]): readonly FailureLog[] {
  const systems = new Map<string, Map<string, number[]>>();
  for (const { System: system = "", nodenum: node = "", "Prob Started": started = "" } of rows) {
    const day = dayOf(started);
    if (day === undefined) continue;
    const nodes = systems.get(system) ?? new Map<string, number[]>();
    systems.set(system, nodes);
    nodes.set(node, [...(nodes.get(node) ?? []), day]);
  }
  return [...systems.values()].map((byNode) => {
    const nodes = [...byNode.values()].map((times) => times.toSorted((a, b) => a - b));
    return {
      nodes,
      failures: nodes.flat().toSorted((a, b) => a - b),
      firsts: nodes.map(([first = Infinity]) => first).toSorted((a, b) => a - b),
    };
  });
}

/** `2/23/1997 13:00` in days. */
function dayOf(text: string): number | undefined {
  const [, month, day, year, hour, minute] = /^(\d+)\/(\d+)\/(\d{4}) (\d+):(\d+)$/.exec(text.trim()) ?? [];
  return year === undefined
    ? undefined
    : Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute)) / 86_400_000;
}

export interface NodeCase extends NodeInput {
  readonly failed: boolean;
}

/** The days between two questions, and the horizon of each. */
const step = 2;

/**
 * The questions of the last part of the log: for every node it names, each second day from its system's first failure to two
 * days before its last: does the node fail within the 48 h that follow?
 */
export function nodeCases(logs: readonly FailureLog[], part: number): readonly NodeCase[] {
  const split = splitOf(logs, part);
  return logs.flatMap((system) => {
    const days = daysFrom(split, system, step);
    return system.nodes.flatMap((failures) =>
      days.map((now) => ({
        failures,
        system,
        now,
        failed: countUpTo(failures, now + step) > countUpTo(failures, now),
      })),
    );
  });
}

/** A node and the days on which it is asked about. */
export interface NodeWatch {
  readonly system: FailureLog;
  readonly failures: readonly number[];
  readonly asked: readonly number[];
  /** Failures are known up to here. */
  readonly until: number;
}

/**
 * Every node, asked about again and again: `known` in the whole log with the pace of `nodeCases`, `measured` in its last part
 * every `pace` days. `split` is the day on which that begins.
 */
export function nodeWatches(
  logs: readonly FailureLog[],
  part: number,
  pace: number,
): { readonly split: number; readonly known: readonly NodeWatch[]; readonly measured: readonly NodeWatch[] } {
  const split = splitOf(logs, part);
  const watches = (from: number, every: number): readonly NodeWatch[] =>
    logs.flatMap((system) => {
      const asked = daysFrom(from, system, every);
      const until = system.failures.at(-1) ?? -Infinity;
      return system.nodes.map((failures) => ({ system, failures, asked, until }));
    });
  return { split, known: watches(-Infinity, step), measured: watches(split, pace) };
}

/** The day on which the last part begins. */
function splitOf(logs: readonly FailureLog[], part: number): number {
  const begin = Math.min(...logs.map(({ failures }) => failures[0] ?? Infinity));
  const end = Math.max(...logs.map(({ failures }) => failures.at(-1) ?? -Infinity));
  return begin + part * (end - begin);
}

/** Days `pace` apart, from `from` or the system's first failure to a step before its last one. */
function daysFrom(from: number, { failures }: FailureLog, pace: number): readonly number[] {
  const first = Math.max(from, failures[0] ?? Infinity);
  const count = Math.max(0, Math.ceil(((failures.at(-1) ?? -Infinity) - step - first) / pace));
  return Array.from({ length: count }, (_, index) => first + index * pace);
}

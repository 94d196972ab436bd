// LANL's log of node failures (failures*.csv[.gz]): who failed when.
import { join } from "node:path";
import type { NodeInput, SystemFailures } from "../../src/inference/features/failure-nodes.ts";
import { countUpTo } from "../../src/inference/features/failure-nodes.ts";
import { filesIn, recordsOf, textOf } from "./files.ts";

/** A system's failures, in days since 1970. */
export interface FailureLog extends SystemFailures {
  readonly nodes: readonly (readonly number[])[];
}

/** What is asked of a log of failures. */
export interface FailureQuestions {
  readonly logs: readonly FailureLog[];
  /** The share of the logs' time that is learnt from; asked is about the rest. */
  readonly part: number;
  /** The time that is asked about, for a row's `data`. */
  readonly when: string;
}

const usualPart = 0.7;

/**
 * The last 30 % of the measured folder's log. Where it begins after the training folder's has ended, all of it, with what the
 * training folder knows as its past; as the trainer has it (failure_nodes.py). No logs where the measured folder has none.
 */
export async function readFailureQuestions(
  { data, train }: { readonly data: string; readonly train: string },
  signal: AbortSignal,
): Promise<FailureQuestions> {
  const [own, past] = await Promise.all([readRows(data, signal), readRows(train, signal)]);
  const [logs, known] = [failureLogs(own), failureLogs(past)];
  const from = spanOf(logs)[0];
  if (logs.length === 0 || known.length === 0 || from < spanOf(known)[1] || isCopy(logs, known))
    return { logs, part: usualPart, when: "last 30 % of the log's time" };
  const both = failureLogs([...past, ...own]);
  const [begin, end] = spanOf(both);
  return { logs: both, part: (from - begin) / (end - begin), when: "all of the log, after the training folder's" };
}

/** Whether a system's failures follow each other as those of a known one do: the same log at another time is no later one. */
function isCopy(logs: readonly FailureLog[], known: readonly FailureLog[]): boolean {
  const gaps = ({ failures }: FailureLog): string =>
    failures.map((day, at) => Math.round(1440 * (day - (failures[at - 1] ?? day)))).join();
  const seen = new Set(known.map(gaps));
  return logs.some((system) => system.failures.length >= 20 && seen.has(gaps(system)));
}

/** Lines of DIR/lanl; none where there is no log. */
async function readRows(folder: string, signal: AbortSignal): Promise<readonly Readonly<Record<string, string>>[]> {
  const files = await filesIn(join(folder, "lanl"), /^failures.*\.csv(\.gz)?$/);
  const texts = await Promise.all(files.map((file) => textOf(file, signal)));
  return texts.flatMap((text) => recordsOf(text));
}

/** Rows of the log as systems, without those that have no time; only the columns System, nodenum and Prob Started count. */
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
  const [begin, end] = spanOf(logs);
  return begin + part * (end - begin);
}

/** The days of the first failure and of the last. */
function spanOf(logs: readonly FailureLog[]): readonly [begin: number, end: number] {
  return [
    Math.min(...logs.map(({ failures }) => failures[0] ?? Infinity)),
    Math.max(...logs.map(({ failures }) => failures.at(-1) ?? -Infinity)),
  ];
}

/** Days `pace` apart, from `from` or the system's first failure to a step before its last one. */
function daysFrom(from: number, { failures }: FailureLog, pace: number): readonly number[] {
  const first = Math.max(from, failures[0] ?? Infinity);
  const count = Math.max(0, Math.ceil(((failures.at(-1) ?? -Infinity) - step - first) / pace));
  return Array.from({ length: count }, (_, index) => first + index * pace);
}

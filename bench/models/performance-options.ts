// DeepPerf: figures of configurable systems by their options, a table a system.
import { basename, join } from "node:path";
import type { RunCandidate } from "../../src/inference/features/performance-run.ts";
import { contentHash } from "./content-hash.ts";
import { filesIn, recordsOf, textOf } from "./files.ts";

/** Training configurations for each option, and how often they are drawn anew. */
export const runsPerOption = 5;
export const optionRepeats = 5;

export interface OptionsSystem {
  readonly name: string;
  readonly options: number;
  readonly rows: readonly OptionsRow[];
}

export interface OptionsRow {
  readonly candidate: RunCandidate;
  readonly value: number;
  readonly hash: number;
}

/** Every system of DIR/deepperf; none where there is no such folder. */
export async function readSystems(folder: string, signal: AbortSignal): Promise<readonly OptionsSystem[]> {
  const paths = await filesIn(join(folder, "deepperf"), /_AllNumeric\.csv(\.gz)?$/);
  return Promise.all(
    paths.map(async (path) => systemOf(basename(path).split("_")[0] ?? "", recordsOf(await textOf(path, signal)))),
  );
}

/** The last column is the figure, the others are options. */
export function systemOf(name: string, records: readonly Readonly<Record<string, string>>[]): OptionsSystem {
  const columns = Object.keys(records[0] ?? {});
  const answer = columns.at(-1) ?? "";
  const options = columns.slice(0, -1);
  return {
    name: name.toLowerCase(),
    options: options.length,
    rows: records.map((record) => ({
      candidate: { values: Object.fromEntries(options.map((option) => [option, Number(record[option])])) },
      value: Number(record[answer]),
      hash: contentHash(record, [answer]),
    })),
  };
}

/** What the trainer did not learn from in this repeat: all but the 5 n with the smallest hash. */
export function measuredRows({ rows, options }: OptionsSystem, repeat: number): readonly OptionsRow[] {
  return rows
    .map((row) => ({ row, order: contentHash({ draw: String(repeat), hash: String(row.hash) }) }))
    .toSorted((a, b) => a.order - b.order)
    .slice(runsPerOption * options)
    .map(({ row }) => row);
}

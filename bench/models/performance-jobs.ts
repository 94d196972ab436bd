// C3O: measured runs of distributed jobs, a table a job, a configuration at a time.
import { basename, join } from "node:path";
import type { RunCandidate } from "../../src/inference/features/performance-run.ts";
import { contentHash } from "./content-hash.ts";
import { filesIn, recordsOf, textOf } from "./files.ts";

/** Configurations of a job are measured by this many folds. */
export const jobFolds = 5;

export interface JobConfiguration {
  readonly candidate: RunCandidate & { readonly machine: string };
  /** What is to be done, without on what: equal for configurations one could choose between. */
  readonly work: string;
  readonly fold: number;
  /** Measured run times, s. */
  readonly times: readonly number[];
}

export interface Job {
  readonly name: string;
  readonly configurations: readonly JobConfiguration[];
}

/** Every job of DIR/c3o; none where there is no such folder. */
export async function readJobs(folder: string, signal: AbortSignal): Promise<readonly Job[]> {
  const paths = await filesIn(join(folder, "c3o"), /\.tsv(\.gz)?$/);
  return Promise.all(
    paths.map(async (path) => ({
      name: basename(path).split(".")[0] ?? "",
      configurations: configurationsOf(recordsOf(await textOf(path, signal), "\t")),
    })),
  );
}

/** Rows of equal cells but for the time are runs of one configuration. */
export function configurationsOf(rows: readonly Readonly<Record<string, string>>[]): readonly JobConfiguration[] {
  const runs = new Map<string, { readonly cells: Readonly<Record<string, string>>; readonly times: number[] }>();
  for (const { gross_runtime: time, ...cells } of rows) {
    const key = JSON.stringify(cells);
    const known = runs.get(key) ?? { cells, times: [] };
    known.times.push(Number(time));
    runs.set(key, known);
  }
  return [...runs.values()].map(({ cells, times }) => configurationOf(cells, times));
}

function configurationOf(cells: Readonly<Record<string, string>>, times: readonly number[]): JobConfiguration {
  const {
    machine_type: machine = "",
    instance_count: instances,
    slots,
    memory,
    // A job that is not told by the size of its data is told by its parameters.
    data_size_MB: data = "1",
    ...parameters
  } = cells;
  const work = { data_mb: Number(data), ...numbers(parameters) };
  const price = hourly[machine];
  return {
    candidate: {
      machine,
      values: { instances: Number(instances), vcpus: Number(slots), memory_mb: Number(memory), ...work },
      ...(price === undefined ? {} : { pricePerHour: price * Number(instances) }),
    },
    work: JSON.stringify(work),
    fold: contentHash(cells) % jobFolds,
    times,
  };
}

/** USD an hour of a machine, AWS us-east-1 on demand: what the choice of the cheapest is measured with. */
const hourly: Readonly<Record<string, number>> = {
  "c4.large": 0.1,
  "c4.xlarge": 0.199,
  "c4.2xlarge": 0.398,
  "m4.large": 0.1,
  "m4.xlarge": 0.2,
  "m4.2xlarge": 0.4,
  "r4.large": 0.133,
  "r4.xlarge": 0.266,
  "r4.2xlarge": 0.532,
};

function numbers(cells: Readonly<Record<string, string>>): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(cells).map(([name, cell]) => [name, Number(cell)]));
}

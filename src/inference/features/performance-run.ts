// A configuration to run something with, and the row of numbers PerformanceOptimizer sees.
import { ModelError } from "../model/errors.ts";
import type { Manifest } from "../model/manifest.ts";

export interface RunCandidate {
  /** Type of the machines, as "m5.2xlarge": gives clock and disk where `values` do not. */
  readonly machine?: string;
  /** By the names of the model's features: instances, vcpus (in all), memory_mb (in all), data_mb, parameters or options. */
  readonly values: Readonly<Record<string, number>>;
  /** USD an hour for all of it; needed only to look for the cheapest. */
  readonly pricePerHour?: number;
}

/** What is known of machines by their family; "" stands for the others. */
type Machines = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** Makes rows for one model. Rows reject with ModelError `WrongShape` where a feature is neither given nor known. */
export function runRows(manifest: Manifest): (candidate: RunCandidate) => Float32Array {
  const machines = machinesOf(manifest.scalers["machines"]);
  return (candidate) =>
    Float32Array.from(manifest.features, ({ name }) => {
      const value = candidate.values[name] ?? factOf(name, candidate, machines);
      if (value === undefined || !Number.isFinite(value))
        throw new ModelError("WrongShape", `${manifest.name}/${manifest.variant} needs ${name} of every candidate`);
      return value;
    });
}

function factOf(name: string, { machine, values }: RunCandidate, machines: Machines): number | undefined {
  const facts = machines[machine?.split(".")[0] ?? ""] ?? machines[""];
  const fact = facts?.[name];
  const { vcpus, instances } = values;
  // The disk's bandwidth grows with the size of a machine.
  if (name !== "disk_mb_s" || fact === undefined) return fact;
  return vcpus === undefined || instances === undefined ? undefined : (fact * vcpus) / instances;
}

function machinesOf(value: unknown): Machines {
  if (typeof value !== "object" || value === null) return {};
  return Object.fromEntries(
    Object.entries(value).map(([family, facts]: [string, unknown]) => [family, numbersOf(facts)]),
  );
}

function numbersOf(value: unknown): Readonly<Record<string, number>> {
  if (typeof value !== "object" || value === null) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, number] => typeof entry[1] === "number"),
  );
}

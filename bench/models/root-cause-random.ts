// Random graphs with known faults, which the trainer draws with seeds it has not trained on.
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { MetricKind, RootCauseInput } from "../../src/inference/index.ts";
import { textOf } from "./files.ts";
import type { RootCauseCase } from "./root-cause-case.ts";

interface Drawn {
  readonly nodes: readonly {
    readonly id: string;
    readonly metrics: readonly {
      readonly kind: MetricKind;
      readonly normal: readonly (number | null)[];
      readonly anomalous: readonly (number | null)[];
    }[];
  }[];
  readonly edges: readonly (readonly [string, string])[];
  readonly target?: string;
  readonly symptom?: MetricKind;
  readonly cause: string | null;
}

/** The cases with a fault, and those without. */
export async function readRandomGraphs(
  folder: string,
  signal: AbortSignal,
): Promise<{ readonly faults: readonly RootCauseCase[]; readonly quiet: readonly RootCauseCase[] }> {
  const path = join(folder, "random-graphs.json");
  if (!existsSync(path)) return { faults: [], quiet: [] };
  const drawn: readonly Drawn[] = JSON.parse(await textOf(path, signal));
  const caseOf = ({ cause, nodes, ...rest }: Drawn): RootCauseCase => {
    const input: RootCauseInput = {
      ...rest,
      nodes: nodes.map(({ id, metrics }) => ({
        id,
        metrics: metrics.map(({ kind, normal, anomalous }) => ({
          kind,
          normal: normal.map((value) => value ?? Number.NaN),
          anomalous: anomalous.map((value) => value ?? Number.NaN),
        })),
      })),
    };
    return { input, isCause: (id) => id === cause };
  };
  return {
    faults: drawn.filter(({ cause }) => cause !== null).map(caseOf),
    quiet: drawn.filter(({ cause }) => cause === null).map(caseOf),
  };
}

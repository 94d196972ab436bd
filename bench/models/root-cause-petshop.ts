// PetShop: a normal window for each scenario, issues with their root cause, and the graph of calls.
import { basename, dirname, join } from "node:path";
import type { MetricKind, NodeMetric, RootCauseInput } from "../../src/inference/index.ts";
import { cellsOf, filesIn, textOf } from "./files.ts";
import type { RootCauseCase } from "./root-cause-case.ts";

export interface PetshopScenario {
  readonly name: string;
  readonly issues: readonly RootCauseCase[];
  /** The second half of the normal window cut as the data set's authors do, and in pieces as short as an issue. */
  readonly quiet: readonly RootCauseCase[];
  readonly quietShort: readonly RootCauseCase[];
}

/** The averages and the requests; percentiles are left out, as the symptom is one of an average. */
const kinds: Readonly<Record<string, MetricKind>> = {
  "latency/Average": "latency",
  "availability/Average": "availability",
  "requests/Sum": "traffic",
};

/** Every scenario below `data`/petshop (a folder with graph.csv), in order of name; `tell` says of which nothing can be asked. */
export async function readPetshop(
  data: string,
  signal: AbortSignal,
  tell: (text: string) => void,
): Promise<readonly PetshopScenario[]> {
  const graphs = await filesIn(join(data, "petshop"), /^graph\.csv(\.gz)?$/);
  const scenarios = await Promise.all(
    graphs.map(async (path) => {
      const folder = dirname(path);
      try {
        return [await readScenario(folder, basename(folder), signal)];
      } catch (error) {
        signal.throwIfAborted();
        tell(`petshop ${basename(folder)} is not measured: ${error instanceof Error ? error.message : String(error)}`);
        return [];
      }
    }),
  );
  return scenarios.flat();
}

async function readScenario(folder: string, name: string, signal: AbortSignal): Promise<PetshopScenario> {
  const edges = edgesOf(await oneText(folder, /^graph\.csv/, signal));
  const normal = columnsOf(await oneText(join(folder, "noissue"), /^metrics\.csv/, signal));
  const paths = (await filesIn(folder, /^target\.json(\.gz)?$/)).map((path) => dirname(path));
  const read = await Promise.all(
    paths.map(async (path) => {
      const answer: unknown = JSON.parse(await oneText(path, /^target\.json/, signal));
      const { target, symptom, cause } = answerOf(answer, path);
      const anomalous = columnsOf(await oneText(path, /^metrics\.csv/, signal));
      return { symptom, target, cause, input: { ...inputOf(normal, anomalous, edges), target, symptom } };
    }),
  );
  const asked = [...new Map(read.map(({ target, symptom }) => [`${target}/${symptom}`, { target, symptom }])).values()];
  const length = normal.values().next().value?.length ?? 0;
  const cut = (from: number, to: number): readonly RootCauseCase[] =>
    asked.map((question) => ({
      input: {
        ...inputOf(normal, new Map([...normal].map(([key, values]) => [key, values.slice(from, to)])), edges, from),
        ...question,
      },
      isCause: () => false,
    }));
  return {
    name,
    issues: read.map(({ input, cause }) => ({ input, isCause: (id) => id === cause })),
    quiet: range(Math.floor(length / 2), length - 3, Math.max(1, Math.floor(length * 0.1))).flatMap((at) =>
      cut(at, length),
    ),
    quietShort: range(Math.floor(length / 2), length - 5, 10).flatMap((at) => cut(at, at + 5)),
  };
}

const range = (from: number, to: number, step: number): readonly number[] =>
  Array.from({ length: Math.max(0, Math.ceil((to - from) / step)) }, (_, index) => from + index * step);

async function oneText(folder: string, pattern: RegExp, signal: AbortSignal): Promise<string> {
  const [path] = await filesIn(folder, pattern);
  if (path === undefined) throw new Error(`${folder} has no file like ${pattern.source}`);
  return textOf(path, signal);
}

/** Series by node, metric and statistic. Three header rows; the first column is the time. */
function columnsOf(text: string): ReadonlyMap<string, readonly number[]> {
  const [nodes = [], metrics = [], statistics = [], ...rows] = cellsOf(text);
  const body = rows.filter(([time = ""]) => time !== "" && Number.isFinite(Number(time)));
  return new Map(
    nodes.flatMap((node, column): readonly (readonly [string, readonly number[]])[] =>
      column === 0
        ? []
        : [[key(node, `${metrics[column]}/${statistics[column]}`), body.map((row) => numberOf(row[column]))]],
    ),
  );
}

const key = (node: string, metric: string): string => `${node}\n${metric}`;
const numberOf = (cell = ""): number => (cell.trim() === "" ? Number.NaN : Number(cell));

function inputOf(
  normal: ReadonlyMap<string, readonly number[]>,
  anomalous: ReadonlyMap<string, readonly number[]>,
  edges: RootCauseInput["edges"],
  until?: number,
): Pick<RootCauseInput, "nodes" | "edges"> {
  const metrics = new Map<string, NodeMetric[]>();
  for (const [name, values] of normal) {
    const [node = "", metric = ""] = name.split("\n");
    const kind = kinds[metric];
    if (kind === undefined) continue;
    const list = metrics.get(node) ?? [];
    list.push({ kind, normal: values.slice(0, until), anomalous: anomalous.get(name) ?? [] });
    metrics.set(node, list);
  }
  return { nodes: [...metrics].map(([id, list]) => ({ id, metrics: list })), edges };
}

/** An adjacency matrix: the row's node calls the column's where it is not 0. */
function edgesOf(text: string): RootCauseInput["edges"] {
  const [[, ...callees] = [], ...rows] = cellsOf(text);
  return rows.flatMap(([caller = "", ...cells]) =>
    cells.flatMap((cell, index): RootCauseInput["edges"] => (Number(cell) > 0 ? [[caller, callees[index] ?? ""]] : [])),
  );
}

function answerOf(value: unknown, path: string): { target: string; symptom: MetricKind; cause: string } {
  const target = fieldOf(value, "target");
  const node = fieldOf(target, "node");
  const metric = fieldOf(target, "metric");
  const cause = fieldOf(fieldOf(value, "root_cause"), "node");
  const symptom = typeof metric === "string" ? kinds[`${metric}/Average`] : undefined;
  if (typeof node !== "string" || typeof cause !== "string" || symptom === undefined)
    throw new Error(`${path}: its target.json is not understood`);
  return { target: node, symptom, cause };
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null
    ? Object.entries(value).find(([field]) => field === name)?.[1]
    : undefined;
}

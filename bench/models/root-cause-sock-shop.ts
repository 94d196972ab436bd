// Sock Shop: fault/run/{normal,anomalous}.csv, columns service_metric; the fault's folder is service-metric.
import { basename, dirname, join } from "node:path";
import type { MetricKind, RootCauseInput } from "../../src/inference/index.ts";
import { cellsOf, filesIn, textOf } from "./files.ts";
import type { RootCauseCase } from "./root-cause-case.ts";

export interface SockShopRun {
  /** Nodes are services with all their metrics. */
  readonly byService: RootCauseCase;
  /** Nodes are single columns; the cause is the faulty service's faulty metric. */
  readonly byMetric: RootCauseCase;
}

const kinds: Readonly<Record<string, MetricKind>> = {
  cpu: "resource",
  mem: "resource",
  lod: "traffic",
  lat: "latency",
};

/** Every run of every fault below `data`/sock-shop, in order of name; `tell` says which can't be judged. */
export async function readSockShop(
  data: string,
  signal: AbortSignal,
  tell: (text: string) => void,
): Promise<readonly SockShopRun[]> {
  const paths = await filesIn(join(data, "sock-shop"), /^normal\.csv(\.gz)?$/);
  const runs = await Promise.all(paths.map((path) => readRun(path, signal)));
  const judged = runs.filter((run) => run !== undefined);
  if (judged.length < runs.length)
    tell(
      `sock-shop: ${runs.length - judged.length} of ${runs.length} runs lack the anomalous part or the cause's metric`,
    );
  return judged;
}

async function readRun(normalPath: string, signal: AbortSignal): Promise<SockShopRun | undefined> {
  const folder = dirname(normalPath);
  const [anomalousPath] = await filesIn(folder, /^anomalous\.csv(\.gz)?$/);
  if (anomalousPath === undefined) return undefined;
  // FAULT/RUN, or the fault's only run.
  const fault = basename(folder).includes("-") ? basename(folder) : basename(dirname(folder));
  const normal = columnsOf(await textOf(normalPath, signal));
  const anomalous = columnsOf(await textOf(anomalousPath, signal));
  const cut = fault.lastIndexOf("-");
  const service = fault.slice(0, cut);
  const column = `${service}_${fault.slice(cut + 1)}`;
  const isColumn = (name: string): boolean => name === column || name.startsWith(`${column}_`);
  const series = [...normal].flatMap(([name, values]) => {
    const after = anomalous.get(name);
    return after === undefined ? [] : [{ name, normal: values, anomalous: after }];
  });
  const services = Map.groupBy(series, ({ name }) => name.split("_")[0] ?? name);
  if (!series.some(({ name }) => isColumn(name))) return undefined;
  const byService: RootCauseInput = {
    nodes: [...services].map(([id, list]) => ({
      id,
      metrics: list.map(({ name, ...rest }) => ({ kind: kinds[name.split("_")[1] ?? ""] ?? "resource", ...rest })),
    })),
    edges: [],
  };
  const byMetric: RootCauseInput = {
    nodes: series.map(({ name, ...rest }) => ({ id: name, metrics: [{ kind: "resource", ...rest }] })),
    edges: [],
  };
  return {
    byService: { input: byService, isCause: (id) => id === service },
    byMetric: { input: byMetric, isCause: isColumn },
  };
}

/** All columns but the time. */
function columnsOf(text: string): ReadonlyMap<string, readonly number[]> {
  const [names = [], ...rows] = cellsOf(text);
  return new Map(
    names.flatMap((name, column): readonly (readonly [string, readonly number[]])[] =>
      /^(time|timestamp)?$/i.test(name.trim())
        ? []
        : [
            [
              name.trim(),
              rows.map((row) => (row[column] === undefined || row[column] === "" ? NaN : Number(row[column]))),
            ],
          ],
    ),
  );
}

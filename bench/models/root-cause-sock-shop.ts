// Sock Shop: fault/run/{normal,anomalous}.csv, columns service_metric; the fault's folder is service-metric.
import { readdir } from "node:fs/promises";
import { join } from "node:path";
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

/** Every run of every fault below `data`/sock-shop, in order of name. */
export async function readSockShop(data: string, signal: AbortSignal): Promise<readonly SockShopRun[]> {
  const folder = join(data, "sock-shop");
  const faults = (await readdir(folder).catch((): string[] => [])).filter((name) => name.includes("-")).toSorted();
  const runs = await Promise.all(
    faults.map(async (fault) => {
      const numbers = (await readdir(join(folder, fault))).toSorted();
      return Promise.all(numbers.map((run) => readRun(join(folder, fault, run), fault, signal)));
    }),
  );
  return runs.flat().filter((run) => run !== undefined);
}

async function readRun(folder: string, fault: string, signal: AbortSignal): Promise<SockShopRun | undefined> {
  const [[normalPath], [anomalousPath]] = await Promise.all([
    filesIn(folder, /^normal\.csv/),
    filesIn(folder, /^anomalous\.csv/),
  ]);
  if (normalPath === undefined || anomalousPath === undefined) return undefined;
  const normal = columnsOf(await textOf(normalPath, signal));
  const anomalous = columnsOf(await textOf(anomalousPath, signal));
  const cut = fault.lastIndexOf("-");
  const service = fault.slice(0, cut);
  const column = `${service}_${fault.slice(cut + 1)}`;
  const series = [...normal].flatMap(([name, values]) => {
    const after = anomalous.get(name);
    return after === undefined ? [] : [{ name, normal: values, anomalous: after }];
  });
  const services = Map.groupBy(series, ({ name }) => name.split("_")[0] ?? name);
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
    byMetric: { input: byMetric, isCause: (id) => id === column || id.startsWith(`${column}_`) },
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

// Where the health loop's numbers come from: the simulated cloud, endpoints to scrape, a Prometheus server.
import { readFile } from "node:fs/promises";
import { type Static, Type } from "typebox";
import { Value } from "typebox/value";
import { parse } from "yaml";
import type { Registry } from "prom-client";
import type { Clock, Kube } from "../kube/index.ts";
import {
  createMeasure,
  createMetricsApi,
  createPrometheus,
  createScrape,
  prometheusSource,
  type QuerySpec,
  type SignalSource,
  withRates,
} from "../signals/index.ts";

/** What an administrator says of signals; everything is optional. */
export interface SignalChoice {
  /** Endpoints in Prometheus' text format, read at every cycle: for where there is no Prometheus. */
  readonly scrape?: readonly string[];
  /** Base URL of a Prometheus server. */
  readonly prometheus?: string;
  /** File with a bearer token for it, read at each use: it may be rotated. */
  readonly prometheusTokenFile?: string;
  /** YAML file with the queries asked of it; default: `defaultQueries`. */
  readonly queriesFile?: string;
}

/** A queries file that can't be used; the message says where it is wrong. */
export class SignalsError extends Error {}

const querySchema = Type.Object(
  {
    metric: Type.String({ pattern: "^[a-zA-Z_:][a-zA-Z0-9_:]*$" }),
    query: Type.String({ minLength: 1 }),
    /** Our label to the answer's label: what tells the resource, e.g. namespace and pod. */
    resourceLabels: Type.Record(Type.String(), Type.String()),
  },
  { additionalProperties: false },
);
const fileSchema = Type.Object({ queries: Type.Array(querySchema, { minItems: 1 }) }, { additionalProperties: false });

/** A server that has stopped scraping repeats itself for so long: twice the usual interval of scrapes. */
const lookbackMs = 120_000;

const byPod = { namespace: "namespace", pod: "pod" };

/** For workloads, from the metrics of cAdvisor and kube-state-metrics as they are commonly scraped. */
export const defaultQueries: readonly QuerySpec[] = [
  {
    metric: "cpu_utilization_ratio",
    query:
      'sum by (namespace, pod) (rate(container_cpu_usage_seconds_total{container!=""}[5m])) / sum by (namespace, pod) (kube_pod_container_resource_limits{resource="cpu"})',
    resourceLabels: byPod,
  },
  {
    metric: "memory_utilization_ratio",
    query:
      'sum by (namespace, pod) (container_memory_working_set_bytes{container!=""}) / sum by (namespace, pod) (kube_pod_container_resource_limits{resource="memory"})',
    resourceLabels: byPod,
  },
  {
    metric: "container_restarts",
    query: "sum by (namespace, pod) (increase(kube_pod_container_status_restarts_total[10m]))",
    resourceLabels: byPod,
  },
];

export interface SignalParts {
  readonly clock: Clock;
  /** Where the sources' own metrics are made. */
  readonly registry: Registry;
  /** Control address of the simulated cloud, where there is one. */
  readonly cloudControl: string | undefined;
  /** The cluster's metrics API is asked where workloads are scored. */
  readonly metricsApi: Pick<Kube, "getPath"> | undefined;
  readonly signal: AbortSignal;
}

/** The sources of an operator. Rejects with SignalsError for a queries file that can't be used. */
export async function signalSources(choice: SignalChoice, parts: SignalParts): Promise<readonly SignalSource[]> {
  const { clock, registry, cloudControl, metricsApi, signal } = parts;
  const scraped = (choice.scrape ?? []).map((url) => createScrape({ url, clock }));
  const simulated =
    cloudControl === undefined
      ? []
      : [createScrape({ url: `${cloudControl}/metrics`, clock, name: "simulated cloud" })];
  const asked = choice.prometheus === undefined ? [] : [await prometheusOf(choice, choice.prometheus, clock, signal)];
  const cluster = metricsApi === undefined ? [] : [createMetricsApi({ kube: metricsApi })];
  const measured = createMeasure(registry, clock);
  return [...simulated, ...scraped, ...asked, ...cluster].map((source) => withRates(measured(source)));
}

async function prometheusOf(
  { prometheusTokenFile: tokenFile, queriesFile }: SignalChoice,
  url: string,
  clock: Clock,
  signal: AbortSignal,
): Promise<SignalSource> {
  const token = tokenFile === undefined ? {} : { token: async () => (await readFile(tokenFile, "utf8")).trim() };
  const queries = queriesFile === undefined ? defaultQueries : await readQueries(queriesFile, signal);
  return prometheusSource({ prometheus: createPrometheus({ url, clock, ...token }), queries, lookbackMs });
}

async function readQueries(path: string, signal: AbortSignal): Promise<readonly QuerySpec[]> {
  let value: unknown;
  try {
    value = parse(await readFile(path, { encoding: "utf8", signal }));
  } catch (error) {
    throw new SignalsError(`${path} can't be read: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
  if (!isFile(value)) {
    const [first] = Value.Errors(fileSchema, value);
    throw new SignalsError(
      `${path}: ${first?.instancePath || "/"} ${first?.message ?? "is not a list of queries"}; each query has metric, query and resourceLabels`,
    );
  }
  return value.queries;
}

function isFile(value: unknown): value is Static<typeof fileSchema> {
  return Value.Check(fileSchema, value);
}

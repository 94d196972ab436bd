// A source of samples from queries: each query one metric, each series one resource.
import { inTurns } from "../runtime/index.ts";
import { problemOf } from "./http.ts";
import type { QueryAnswer } from "./prometheus-answer.ts";
import type { Prometheus } from "./prometheus.ts";
import {
  type Labels,
  type Sample,
  seriesKey,
  type SignalProblem,
  type SignalReading,
  type SignalSource,
} from "./sample.ts";

export interface QuerySpec {
  /** What its samples are called. */
  readonly metric: string;
  /** PromQL that gives one number a resource. */
  readonly query: string;
  /** Which of the answer's labels tell the resource: our label to Prometheus' label. All others are dropped. */
  readonly resourceLabels: Readonly<Record<string, string>>;
}

export interface PrometheusSourceOptions {
  readonly prometheus: Prometheus;
  readonly queries: readonly QuerySpec[];
  /** Default: `prometheus URL`. */
  readonly name?: string;
  /** How old a value may be; see InstantOptions. */
  readonly lookbackMs?: number;
}

/**
 * Asks every query at once, each failing on its own. Series without all of the resource's labels are left out, and so are those
 * that can't be told apart by them (but for the first): both are told as problems. Values that are not finite are no values.
 */
export function prometheusSource(options: PrometheusSourceOptions): SignalSource {
  const { prometheus, queries, lookbackMs } = options;
  const read = async (spec: QuerySpec, now: number, signal: AbortSignal): Promise<SignalReading> => {
    try {
      const lookback = lookbackMs === undefined ? {} : { lookbackMs };
      return await samplesOf(spec, await prometheus.instant(spec.query, { time: now, ...lookback, signal }));
    } catch (error) {
      signal.throwIfAborted();
      const problem = problemOf(error);
      return { samples: [], problems: [{ ...problem, message: `${spec.metric}: ${problem.message}` }] };
    }
  };
  return {
    name: options.name ?? `prometheus ${prometheus.url}`,
    read: async (now, { signal }) => {
      const readings = await Promise.all(queries.map((spec) => read(spec, now, signal)));
      return {
        samples: readings.flatMap(({ samples }) => samples),
        problems: readings.flatMap(({ problems }) => problems),
      };
    },
  };
}

async function samplesOf(
  { metric, resourceLabels }: QuerySpec,
  { series, warnings }: QueryAnswer,
): Promise<SignalReading> {
  const samples = new Map<string, Sample>();
  let unnamed = 0;
  let alike = 0;
  await inTurns(series, (part) => {
    for (const { labels: given, points } of part) {
      const point = points.at(-1);
      if (point === undefined || !Number.isFinite(point.value)) continue;
      const labels = pick(given, resourceLabels);
      const key = labels === undefined ? undefined : seriesKey(metric, labels);
      if (labels === undefined || key === undefined) unnamed += 1;
      else if (samples.has(key)) alike += 1;
      else samples.set(key, { series: key, metric, labels, ...point, type: "gauge" });
    }
  });
  const names = Object.values(resourceLabels).join(", ");
  const problems: SignalProblem[] = warnings.map((message) => ({
    reason: "Partial",
    message: `${metric}: ${message}`,
  }));
  if (unnamed > 0)
    problems.push({ reason: "LabelsMissing", message: `${metric}: ${unnamed} series lack one of ${names}` });
  if (alike > 0) {
    const message = `${metric}: ${alike} series are no different by ${names}: aggregate by these in the query`;
    problems.push({ reason: "Ambiguous", message });
  }
  return { samples: [...samples.values()], problems };
}

function pick(labels: Labels, wanted: Readonly<Record<string, string>>): Labels | undefined {
  const picked = Object.entries(wanted).map(([ours, theirs]): [string, string] => [ours, labels[theirs] ?? ""]);
  return picked.some(([, value]) => value === "") ? undefined : Object.fromEntries(picked);
}

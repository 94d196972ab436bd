// What a Prometheus server answers to a query, checked before anybody believes it.
import { inTurns } from "../runtime/index.ts";
import { SignalError } from "./http.ts";
import type { Labels } from "./sample.ts";

export interface QueryPoint {
  /** Milliseconds since the epoch: when it was evaluated, not when it was scraped. */
  readonly time: number;
  readonly value: number;
}

export interface QuerySeries {
  /** Without `__name__`. */
  readonly labels: Labels;
  /** `__name__`, where the query kept it. */
  readonly metric?: string;
  /** Oldest first; NaN and infinities as given. */
  readonly points: readonly QueryPoint[];
}

export interface QueryAnswer {
  readonly series: readonly QuerySeries[];
  /** The server's warnings: the answer may be partial. */
  readonly warnings: readonly string[];
}

/** The answer of any HTTP status. Rejects with SignalError. */
export async function readAnswer(status: number, text: string, from: string): Promise<QueryAnswer> {
  const body = parse(text);
  if (!isRecord(body) || (body["status"] !== "success" && body["status"] !== "error")) {
    if (status >= 200 && status < 300) throw malformed(from, "no Prometheus answer");
    throw new SignalError("HttpError", `${from} answered ${status}: ${text.slice(0, 200).trim() || "nothing"}`);
  }
  if (body["status"] === "error") throw refusal(status, body, from);
  const data = body["data"];
  if (!isRecord(data)) throw malformed(from, "no data");
  const { warnings } = body;
  const told = Array.isArray(warnings) ? warnings.filter((one): one is string => typeof one === "string") : [];
  const { series, histograms } = await readData(data, from);
  const left = histograms > 0 ? [`${histograms} native histograms were left out: query a number of them`] : [];
  return { series, warnings: [...told, ...left] };
}

/** Prometheus' errorType, and HTTP 400, 422 and 503 where something before it changed the type. */
function refusal(status: number, body: Readonly<Record<string, unknown>>, from: string): SignalError {
  const type = String(body["errorType"]);
  const words = `${type}: ${String(body["error"])}`;
  if (type === "bad_data" || status === 400) return new SignalError("BadQuery", `${from} refused the query: ${words}`);
  if (type === "execution" || status === 422)
    return new SignalError("Unprocessable", `${from} could not evaluate the query: ${words}`);
  if (type === "timeout" || type === "canceled")
    return new SignalError("TimedOut", `${from} gave the query up: ${words}`);
  return new SignalError("HttpError", `${from} answered ${status}: ${words}`);
}

interface ReadData {
  readonly series: readonly QuerySeries[];
  readonly histograms: number;
}

async function readData(data: Readonly<Record<string, unknown>>, from: string): Promise<ReadData> {
  const { resultType, result } = data;
  if (resultType === "scalar") return { series: [{ labels: {}, points: [pointOf(result, from)] }], histograms: 0 };
  if ((resultType !== "vector" && resultType !== "matrix") || !Array.isArray(result)) {
    throw malformed(from, `a ${String(resultType)} where numbers were asked for`);
  }
  const series: QuerySeries[] = [];
  let histograms = 0;
  await inTurns(result as readonly unknown[], (part) => {
    for (const entry of part) {
      if (!isRecord(entry)) throw malformed(from, "a series that is none");
      if (entry["histogram"] !== undefined || entry["histograms"] !== undefined) histograms += 1;
      const found = seriesOf(entry, from);
      if (found !== undefined) series.push(found);
    }
  });
  return { series, histograms };
}

function seriesOf(entry: Readonly<Record<string, unknown>>, from: string): QuerySeries | undefined {
  const { value, values } = entry;
  const points = value === undefined ? (Array.isArray(values) ? values : []) : [value];
  if (points.length === 0) return undefined;
  const { __name__: metric, ...labels } = labelsOf(entry["metric"]);
  return {
    labels,
    ...(metric === undefined ? {} : { metric }),
    points: points.map((point) => pointOf(point, from)),
  };
}

/** [seconds, "value"] */
function pointOf(value: unknown, from: string): QueryPoint {
  const [time, text]: readonly unknown[] = Array.isArray(value) ? value : [];
  const number = text === "+Inf" ? Infinity : text === "-Inf" ? -Infinity : Number(text);
  if (typeof time !== "number" || typeof text !== "string" || text === "" || (Number.isNaN(number) && text !== "NaN")) {
    throw malformed(from, `${JSON.stringify(value)?.slice(0, 100)} where a value should be`);
  }
  return { time: Math.round(time * 1000), value: number };
}

function labelsOf(value: unknown): Record<string, string> {
  if (!isRecord(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}

function malformed(from: string, what: string): SignalError {
  return new SignalError("Malformed", `${from} answered ${what}: check that it is a Prometheus server`);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // told by what it is not
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

// Queries to a Prometheus server (prometheus.io/docs/prometheus/latest/querying/api), with its own words where it refuses.
import type { Clock } from "../kube/index.ts";
import { ask, checkedUrl, type Fetch, type HttpOptions, piecesOf, SignalError } from "./http.ts";
import { readAnswer, type QueryAnswer } from "./prometheus-answer.ts";

export interface PrometheusOptions {
  /** The server, or whatever speaks its API (Thanos, Mimir, VictoriaMetrics), with its path prefix. */
  readonly url: string;
  readonly clock: Clock;
  readonly token?: () => Promise<string>;
  readonly fetch?: Fetch;
  /** For one query, in milliseconds; the server is told as well. Default 15,000. */
  readonly timeoutMs?: number;
  /** Longest answer, unpacked. Default 32 MiB. */
  readonly maxBytes?: number;
}

export interface InstantOptions {
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** How old a value may be to count as present, in milliseconds. Default: the server's, mostly 5 minutes. */
  readonly lookbackMs?: number;
  readonly signal: AbortSignal;
}

export interface RangeOptions {
  /** Milliseconds since the epoch, both included. */
  readonly start: number;
  readonly end: number;
  readonly stepMs: number;
  readonly lookbackMs?: number;
  readonly signal: AbortSignal;
}

/**
 * A Prometheus server. Queries reject with SignalError: `BadQuery` (it can't be parsed, or asks for too much), `Unprocessable` (it can't be
 * evaluated), both with the server's message; `TimedOut`, `Unreachable`, `TooLarge`, `HttpError` and `Malformed`; and with the signal's reason.
 */
export interface Prometheus {
  readonly url: string;
  /** One point a series at most. A series without a present value is absent. */
  instant(query: string, options: InstantOptions): Promise<QueryAnswer>;
  /** Points at every step where there was a value. */
  range(query: string, options: RangeOptions): Promise<QueryAnswer>;
}

/** Makes the client; nothing is sent yet. Throws where `url` is none. */
export function createPrometheus(options: PrometheusOptions): Prometheus {
  const { timeoutMs = 15_000, maxBytes = 32 << 20, clock, token } = options;
  const url = checkedUrl(options.url).replace(/\/+$/, "");
  const http: HttpOptions = {
    clock,
    timeoutMs,
    maxBytes,
    ...(options.fetch === undefined ? {} : { fetch: options.fetch }),
    ...(token === undefined ? {} : { token }),
  };
  const send = (route: string, parameters: Readonly<Record<string, string | undefined>>, signal: AbortSignal) => {
    const given = Object.entries(parameters).filter((entry): entry is [string, string] => entry[1] !== undefined);
    // POST, since a query may be longer than a URL.
    const body = new URLSearchParams(given).toString();
    const headers = { "content-type": "application/x-www-form-urlencoded", accept: "application/json" };
    return ask(`${url}/api/v1/${route}`, { method: "POST", headers, body }, http, signal, async (response) => {
      const text = await textOf(response, maxBytes);
      return readAnswer(response.status, text, `${url}/api/v1/${route}`);
    });
  };
  const timeout = `${timeoutMs}ms`;
  return {
    url,
    instant: (query, { time, lookbackMs, signal }) =>
      send("query", { query, time: seconds(time), timeout, lookback_delta: duration(lookbackMs) }, signal),
    range: (query, { start, end, stepMs, lookbackMs, signal }) =>
      send(
        "query_range",
        {
          query,
          start: seconds(start),
          end: seconds(end),
          step: seconds(stepMs),
          timeout,
          lookback_delta: duration(lookbackMs),
        },
        signal,
      ),
  };
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}

function duration(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : `${Math.max(1, Math.round(ms))}ms`;
}

async function textOf(response: Response, maxBytes: number): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of piecesOf(response, maxBytes)) pieces.push(piece);
  const text = Buffer.concat(pieces).toString("utf8");
  if (text === "" && response.ok) throw new SignalError("Malformed", `${response.url} answered nothing`);
  return text;
}

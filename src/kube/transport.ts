// One HTTP exchange with the API server, and the loop that repeats it: credentials, deadlines, retries, observation.
import type { Dispatcher } from "undici";

import { connectionFailure, isTrustFailure } from "./failures.ts";
import { withDeadline } from "./deadline.ts";
import type { CredentialSource, Credentials } from "./credentials.ts";
import { isKubeError, KubeError } from "./errors.ts";
import type { CallOptions } from "./kube.ts";
import type { KubeOptions } from "./options.ts";
import type { Pools } from "./pools.ts";
import { retryDelay } from "./retry.ts";
import { errorFromStatus } from "./status.ts";

export interface Exchange {
  /** For messages: "get Pod shop/web". */
  readonly what: string;
  readonly verb: string;
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** With its query. */
  readonly path: string;
  readonly accept?: string;
  readonly contentType?: string;
  readonly body?: string;
}

export interface Call<T> extends Exchange {
  /** May act twice without harm. */
  readonly repeatable: boolean;
  /** Reads the answer; what it throws counts as a failure of the attempt. */
  readonly decode: (text: string) => T;
  /** For a delete: the answer when a repeated attempt finds nothing. */
  readonly absent?: () => T;
  readonly options: CallOptions;
  readonly defaultTimeoutMs?: number;
}

export interface Transport {
  /** Rejects with KubeError; with the signal's reason when it aborts. */
  send<T>(call: Call<T>): Promise<T>;
  /** The body of a long answer as it comes. `idleMs` of silence end it with `timeout`. */
  stream(
    exchange: Exchange,
    options: { readonly idleMs: number; readonly signal: AbortSignal },
  ): Promise<Dispatcher.ResponseData>;
  /** A stream fell silent after it had begun. */
  distrustStreams(): void;
}

export interface TransportParts {
  readonly server: string;
  readonly credentials: CredentialSource;
  readonly pools: Pools;
  readonly options: KubeOptions;
}

/** Headers of a stream have to come within this. */
const openTimeoutMs = 30_000;

export function createTransport({ server, credentials, pools, options }: TransportParts): Transport {
  const { clock, random, observe } = options;
  const url = new URL(server);
  const basePath = url.pathname === "/" ? "" : url.pathname;

  /** One attempt up to the headers. */
  const open = async (exchange: Exchange, by: Credentials, signal: AbortSignal, idleMs: number) => {
    const pair = pools.for(by);
    const headers: Record<string, string | string[]> = {
      accept: exchange.accept ?? "application/json",
      "user-agent": options.userAgent ?? "dharma",
      ...(exchange.contentType !== undefined && { "content-type": exchange.contentType }),
    };
    for (const [name, value] of Object.entries(by.headers))
      headers[name] = typeof value === "string" ? value : [...value];
    return (idleMs > 0 ? pair.watches : pair.requests).request({
      origin: url.origin,
      path: basePath + exchange.path,
      method: exchange.method,
      headers,
      body: exchange.body ?? null,
      signal,
      headersTimeout: idleMs > 0 ? Math.min(openTimeoutMs, idleMs) : 0,
      bodyTimeout: idleMs,
    });
  };

  /** As `open`; once more with fresh credentials when the server refuses these or is itself not trusted. */
  const openRenewing = async (exchange: Exchange, signal: AbortSignal, idleMs: number) => {
    const first = await credentials.current(signal);
    try {
      const response = await open(exchange, first, signal, idleMs);
      if (response.statusCode !== 401) return response;
      const second = await credentials.renew(first, signal);
      if (second === first) return response;
      await response.body.dump();
      return await open(exchange, second, signal, idleMs);
    } catch (error) {
      if (signal.aborted || !isTrustFailure(error)) throw error;
      const second = await credentials.renew(first, signal);
      if (second.tlsVersion === first.tlsVersion) throw error;
      return open(exchange, second, signal, idleMs);
    }
  };

  const observed = async <T>(
    exchange: Exchange,
    work: () => Promise<{ readonly status: number; readonly value: T }>,
  ): Promise<T> => {
    const started = clock.monotonic();
    let code = "<error>";
    try {
      const { status, value } = await work();
      code = String(status);
      return value;
    } catch (error) {
      if (error instanceof KubeError && error.status > 0) code = String(error.status);
      throw error;
    } finally {
      const durationSeconds = (clock.monotonic() - started) / 1000;
      observe?.({ code, method: exchange.method, host: url.host, verb: exchange.verb, durationSeconds });
    }
  };

  /** Half of the time left, where another attempt is possible: a half-open connection must not eat it all. */
  const attempt = <T>(call: Call<T>, remainingMs: number, outer: AbortSignal): Promise<T> => {
    const ms = call.repeatable && call.options.retry !== "none" ? remainingMs / 2 : remainingMs;
    const silent = () =>
      new KubeError("timeout", `${call.what}: no answer within ${ms / 1000} s`, { delivery: "unknown" });
    return observed(call, () =>
      withDeadline(clock, ms, outer, silent, async (signal) => {
        try {
          const response = await openRenewing(call, signal, 0);
          const text = await response.body.text();
          if (response.statusCode >= 300)
            throw errorFromStatus(call.what, response.statusCode, text, headerOf(response, "retry-after"));
          return { status: response.statusCode, value: call.decode(text) };
        } catch (error) {
          const failed = failure(call.what, error, signal);
          if (isKubeError(failed, "timeout") && failed.status === 0) pools.distrust("requests");
          throw failed;
        }
      }),
    );
  };

  return {
    async send(call) {
      const { signal } = call.options;
      const timeoutMs = call.options.timeoutMs ?? call.defaultTimeoutMs ?? 30_000;
      const started = clock.monotonic();
      let lost = false;
      for (let failures = 1; ; failures++) {
        try {
          return await attempt(call, timeoutMs - (clock.monotonic() - started), signal);
        } catch (error) {
          if (!(error instanceof KubeError) || signal.aborted) throw error;
          // Gone already, and by an attempt of ours whose answer was lost.
          if (lost && call.absent !== undefined && error.kind === "notFound") return call.absent();
          const remainingMs = timeoutMs - (clock.monotonic() - started);
          const delay =
            call.options.retry === "none"
              ? undefined
              : retryDelay({ error, failures, repeatable: call.repeatable, remainingMs, random: random() });
          if (delay === undefined) throw error;
          lost ||= error.delivery === "unknown";
          await clock.sleep(delay, signal);
        }
      }
    },

    distrustStreams: () => {
      pools.distrust("watches");
      pools.distrust("requests"); // the same network lies under both
    },

    stream: (exchange, { idleMs, signal }) =>
      observed(exchange, async () => {
        try {
          const response = await openRenewing(exchange, signal, idleMs);
          if (response.statusCode === 200) return { status: 200, value: response };
          const text = await response.body.text();
          throw errorFromStatus(exchange.what, response.statusCode, text, headerOf(response, "retry-after"));
        } catch (error) {
          const failed = failure(exchange.what, error, signal);
          if (isKubeError(failed, "timeout") && failed.status === 0) pools.distrust("watches");
          throw failed;
        }
      }),
  };
}

function headerOf(response: Dispatcher.ResponseData, name: string): string | undefined {
  const value = response.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** What a failed attempt rejects with: the reason of the abort, if it was one. */
function failure(what: string, error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  return error instanceof KubeError ? error : connectionFailure(what, error);
}

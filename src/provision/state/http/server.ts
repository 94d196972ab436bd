// The HTTP server the pulumi CLI talks to: on the loopback address, JSON, gzip, one call at a time through one door.
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { StateError } from "../errors.ts";
import { verifyToken } from "../tokens.ts";
import { errorAnswer, readBody, sendAnswer } from "./exchange.ts";
import type { ApiAnswer } from "./exchange.ts";
import { route } from "./routes.ts";
import type { UpdateContext } from "./updates.ts";

export interface ListenOptions {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** Told of every failure that is not the caller's fault, with the call it belongs to. */
  readonly onFailure: (call: string, error: unknown) => void;
}

export interface StateServer {
  readonly url: string;
  close(signal: AbortSignal): Promise<void>;
}

/** Listens; resolves when it does. Rejects "unavailable" when the port is taken. */
export async function listen(ctx: UpdateContext, options: ListenOptions): Promise<StateServer> {
  const closing = new AbortController();
  const busy = new Set<Promise<void>>();
  const server = createServer((request, response) => {
    const work = answer(ctx, options, request, response, closing.signal).finally(() => busy.delete(work));
    busy.add(work);
  });
  // The client keeps its patience longer than Node's defaults: a call may be held while the API server is away.
  server.requestTimeout = 0;
  server.keepAliveTimeout = 65_000;
  const port = await bind(server, options);
  return {
    url: `http://${options.host}:${port}`,
    close: async (signal) => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      const abort = (): void => closing.abort(new StateError("unavailable", "the operator is stopping"));
      signal.addEventListener("abort", abort, { once: true });
      if (signal.aborted) abort();
      await Promise.allSettled(busy);
      signal.removeEventListener("abort", abort);
      server.closeAllConnections();
      await closed;
    },
  };
}

async function bind(server: Server, options: ListenOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    const fail = (cause: Error): void => {
      const where = `${options.host}:${options.port}`;
      reject(new StateError("unavailable", `the state service can't listen on ${where}: ${cause.message}`, { cause }));
    };
    server.once("error", fail);
    server.listen(options.port, options.host, () => {
      server.off("error", fail);
      const address = server.address();
      resolve(typeof address === "object" && address ? address.port : options.port);
    });
  });
}

async function answer(
  ctx: UpdateContext,
  options: ListenOptions,
  request: IncomingMessage,
  response: ServerResponse,
  closing: AbortSignal,
): Promise<void> {
  const gone = new AbortController();
  response.on("close", () => {
    if (!response.writableFinished) gone.abort(new StateError("unavailable", "the client went away"));
  });
  let result: ApiAnswer;
  try {
    result = await dispatch(ctx, request, AbortSignal.any([gone.signal, closing]));
  } catch (error) {
    result = errorAnswer(error);
    if (result.status >= 500 && !gone.signal.aborted) options.onFailure(`${request.method} ${request.url}`, error);
  }
  sendAnswer(request, response, result);
}

async function dispatch(ctx: UpdateContext, request: IncomingMessage, signal: AbortSignal): Promise<ApiAnswer> {
  const host = request.headers.host ?? "127.0.0.1";
  const url = new URL(request.url ?? "/", `http://${host}`);
  const parts = url.pathname.split("/").filter((part) => part !== "");
  if (parts[0] !== "api") throw new StateError("notFound", "this is the state service of dharma: see `dharma export`");
  const body = await readBody(request);
  const [, token = ""] = /^(?:token|update-token|Bearer) (\S+)$/i.exec(request.headers.authorization ?? "") ?? [];
  if (token === "" && parts[1] === "capabilities") return { status: 200, body: { capabilities: [] } };
  if (token === "")
    return { status: 401, body: { code: 401, message: "set PULUMI_ACCESS_TOKEN to a token of this operator" } };
  const [, engineVersion = "v3.0.0"] = /\((v[^;)]+)/.exec(request.headers["user-agent"] ?? "") ?? [];
  return route(ctx, {
    method: request.method ?? "GET",
    parts: parts.slice(1).map(decoded),
    query: url.searchParams,
    claims: verifyToken(ctx.ring, token, ctx.clock.now()),
    baseUrl: `http://${host}`,
    engineVersion,
    body,
    signal,
  });
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch (cause) {
    throw new StateError("invalid", `the path has a part that is no URL encoding: ${part}`, { cause });
  }
}

// A proxy in front of an API server that misbehaves on demand: refuses, stalls, tears, cuts, swallows answers.
import { createServer as createHttpServer, request as httpRequest } from "node:http";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { createServer as createHttpsServer, request as httpsRequest } from "node:https";
import type { Server as HttpsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";

import { LineSplitter } from "../../src/kube/ndjson.ts";

export interface ProxiedRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly isWatch: boolean;
}

/** What happens to one request. */
export type FaultAction =
  | { readonly kind: "forward"; readonly headers?: Readonly<Record<string, string>> }
  | {
      readonly kind: "respond";
      readonly status: number;
      readonly body?: object | string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** The connection ends; the server never hears of the request. */
  | { readonly kind: "refuse" }
  /** The server acts, the answer is lost with the connection. */
  | { readonly kind: "swallow" }
  /** Accepted, never answered, never closed: one half of an open TCP connection. */
  | { readonly kind: "hang" }
  /** The answer's bytes in pieces of this size, each a chunk of its own. */
  | { readonly kind: "chop"; readonly bytes: number }
  /** A stream: after so many lines half of the next one, then the end in good order. */
  | { readonly kind: "tear"; readonly afterLines: number }
  /** A stream: after so many lines this one, then the end in good order. */
  | { readonly kind: "inject"; readonly afterLines: number; readonly line: string };

export interface FaultProxyOptions {
  readonly upstream: { readonly url: string; readonly ca: string };
  /** Present: serves TLS. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

export interface FaultProxy extends AsyncDisposable {
  readonly url: string;
  /** Every request that came in, in order. */
  readonly requests: readonly ProxiedRequest[];
  /** Decides on each request; undefined forwards it. Replaces the rule before it. */
  rule(decide: (request: ProxiedRequest) => FaultAction | undefined): void;
  /** All bytes stop, both ways, on open connections and new ones, and nothing is closed. Those connections never recover. */
  stall(): void;
  /** New connections work again. */
  heal(): void;
  /** Serves another certificate to new connections and ends the idle old ones. */
  setCertificate(tls: { readonly cert: string; readonly key: string }): void;
  close(): Promise<void>;
}

export async function createFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const requests: ProxiedRequest[] = [];
  const sockets = new Set<Socket>();
  let decide: Parameters<FaultProxy["rule"]>[0] = () => undefined;
  let stalled = false;
  const stalledSockets = new WeakSet<Socket>();

  const handle: RequestListener = (incoming, outgoing) => {
    if (stalled || stalledSockets.has(incoming.socket)) return;
    const path = incoming.url ?? "/";
    const request = {
      method: incoming.method ?? "GET",
      path,
      headers: incoming.headers,
      isWatch: /[?&]watch=true/.test(path),
    };
    requests.push(request);
    const action = decide(request) ?? { kind: "forward" };
    carryOut(action, incoming, outgoing, options.upstream, (socket) => stalledSockets.has(socket));
  };
  const server = options.tls === undefined ? createHttpServer(handle) : createHttpsServer(options.tls, handle);
  server.keepAliveTimeout = 60_000;
  server.requestTimeout = 0;
  server.on(options.tls === undefined ? "connection" : "secureConnection", (socket: Socket) => {
    sockets.add(socket);
    if (stalled) stalledSockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;

  const close = async () => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  return {
    url: `${options.tls === undefined ? "http" : "https"}://127.0.0.1:${port}`,
    requests,
    rule: (next) => {
      decide = next;
    },
    stall: () => {
      stalled = true;
      for (const socket of sockets) {
        stalledSockets.add(socket);
        socket.pause();
      }
    },
    heal: () => {
      stalled = false;
    },
    setCertificate: (tls) => {
      (server as HttpsServer).setSecureContext(tls);
      server.closeIdleConnections();
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function carryOut(
  action: FaultAction,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  upstream: FaultProxyOptions["upstream"],
  isStalled: (socket: Socket) => boolean,
): void {
  if (action.kind === "hang") return;
  if (action.kind === "refuse") return void incoming.socket.destroy();
  if (action.kind === "respond") {
    incoming.resume();
    const body = typeof action.body === "string" ? action.body : JSON.stringify(action.body ?? {});
    outgoing.writeHead(action.status, { "content-type": "application/json", ...action.headers });
    return void outgoing.end(body);
  }
  const headers = {
    ...incoming.headers,
    ...(action.kind === "forward" ? action.headers : {}),
    host: new URL(upstream.url).host,
  };
  const send = upstream.url.startsWith("https:") ? httpsRequest : httpRequest;
  const request = send(
    `${upstream.url}${incoming.url}`,
    { method: incoming.method, headers, ca: upstream.ca, agent: false },
    (answer) => {
      if (action.kind === "swallow") {
        answer.resume();
        return void answer.on("end", () => incoming.socket.destroy());
      }
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      outgoing.flushHeaders();
      const relay = relayOf(action, outgoing);
      answer.on("data", (chunk: Buffer) => {
        if (!isStalled(incoming.socket) && !outgoing.writableEnded) relay(chunk);
      });
      answer.on("end", () => {
        if (!isStalled(incoming.socket)) outgoing.end();
      });
      answer.on("error", () => incoming.socket.destroy());
    },
  );
  request.on("error", () => incoming.socket.destroy());
  outgoing.on("close", () => request.destroy());
  incoming.pipe(request);
}

/** How the bytes of an answer are handed on. */
function relayOf(action: FaultAction, outgoing: ServerResponse): (chunk: Buffer) => void {
  if (action.kind === "chop")
    return (chunk) => {
      for (let at = 0; at < chunk.length; at += action.bytes) outgoing.write(chunk.subarray(at, at + action.bytes));
    };
  if (action.kind !== "tear" && action.kind !== "inject") return (chunk) => void outgoing.write(chunk);
  const lines = new LineSplitter();
  let passed = 0;
  return (chunk) => {
    for (const line of lines.push(chunk)) {
      if (passed < action.afterLines) outgoing.write(`${line}\n`);
      else if (action.kind === "inject") return void outgoing.end(`${action.line}\n`);
      else return void outgoing.end(line.slice(0, line.length / 2));
      passed += 1;
    }
  };
}

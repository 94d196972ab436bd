// Small HTTP servers for probes and metrics.
import { createServer, type Server } from "node:http";

export interface HttpAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** Answers GET of the paths it knows. */
export type Routes = Readonly<Record<string, (signal: AbortSignal) => Promise<HttpAnswer>>>;

/** A server that listens. */
export interface Listening {
  readonly port: number;
  /** Refuses new connections, lets answers in progress end, drops what is idle. */
  close(): Promise<void>;
}

/** `:8080`, `127.0.0.1:8080` or `[::1]:8080`; port 0 picks a free one. Throws with what is expected. */
export function parseAddress(address: string): { readonly host: string | undefined; readonly port: number } {
  const match = /^(?:\[([^\]]+)\]|([^:]*)):(\d{1,5})$/.exec(address);
  const port = Number(match?.[3]);
  if (!match || port > 65_535) throw new Error(`"${address}" is no address; write HOST:PORT or :PORT`);
  const host = match[1] ?? match[2];
  return { host: host === "" ? undefined : host, port };
}

/** Serves `routes`. Rejects when the address can't be listened on, saying which. */
export async function serve(address: string, routes: Routes): Promise<Listening> {
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://localhost").pathname;
    const route = routes[path];
    const gone = new AbortController();
    response.once("close", () => gone.abort(new Error("the client has left")));
    const answer =
      request.method !== "GET" && request.method !== "HEAD"
        ? Promise.resolve({ status: 405, type: "text/plain", body: "only GET\n" })
        : route
          ? route(gone.signal)
          : Promise.resolve({ status: 404, type: "text/plain", body: `try ${Object.keys(routes).join(" or ")}\n` });
    answer
      .catch((error: unknown) => ({ status: 500, type: "text/plain", body: `${String(error)}\n` }))
      .then(({ status, type, body }) => response.writeHead(status, { "content-type": type }).end(body))
      .catch(() => response.destroy());
  });
  return listen(server, address);
}

/** Listens on `address`; rejects with a message that names it. */
export async function listen(server: Server, address: string): Promise<Listening> {
  const { host, port } = parseAddress(address);
  let answering = 0;
  let closing = false;
  const closeUnused = (): void => {
    // Node takes a connection that never had a request for a busy one, until its headers time out: clients open such ones ahead.
    if (closing && answering === 0) server.closeAllConnections();
  };
  server.on("request", (_request, response) => {
    answering += 1;
    response.once("close", () => {
      answering -= 1;
      closeUnused();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => {
      reject(new Error(`can't listen on ${address}: ${error.message}; choose another address`, { cause: error }));
    });
    server.listen({ port, ...(host === undefined ? {} : { host }) }, resolve);
  });
  const bound = server.address();
  return {
    port: typeof bound === "object" && bound !== null ? bound.port : 0,
    close: () =>
      new Promise((resolve) => {
        closing = true;
        server.close(() => resolve());
        server.closeIdleConnections();
        closeUnused();
      }),
  };
}

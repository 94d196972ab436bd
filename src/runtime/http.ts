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
  await listen(server, address);
  return { port: portOf(server), close: () => closeServer(server) };
}

/** Listens on `address`; rejects with a message that names it. */
export function listen(server: Server, address: string): Promise<void> {
  const { host, port } = parseAddress(address);
  return new Promise((resolve, reject) => {
    server.once("error", (error) => {
      reject(new Error(`can't listen on ${address}: ${error.message}; choose another address`, { cause: error }));
    });
    server.listen({ port, ...(host === undefined ? {} : { host }) }, resolve);
  });
}

export function portOf(server: Server): number {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
}

// Connections to one API server: a bounded pool for requests, another for watches, both swapped when trust changes.
//
// HTTP/1.1 with keep-alive, by choice: streams of one HTTP/2 session share its flow control window and its fate (one half-open
// session would stall watches and lease renewals together), and other clients leaked memory there (reference: client-node,
// kubernetes-fluent-client). Watches have a pool of their own, so that many of them never starve requests.
import { Agent, EnvHttpProxyAgent, ProxyAgent } from "undici";
import type { Dispatcher } from "undici";

import type { Clock } from "./clock.ts";
import type { Credentials } from "./credentials.ts";
import type { Connection } from "./kubeconfig.ts";
import { KubeConfigError } from "./kubeconfig.ts";

export interface Pair {
  readonly requests: Dispatcher;
  readonly watches: Dispatcher;
}

export interface Pools {
  /** The pools for these credentials. Other TLS material swaps new ones in; the old drain and close by themselves. */
  for(credentials: Credentials): Pair;
  /**
   * Connections that were idle when another fell silent may be half-open as well, and each would cost a caller its whole
   * deadline: from now on new ones are made. What is in flight goes on. At most once in five seconds.
   */
  distrust(pool: keyof Pair): void;
  /** Waits for requests in flight, ends watches. */
  close(): Promise<void>;
}

const distrustGapMs = 5_000;

export function createPools(
  connection: Connection,
  options: { readonly connections: number; readonly clock: Clock },
): Pools {
  let current: { readonly credentials: Credentials; readonly pair: Pair } | undefined;
  const draining = new Map<Dispatcher, Promise<void>>();
  const distrusted = { requests: -Infinity, watches: -Infinity };

  const make = (pool: keyof Pair, credentials: Credentials) =>
    dispatcher(connection, credentials, pool === "requests" ? options.connections : null);
  const drain = (old: Dispatcher) => {
    const closed = old.close().finally(() => draining.delete(old));
    draining.set(old, closed);
    closed.catch(() => {}); // a connection that fails while it closes is closed
  };

  return {
    for(credentials) {
      // A call that read its credentials before a rotation goes out on the new connections all the same.
      if (current !== undefined && current.credentials.tlsVersion >= credentials.tlsVersion) return current.pair;
      if (current !== undefined) {
        drain(current.pair.requests);
        drain(current.pair.watches);
      }
      const pair = { requests: make("requests", credentials), watches: make("watches", credentials) };
      current = { credentials, pair };
      return pair;
    },
    distrust(pool) {
      const now = options.clock.monotonic();
      if (current === undefined || now - distrusted[pool] < distrustGapMs) return;
      distrusted[pool] = now;
      drain(current.pair[pool]);
      current = { ...current, pair: { ...current.pair, [pool]: make(pool, current.credentials) } };
    },
    async close() {
      const pair = current?.pair;
      current = undefined;
      const drained = [...draining.keys()];
      await Promise.allSettled([
        ...(pair === undefined ? [] : [pair.watches.destroy(), pair.requests.close()]),
        ...drained.map((each) => each.destroy()),
      ]);
    },
  };
}

function dispatcher(connection: Connection, credentials: Credentials, connections: number | null): Dispatcher {
  const tls = {
    ...(credentials.ca !== undefined && { ca: credentials.ca }),
    ...(credentials.certificate !== undefined && { cert: credentials.certificate }),
    ...(credentials.key !== undefined && { key: credentials.key }),
    ...(connection.tlsServerName !== undefined && { servername: connection.tlsServerName }),
    ...(connection.skipTlsVerify && { rejectUnauthorized: false }),
  };
  const pool = {
    allowH2: false,
    connections,
    pipelining: 1,
    // Below the API server's own idle timeout (90 s), so that it rarely closes a connection we are about to use.
    keepAliveTimeout: 45_000,
    keepAliveMaxTimeout: 60_000,
    // Deadlines belong to calls (transport.ts), not to connections.
    headersTimeout: 0,
    bodyTimeout: 0,
  };
  const connect = { timeout: 10_000, keepAlive: true, keepAliveInitialDelay: 30_000 };
  if (connection.proxyUrl !== undefined) {
    if (!/^https?:/.test(connection.proxyUrl))
      throw new KubeConfigError(`the proxy-url ${connection.proxyUrl} is not supported: use an http or https proxy`);
    return new ProxyAgent({ ...pool, uri: connection.proxyUrl, requestTls: { ...connect, ...tls } });
  }
  // As in Go's ProxyFromEnvironment, a proxy of the environment is never asked about this machine itself.
  if ((process.env.HTTPS_PROXY || process.env.https_proxy) && !isLoopback(connection.server))
    return new EnvHttpProxyAgent({ ...pool, connect: { ...connect, ...tls }, requestTls: { ...connect, ...tls } });
  return new Agent({ ...pool, connect: { ...connect, ...tls } });
}

function isLoopback(server: string): boolean {
  const { hostname } = new URL(server);
  return hostname === "localhost" || hostname === "[::1]" || hostname.startsWith("127.");
}

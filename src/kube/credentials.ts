// The credentials and the trust in force now: files read again when they grow old, plugins asked again when they expire.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";

import { authProviderHeader } from "./auth-provider.ts";
import type { Clock } from "./clock.ts";
import { KubeError } from "./errors.ts";
import { runExecPlugin } from "./exec-plugin.ts";
import type { ExecCredential } from "./exec-plugin.ts";
import type { Connection, Material } from "./kubeconfig.ts";

export interface Credentials {
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly ca: Buffer | undefined;
  readonly certificate: Buffer | undefined;
  readonly key: Buffer | undefined;
  /** Digest of ca, certificate and key. */
  readonly tlsDigest: string;
  /** Grows exactly when ca, certificate or key change: connections made under a lower one are not to be used again. */
  readonly tlsVersion: number;
}

export interface CredentialSource {
  /** As of at most `refreshMs` ago. */
  current(signal: AbortSignal): Promise<Credentials>;
  /** Read anew, because the server refused `stale` or its certificate. Returns the same when nothing else is to be had. */
  renew(stale: Credentials, signal: AbortSignal): Promise<Credentials>;
}

/** Two refusals closer than this share one renewal. */
const renewalGapMs = 1_000;
/** An exec credential is renewed this long before it expires. */
const expiryMarginMs = 10_000;

/** `lifetime` bounds the reads, which callers share: one that aborts does not take the others with it. */
export function credentialSource(
  connection: Connection,
  options: { readonly clock: Clock; readonly refreshMs: number; readonly lifetime: AbortSignal },
): CredentialSource {
  const { clock, lifetime } = options;
  const { identity } = connection;
  let held: { readonly credentials: Credentials; readonly at: number } | undefined;
  let reading: Promise<Credentials> | undefined;
  let exec: ExecCredential | undefined;

  const read = async (): Promise<Credentials> => {
    if (
      identity.exec !== undefined &&
      (exec === undefined || (exec.expires ?? Infinity) - expiryMarginMs < clock.now())
    )
      exec = await runExecPlugin(identity.exec, connection, lifetime);
    const [ca, certificate, key, token] = await Promise.all([
      bytes(connection.ca, lifetime),
      bytes(identity.clientCertificate, lifetime),
      bytes(identity.clientKey, lifetime),
      bytes(identity.token, lifetime),
    ]);
    const authorization = await authorizationOf(connection, exec, token);
    const tls = {
      ca,
      certificate: exec?.certificate ? Buffer.from(exec.certificate) : certificate,
      key: exec?.key ? Buffer.from(exec.key) : key,
    };
    const tlsDigest = digest([tls.ca, tls.certificate, tls.key]);
    return {
      ...tls,
      headers: { ...identity.impersonate, ...(authorization !== "" && { authorization }) },
      tlsDigest,
      tlsVersion: (held?.credentials.tlsVersion ?? 0) + (held?.credentials.tlsDigest === tlsDigest ? 0 : 1),
    };
  };

  const refresh = (): Promise<Credentials> => {
    reading ??= read()
      .then(
        (credentials) => credentials,
        (error: unknown) => {
          // A file may be missing for a moment while it is replaced: what was good stays in use until the server refuses it.
          if (held !== undefined && !lifetime.aborted) return held.credentials;
          throw error;
        },
      )
      .then((credentials) => {
        held = { credentials, at: clock.monotonic() };
        return credentials;
      })
      .finally(() => {
        reading = undefined;
      });
    return reading;
  };

  return {
    current: (signal) =>
      held !== undefined && clock.monotonic() - held.at < options.refreshMs
        ? Promise.resolve(held.credentials)
        : abortable(refresh(), signal),
    renew: (stale, signal) => {
      if (held !== undefined && (held.credentials !== stale || clock.monotonic() - held.at < renewalGapMs))
        return Promise.resolve(held.credentials);
      exec = undefined;
      return abortable(refresh(), signal);
    },
  };
}

async function authorizationOf(connection: Connection, exec: ExecCredential | undefined, token: Buffer | undefined) {
  const { basic, provider } = connection.identity;
  if (token !== undefined) return `Bearer ${token.toString("utf8").trim()}`;
  if (exec !== undefined && exec.token !== "") return `Bearer ${exec.token}`;
  if (provider !== undefined) return authProviderHeader(provider);
  if (basic !== undefined) return `Basic ${Buffer.from(`${basic.username}:${basic.password}`).toString("base64")}`;
  return "";
}

async function bytes(material: Material | undefined, signal: AbortSignal): Promise<Buffer | undefined> {
  if (material === undefined) return undefined;
  if (material.kind === "data") return material.data;
  try {
    return await readFile(material.path, { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw new KubeError(
      "unauthorized",
      `the credentials file ${material.path} can't be read: restore it or fix the kubeconfig`,
      {
        delivery: "no",
        cause: error,
      },
    );
  }
}

function digest(parts: readonly (Buffer | undefined)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(`${part?.length ?? -1}:`).update(part ?? "");
  return hash.digest("base64");
}

async function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

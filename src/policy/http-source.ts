// A bundle at a URL, as OPA's own bundle service gives it: asked again by ETag.
import { BundleError, unpack } from "./bundle.ts";
import { contentDigest } from "./digest.ts";
import { get, type Transport } from "./http.ts";
import type { ReadSource } from "./sources-fetch.ts";

/** What is known of somebody else's server: a token, or a name and a password. */
export type Credentials =
  | { readonly kind: "token"; readonly token: string }
  | { readonly kind: "password"; readonly username: string; readonly password: string };

/** Read at each look, so that new ones take effect. */
export type ReadCredentials = (signal: AbortSignal) => Promise<Credentials | undefined>;

export interface HttpSourceOptions {
  readonly url: string;
  readonly insecure: boolean;
  readonly credentials: ReadCredentials;
  readonly transport: Transport;
}

/** Reads the archive; an answer of 304 costs nothing. */
export function httpSource({ url, insecure, credentials, transport }: HttpSourceOptions): ReadSource {
  let seen: { readonly etag: string; readonly revision: string } | undefined;
  return async (known, signal) => {
    const etag = seen !== undefined && seen.revision === known ? seen.etag : undefined;
    const authorization = authorizationOf(await credentials(signal));
    const headers = etag === undefined ? {} : { "if-none-match": etag };
    const answer = await get(url, { headers, authorization, insecure, signal }, transport);
    if (answer.status === 304 && etag !== undefined) return undefined;
    if (answer.status !== 200) throw new BundleError(`${url} answers ${answer.status}${hintOf(answer.status)}`);
    const revision = contentDigest(answer.body);
    const files = unpack(answer.body, url);
    const tag = answer.headers.get("etag");
    seen = tag === null ? undefined : { etag: tag, revision };
    return { revision, files };
  };
}

/** The Authorization header of credentials. */
export function authorizationOf(credentials: Credentials | undefined): string | undefined {
  if (credentials === undefined) return undefined;
  if (credentials.kind === "token") return `Bearer ${credentials.token}`;
  return `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString("base64")}`;
}

/** What to do about an HTTP status. */
export function hintOf(status: number): string {
  if (status === 401 || status === 403) return ": check the Secret that credentialsRef names";
  if (status === 404) return ": check the address, and that the bundle was published";
  return status >= 500 || status === 429 ? ": it is asked again" : "";
}

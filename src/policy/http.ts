// Reading over HTTP within bounds: time, size, redirects that stay encrypted, credentials that stay at home.
import type { Clock } from "../kube/index.ts";
import { withDeadline } from "../kube/index.ts";
import { BundleError } from "./bundle.ts";

/** The platform's fetch, given so that tests and proxies can take its place. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface Transport {
  readonly fetch: Fetch;
  readonly clock: Clock;
  /** For the whole answer with its redirects. Default 30,000. */
  readonly timeoutMs?: number;
  /** Longest answer, in bytes. Default 32 MiB. */
  readonly maxBytes?: number;
}

export interface GetOptions {
  readonly headers: Readonly<Record<string, string>>;
  /** Sent to the URL's own origin only. */
  readonly authorization: string | undefined;
  /** Allows http. */
  readonly insecure: boolean;
  readonly signal: AbortSignal;
}

/** An answer of any status, read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

const maxRedirects = 5;

/**
 * GET. Rejects with BundleError where nobody answers in time, the answer is too long or a redirect leads astray; with the
 * signal's reason when it aborts.
 */
export async function get(url: string, options: GetOptions, transport: Transport): Promise<Answer> {
  const { clock, timeoutMs = 30_000 } = transport;
  const late = () => new BundleError(`${originOf(url)} did not answer within ${timeoutMs / 1000} s`);
  try {
    return await withDeadline(clock, timeoutMs, options.signal, late, (signal) =>
      follow(url, { ...options, signal }, transport),
    );
  } catch (error) {
    options.signal.throwIfAborted();
    if (error instanceof BundleError) throw error;
    throw new BundleError(`${originOf(url)} can't be reached: ${causeOf(error)}`, error);
  }
}

async function follow(url: string, options: GetOptions, transport: Transport): Promise<Answer> {
  const home = originOf(url);
  let at = new URL(url);
  for (let redirects = 0; redirects <= maxRedirects; redirects += 1) {
    if (at.protocol !== "https:" && !(at.protocol === "http:" && options.insecure)) {
      throw new BundleError(`${at.origin} is not https: use https, or set insecure: true where nobody else can listen`);
    }
    const authorization = at.origin === home ? options.authorization : undefined;
    // oxlint-disable-next-line no-await-in-loop -- each answer says where to go on
    const response = await transport.fetch(at.href, {
      headers: { ...options.headers, ...(authorization === undefined ? {} : { authorization }) },
      redirect: "manual",
      signal: options.signal,
    });
    const location = response.status >= 301 && response.status <= 308 ? response.headers.get("location") : null;
    if (location === null || response.status === 304) {
      const { status, headers } = response;
      // oxlint-disable-next-line no-await-in-loop -- the last one
      return { status, headers, body: await bodyOf(response, transport.maxBytes ?? 32 << 20, home) };
    }
    // oxlint-disable-next-line no-await-in-loop -- gives the connection back
    await response.body?.cancel();
    at = new URL(location, at);
  }
  throw new BundleError(`${home} redirects more than ${maxRedirects} times`);
}

async function bodyOf(response: Response, maxBytes: number, from: string): Promise<Uint8Array> {
  const tooLong = () => new BundleError(`what ${from} sends is longer than ${maxBytes} bytes: give a smaller bundle`);
  if (Number(response.headers.get("content-length") ?? 0) > maxBytes) {
    await response.body?.cancel();
    throw tooLong();
  }
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.byteLength;
    if (length > maxBytes) throw tooLong(); // leaving the loop cancels the body
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function originOf(url: string): string {
  return new URL(url).origin;
}

/** fetch says only that it failed; its cause says why. */
function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error && error.cause.message !== "" ? error.cause.message : error.message;
}

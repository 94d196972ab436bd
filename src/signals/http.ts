// Reading numbers over HTTP within bounds: time, size, and a reason where there are none.
import { type Clock, withDeadline } from "../kube/index.ts";
import type { SignalProblem, SignalProblemReason } from "./sample.ts";

/** The platform's fetch, given so that tests, proxies and private certificate authorities can take its place. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** How a source reaches its server. */
export interface HttpOptions {
  readonly clock: Clock;
  readonly fetch?: Fetch;
  /** For the whole answer, in milliseconds. */
  readonly timeoutMs: number;
  /** Longest answer in bytes, unpacked. */
  readonly maxBytes: number;
  /** Sent as a bearer token; read anew for every call, since tokens rotate. */
  readonly token?: () => Promise<string>;
}

/** A failure that a source tells in its problems. */
export class SignalError extends Error {
  override readonly name = "SignalError";
  readonly reason: SignalProblemReason;

  constructor(reason: SignalProblemReason, message: string, cause?: unknown) {
    super(message, { cause });
    this.reason = reason;
  }
}

/** The URL as it is used. Throws for one that can't be, or that holds a password, which would end up in messages. */
export function checkedUrl(text: string): string {
  const url = new URL(text);
  if (url.protocol !== "http:" && url.protocol !== "https:") throw new TypeError(`${text} is neither http nor https`);
  if (url.username !== "" || url.password !== "")
    throw new TypeError(`the URL of ${url.host} holds a user or password: give a token instead`);
  return url.href;
}

/** The failure as a problem; anything that is no SignalError is a defect and thrown on. */
export function problemOf(error: unknown): SignalProblem {
  if (error instanceof SignalError) return { reason: error.reason, message: error.message };
  throw error;
}

/**
 * Asks and hands the answer, of any status, to `take`. Rejects with the signal's reason when it aborts, else with
 * SignalError: Unreachable, TimedOut, or what `take` throws.
 */
export async function ask<T>(
  url: string,
  init: { readonly method?: string; readonly headers: Readonly<Record<string, string>>; readonly body?: string },
  http: HttpOptions,
  signal: AbortSignal,
  take: (response: Response) => Promise<T>,
): Promise<T> {
  const { origin } = new URL(url);
  const late = () => new SignalError("TimedOut", `${origin} did not answer within ${http.timeoutMs / 1000} s`);
  try {
    return await withDeadline(http.clock, http.timeoutMs, signal, late, async (until) => {
      const token = await http.token?.().catch((error: unknown) => {
        throw new SignalError("TokenUnreadable", `the token for ${origin} can't be read: ${String(error)}`, error);
      });
      const headers = { ...init.headers, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) };
      return take(await (http.fetch ?? fetch)(url, { ...init, headers, signal: until }));
    });
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof SignalError) throw error;
    if (!(error instanceof TypeError)) throw error;
    throw new SignalError("Unreachable", `${origin} can't be reached: ${causeOf(error)}`, error);
  }
}

/** The body's pieces, unpacked; throws SignalError `TooLarge` past the limit. */
export async function* piecesOf(response: Response, maxBytes: number): AsyncGenerator<Uint8Array> {
  let length = 0;
  for await (const piece of response.body ?? []) {
    length += piece.byteLength;
    if (length > maxBytes) {
      throw new SignalError(
        "TooLarge",
        `${response.url} sends more than ${maxBytes} bytes: expose less or raise the limit`,
      );
    }
    yield piece;
  }
}

/** fetch says only that it failed; its cause says why. */
function causeOf(error: Error): string {
  return error.cause instanceof Error && error.cause.message !== "" ? error.cause.message : error.message;
}

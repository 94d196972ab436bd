// One HTTP call as handlers see it: path parts, checked claims, a parsed body, an answer, and errors in Pulumi's shape.
import type { IncomingMessage, ServerResponse } from "node:http";
import { gunzipSync, gzipSync } from "node:zlib";
import { isKubeError } from "../../../kube/index.ts";
import { StateError } from "../errors.ts";
import type { StateErrorKind } from "../errors.ts";
import { isPassing } from "../patience.ts";
import type { Claims } from "../tokens.ts";

export interface ApiCall {
  readonly method: string;
  /** Path parts behind /api/, decoded. */
  readonly parts: readonly string[];
  readonly query: URLSearchParams;
  readonly claims: Claims;
  /** Scheme, host and port as the client knows them. */
  readonly baseUrl: string;
  /** Of the engine that calls, `v3.250.0`. */
  readonly engineVersion: string;
  /** Parsed JSON; undefined for an empty body. */
  readonly body: unknown;
  /** Aborts when the client goes away or the service closes. */
  readonly signal: AbortSignal;
}

export interface ApiAnswer {
  readonly status: number;
  /** Undefined: no body. */
  readonly body?: unknown;
}

/** A state of 8 MiB compressed is seldom more than this in clear. */
const maxBodyBytes = 256 * 1024 * 1024;

/** Reads and inflates a body. Throws "tooLarge" past 256 MiB, "invalid" for what is not JSON. */
export async function readBody(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request) {
    if (!Buffer.isBuffer(part)) continue;
    size += part.length;
    if (size > maxBodyBytes) throw new StateError("tooLarge", "the request is larger than 256 MiB");
    parts.push(part);
  }
  if (size === 0) return undefined;
  const raw = Buffer.concat(parts);
  try {
    const gzip = request.headers["content-encoding"] === "gzip";
    const text = gzip ? gunzipSync(raw, { maxOutputLength: maxBodyBytes }) : raw;
    return JSON.parse(text.toString("utf8"));
  } catch (cause) {
    throw new StateError("invalid", "the body of the request is not JSON", { cause });
  }
}

export function sendAnswer(request: IncomingMessage, response: ServerResponse, answer: ApiAnswer): void {
  if (response.headersSent || response.destroyed) return;
  if (answer.body === undefined || request.method === "HEAD") {
    response.writeHead(answer.status).end();
    return;
  }
  const text = Buffer.from(JSON.stringify(answer.body));
  const zip = text.length > 1_024 && (request.headers["accept-encoding"] ?? "").includes("gzip");
  response.writeHead(answer.status, {
    "Content-Type": "application/json",
    ...(zip ? { "Content-Encoding": "gzip" } : {}),
  });
  response.end(zip ? gzipSync(text, { level: 1 }) : text);
}

const statusOf: Readonly<Record<StateErrorKind, number>> = {
  held: 409,
  alreadyExists: 409,
  // The client stops renewing and gives up on 403 only; after 401 it would hide the message behind "please log in".
  fenced: 403,
  unauthorized: 403,
  notFound: 404,
  tooLarge: 413,
  hasResources: 400,
  invalid: 400,
  // Repeating changes nothing: not a 5xx, which the client would try four times.
  corrupt: 422,
  unavailable: 503,
};

/** apitype.ErrorResponse. `hasResources` has the exact words by which the CLI recognises it. */
export function errorAnswer(error: unknown): ApiAnswer {
  const { code, message } = judge(error);
  return { status: code, body: { code, message } };
}

function judge(error: unknown): { readonly code: number; readonly message: string } {
  if (error instanceof StateError) {
    const message = error.kind === "hasResources" ? `Bad Request: ${error.message}` : error.message;
    return { code: statusOf[error.kind], message };
  }
  if (isPassing(error)) return { code: 503, message: "the API server that keeps the state does not answer; try again" };
  if (isKubeError(error, "forbidden")) {
    return { code: 422, message: `the operator may not keep state in Secrets: ${error.message}; check its Role` };
  }
  return { code: 500, message: error instanceof Error ? error.message : "unknown failure" };
}

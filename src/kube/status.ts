// Answers that are not a success become KubeErrors: metav1.Status first, the HTTP code where there is none.
// Source: k8s.io/apimachinery/pkg/apis/meta/v1 StatusReason and its codes.
import { KubeError } from "./errors.ts";
import type { KubeErrorKind } from "./errors.ts";
import { asRecord, asText, isRecord } from "./json.ts";

/** `what` names the call ("get Pod shop/web"); `body` is the answer's text or an already parsed Status. */
export function errorFromStatus(what: string, code: number, body: unknown, retryAfter?: string): KubeError {
  const status = asRecord(typeof body === "string" ? parsed(body) : body);
  const statusCode = typeof status.code === "number" && code === 200 ? status.code : code;
  const reason = asText(status.reason);
  const details = asRecord(status.details);
  const seconds =
    retryAfter ?? (typeof details.retryAfterSeconds === "number" ? String(details.retryAfterSeconds) : undefined);
  const retryAfterMs = parseRetryAfter(seconds);
  const kind = kindOf(statusCode, reason);
  const said = asText(status.message) || (typeof body === "string" ? body.trim().slice(0, 300) : "");
  const next = advice[kind];
  return new KubeError(kind, `${what}: ${said || `HTTP ${statusCode}`}${next === undefined ? "" : ` (${next})`}`, {
    status: statusCode,
    reason,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}

/** Retry-After in seconds, as the API server writes it; milliseconds. HTTP dates are not used by Kubernetes. */
export function parseRetryAfter(value: string | undefined): number | undefined {
  if (value === undefined || !/^\d{1,6}$/.test(value.trim())) return undefined;
  return Number(value) * 1000;
}

function kindOf(code: number, reason: string): KubeErrorKind {
  if (reason === "AlreadyExists") return "alreadyExists";
  if (reason === "Expired" || reason === "Gone") return "gone";
  if (reason === "TooManyRequests") return "throttled";
  if (reason === "Timeout" || reason === "ServerTimeout") return "timeout";
  const byCode: Readonly<Record<number, KubeErrorKind>> = {
    401: "unauthorized",
    403: "forbidden",
    404: "notFound",
    408: "timeout",
    409: "conflict",
    410: "gone",
    429: "throttled",
    504: "timeout",
  };
  return byCode[code] ?? (code >= 500 || code < 400 ? "server" : "invalid");
}

const advice: Readonly<Partial<Record<KubeErrorKind, string>>> = {
  unauthorized: "renew the credentials of the kubeconfig or service account",
  forbidden: "grant the verb in a Role or ClusterRole",
};

function parsed(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) && value.kind === "Status" ? value : undefined;
  } catch {
    return undefined; // plain text from a proxy or an overloaded server: the caller quotes it
  }
}

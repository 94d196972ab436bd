// What went wrong on the way to the server and back, told apart by whether the request can have arrived.
import { KubeError } from "./errors.ts";
import { isRecord } from "./json.ts";

const neverSent = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EADDRNOTAVAIL",
  "UND_ERR_CONNECT_TIMEOUT",
  "UND_ERR_PRX_TLS",
]);

/** The code of a Node or undici error, its own or its cause's; "" when it has none. */
export function codeOf(error: unknown): string {
  if (!isRecord(error) && !(error instanceof Error)) return "";
  const { code, cause } = error as { readonly code?: unknown; readonly cause?: unknown };
  if (typeof code === "string") return code;
  return cause === undefined ? "" : codeOf(cause);
}

/** True when the TLS handshake failed over trust: ours in the server or the server's in our certificate. */
export function isTrustFailure(error: unknown): boolean {
  return /CERT|^UNABLE_TO_|^ERR_TLS|^ERR_SSL|^ERR_OSSL|^SELF_SIGNED|^DEPTH_ZERO/.test(codeOf(error));
}

/** A KubeError for an exchange that brought no whole answer. */
export function connectionFailure(what: string, error: unknown): KubeError {
  const code = codeOf(error);
  const said = error instanceof Error ? error.message || code : String(error);
  if (code === "UND_ERR_BODY_TIMEOUT" || code === "UND_ERR_HEADERS_TIMEOUT")
    return new KubeError("timeout", `${what}: the server fell silent (${said})`, { cause: error });
  if (isTrustFailure(error))
    return new KubeError(
      "unreachable",
      `${what}: the TLS handshake failed (${code}: ${said}): check the CA and the client certificate of the kubeconfig`,
      { delivery: "no", cause: error },
    );
  const delivery = neverSent.has(code) ? "no" : "unknown";
  const next = delivery === "no" ? ": is the API server running, and is the address of the kubeconfig right?" : "";
  return new KubeError("unreachable", `${what}: ${said}${next}`, { delivery, cause: error });
}

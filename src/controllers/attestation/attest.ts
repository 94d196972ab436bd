// Attestations: what the admission webhook saw, signed so that nobody but the operator can have written it.
import canonicalize from "canonicalize";
import { checkMac, type Keyring, mac } from "../../audit/index.ts";

/** `CLAIM.MAC` as it stands in an annotation: base64url JSON, then the mac over purpose and claim. */
export function seal(keys: Keyring, purpose: string, claim: object): string {
  const body = Buffer.from(canonicalize(claim) ?? "", "utf8").toString("base64url");
  return `${body}.${mac(signed(purpose, body), keys.current)}`;
}

/** The claim of a sealed annotation; undefined when it was not sealed with one of these keys for this purpose. */
export function open(keys: Keyring, purpose: string, sealed: string | undefined): unknown {
  const text = sealed ?? "";
  // Ids of keys may have dots, base64url has none.
  const end = text.indexOf(".");
  const body = text.slice(0, Math.max(0, end));
  if (end < 0 || checkMac(signed(purpose, body), text.slice(end + 1), keys) !== "valid") return undefined;
  try {
    return JSON.parse(Buffer.from(body, "base64url").toString("utf8")) as unknown;
  } catch {
    return undefined;
  }
}

/** The leading name keeps a mac made for another purpose from being taken for this one. */
function signed(purpose: string, body: string): string {
  return `dharma ${purpose} v1\n${body}`;
}

/** Reads one text field of a claim. */
export function claimText(claim: unknown, field: string): string | undefined {
  if (typeof claim !== "object" || claim === null) return undefined;
  const value: unknown = Reflect.get(claim, field);
  return typeof value === "string" ? value : undefined;
}

// Attestations: what the admission webhook saw, signed so that nobody but the operator can have written it.
import { createHmac, timingSafeEqual } from "node:crypto";
import canonicalize from "canonicalize";

/** Keys of 32 bytes, the same in every replica: the first seals, all of them open. */
export type AttestationKeys = readonly [Uint8Array, ...Uint8Array[]];

/** `CLAIM.MAC` as it stands in an annotation: base64url JSON, then base64url HMAC-SHA-256 over purpose and JSON. */
export function seal(keys: AttestationKeys, purpose: string, claim: object): string {
  const body = Buffer.from(canonicalize(claim) ?? "", "utf8");
  return `${body.toString("base64url")}.${mac(keys[0], purpose, body).toString("base64url")}`;
}

/** The claim of a sealed annotation; undefined when it was not sealed with one of these keys for this purpose. */
export function open(keys: AttestationKeys, purpose: string, sealed: string | undefined): unknown {
  const [encoded, signature, ...rest] = (sealed ?? "").split(".");
  if (encoded === undefined || signature === undefined || rest.length > 0) return undefined;
  const body = Buffer.from(encoded, "base64url");
  const given = Buffer.from(signature, "base64url");
  const genuine = keys.some((key) => {
    const expected = mac(key, purpose, body);
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
  if (!genuine) return undefined;
  try {
    return JSON.parse(body.toString("utf8")) as unknown;
  } catch {
    return undefined;
  }
}

function mac(key: Uint8Array, purpose: string, body: Buffer): Buffer {
  return createHmac("sha256", key).update(purpose).update("\0").update(body).digest();
}

/** Reads one text field of a claim. */
export function claimText(claim: unknown, field: string): string | undefined {
  if (typeof claim !== "object" || claim === null) return undefined;
  const value: unknown = Reflect.get(claim, field);
  return typeof value === "string" ? value : undefined;
}

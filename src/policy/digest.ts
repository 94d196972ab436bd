// Digests of bundles and inputs: equal things have equal digests, and an input's can't be guessed from outside.
import { createHash, createHmac } from "node:crypto";
import canonicalize from "canonicalize";

/** A key for input digests. `id` is at most 40 letters, digits, dots and dashes and is written beside each digest. */
export interface DigestKey {
  readonly id: string;
  /** At least 32 bytes. */
  readonly secret: Uint8Array;
}

/** RFC 8785 text of a JSON value. Throws TypeError for what JSON has no form for (NaN, cycles, undefined). */
export function canonicalText(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError("value has no JSON form");
  return text;
}

/** `hmac-sha256:KEYID:HEX` of a text. Keyed, so that a short list of possible inputs can't be tried against it. */
export function keyedDigest(text: string, key: DigestKey): string {
  return `hmac-sha256:${key.id}:${createHmac("sha256", key.secret).update(text).digest("hex")}`;
}

/** `sha256:HEX`. */
export function contentDigest(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) {
    const bytes = typeof part === "string" ? Buffer.from(part) : part;
    hash.update(`${bytes.byteLength}:`).update(bytes);
  }
  return `sha256:${hash.digest("hex")}`;
}

/** Throws RangeError for a key that is too weak or whose id would not fit a record. */
export function checkKey(key: DigestKey): void {
  if (!/^[A-Za-z0-9.-]{1,40}$/.test(key.id)) {
    throw new RangeError(`key id ${JSON.stringify(key.id)}: use 1 to 40 letters, digits, dots and dashes`);
  }
  if (key.secret.byteLength < 32)
    throw new RangeError(`key ${key.id} has ${key.secret.byteLength} bytes: give 32 or more`);
}

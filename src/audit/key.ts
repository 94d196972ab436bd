// Keys by id, so that they can be exchanged while what older ones made is still checked.
import { createHmac, timingSafeEqual } from "node:crypto";

export interface AuditKey {
  /** 1 to 40 letters, digits, dots and dashes. */
  readonly id: string;
  /** At least 32 bytes. */
  readonly secret: Uint8Array;
}

/** `current` makes, all of them check. */
export interface Keyring {
  readonly current: AuditKey;
  readonly former: readonly AuditKey[];
}

/** `KEYID:HEX`. Throws RangeError for a key that is no key. */
export function mac(text: string, key: AuditKey): string {
  if (!/^[A-Za-z0-9.-]{1,40}$/.test(key.id)) {
    throw new RangeError(`key id ${JSON.stringify(key.id)}: use 1 to 40 letters, digits, dots and dashes`);
  }
  if (key.secret.byteLength < 32)
    throw new RangeError(`key ${key.id} has ${key.secret.byteLength} bytes: give 32 or more`);
  return `${key.id}:${createHmac("sha256", key.secret).update(text).digest("hex")}`;
}

/** Whether `value` is the mac of `text` by one of the keys; compares in constant time. */
export function checkMac(text: string, value: string, keys: Keyring): "valid" | "unknownKey" | "wrong" {
  const id = value.split(":", 1)[0];
  const key = [keys.current, ...keys.former].find((known) => known.id === id);
  if (key === undefined) return "unknownKey";
  const expected = Buffer.from(mac(text, key));
  const given = Buffer.from(value);
  return expected.byteLength === given.byteLength && timingSafeEqual(expected, given) ? "valid" : "wrong";
}

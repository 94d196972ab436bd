// The keys everything at rest is sealed with, and where they come from.
import { createSecretKey, hkdfSync } from "node:crypto";
import { readFile } from "node:fs/promises";
import { StateError } from "./errors.ts";

/** Key-encryption keys by id. New data is wrapped with `current`; the others only open older data. */
export interface KeyRing {
  readonly current: string;
  readonly keys: ReadonlyMap<string, Uint8Array>;
}

/**
 * Parses a key file: one `ID BASE64KEY` a line, `#` comments; the first line is the current key. A key is 32 random bytes
 * (`openssl rand -base64 32`). To rotate put a new line on top and keep the old one until every stack was written once.
 */
export function parseKeyRing(text: string): KeyRing {
  const lines = text.split("\n").map((line) => line.replace(/#.*/, "").trim());
  const keys = new Map<string, Uint8Array>();
  for (const line of lines.filter((line_) => line_ !== "")) {
    const [id, encoded, ...rest] = line.split(/\s+/);
    const key = Buffer.from(encoded ?? "", "base64");
    if (id === undefined || !/^[A-Za-z0-9_-]{1,63}$/.test(id) || key.length !== 32 || rest.length > 0) {
      throw new StateError("invalid", "a line of the key file is not `ID BASE64KEY` with a key of 32 bytes");
    }
    if (keys.has(id)) throw new StateError("invalid", `the key file names the key ${id} twice`);
    keys.set(id, new Uint8Array(key));
  }
  const [current] = keys.keys();
  if (current === undefined) {
    throw new StateError("invalid", 'the key file is empty; make one with `echo "k1 $(openssl rand -base64 32)"`');
  }
  return { current, keys };
}

/** Reads the key file an administrator mounted. */
export async function loadKeyRing(path: string, signal: AbortSignal): Promise<KeyRing> {
  try {
    return parseKeyRing(await readFile(path, { encoding: "utf8", signal }));
  } catch (cause) {
    if (cause instanceof StateError || signal.aborted) throw cause;
    throw new StateError("invalid", `the key file ${path} can't be read; mount it, or name another one`, { cause });
  }
}

/** The key with this id; "corrupt" when the ring has lost it. */
export function keyOf(ring: KeyRing, id: string): Uint8Array {
  const key = ring.keys.get(id);
  if (key) return key;
  throw new StateError("corrupt", `the key ${id} is not in the key file any more; put it back (below the current one)`);
}

/** HKDF-SHA-256: one purpose, one key. 32 bytes. */
export function deriveKey(key: Uint8Array, purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", createSecretKey(key), new Uint8Array(0), `dharma state ${purpose}`, 32));
}

// AES-256-GCM as the state service uses it: wrapped data keys, sealed chunks, Pulumi's secrets.
import { createCipheriv, createDecipheriv, createHmac } from "node:crypto";
import { StateError } from "./errors.ts";
import { deriveKey, keyOf } from "./keys.ts";
import type { KeyRing } from "./keys.ts";

const nonceLength = 12;
const tagLength = 16;

/** `n` bytes nobody can guess (node:crypto randomBytes). */
export type Entropy = (n: number) => Uint8Array;

/** A data key as the head keeps it: useless without the ring. */
export interface WrappedKey {
  readonly keyId: string;
  /** base64 of nonce, ciphertext and tag. */
  readonly wrapped: string;
}

/** Makes the data key of a new stack. `stackUid` never changes, also when the stack is renamed. */
export function newDataKey(ring: KeyRing, stackUid: string, entropy: Entropy): WrappedKey {
  return wrap(ring, stackUid, entropy(32), entropy);
}

export function unwrapDataKey(ring: KeyRing, stackUid: string, key: WrappedKey): Uint8Array {
  return open(keyOf(ring, key.keyId), Buffer.from(key.wrapped, "base64"), `data key ${stackUid}`);
}

/** The same data key under the ring's current key; unchanged when it already is. */
export function rewrapDataKey(ring: KeyRing, stackUid: string, key: WrappedKey, entropy: Entropy): WrappedKey {
  if (key.keyId === ring.current) return key;
  return wrap(ring, stackUid, unwrapDataKey(ring, stackUid, key), entropy);
}

function wrap(ring: KeyRing, stackUid: string, dataKey: Uint8Array, entropy: Entropy): WrappedKey {
  const sealed = seal(keyOf(ring, ring.current), dataKey, `data key ${stackUid}`, entropy(nonceLength));
  return { keyId: ring.current, wrapped: Buffer.from(sealed).toString("base64") };
}

/** What one stack's data key can do. All of it is bound to the stack's uid. */
export interface StackCipher {
  /** Equal plaintexts give equal bytes, so that a chunk's name is its content. Leaks equality, nothing else. */
  sealChunk(plaintext: Uint8Array): Uint8Array;
  openChunk(sealed: Uint8Array): Uint8Array;
  /** For single secrets: a fresh nonce each time. */
  sealSecret(plaintext: Uint8Array): Uint8Array;
  openSecret(sealed: Uint8Array): Uint8Array;
  /** Key of this stack's state digests. */
  readonly digestKey: Uint8Array;
}

export function stackCipher(dataKey: Uint8Array, stackUid: string, entropy: Entropy): StackCipher {
  const chunkKey = deriveKey(dataKey, "chunk");
  const nonceKey = deriveKey(dataKey, "chunk nonce");
  const secretKey = deriveKey(dataKey, "secret");
  const chunkContext = `chunk ${stackUid}`;
  const secretContext = `secret ${stackUid}`;
  return {
    sealChunk: (plaintext) => {
      const nonce = createHmac("sha256", nonceKey).update(plaintext).digest().subarray(0, nonceLength);
      return seal(chunkKey, plaintext, chunkContext, nonce);
    },
    openChunk: (sealed) => open(chunkKey, sealed, chunkContext),
    sealSecret: (plaintext) => seal(secretKey, plaintext, secretContext, entropy(nonceLength)),
    openSecret: (sealed) => open(secretKey, sealed, secretContext),
    digestKey: deriveKey(dataKey, "digest"),
  };
}

/** nonce, ciphertext, tag in one. */
function seal(key: Uint8Array, plaintext: Uint8Array, context: string, nonce: Uint8Array): Uint8Array {
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(Buffer.from(context));
  return Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

function open(key: Uint8Array, sealed: Uint8Array, context: string): Uint8Array {
  if (sealed.length < nonceLength + tagLength) throw unreadable(context);
  const nonce = sealed.subarray(0, nonceLength);
  const body = sealed.subarray(nonceLength, sealed.length - tagLength);
  try {
    const decipher = createDecipheriv("aes-256-gcm", key, nonce)
      .setAAD(Buffer.from(context))
      .setAuthTag(sealed.subarray(sealed.length - tagLength));
    return Buffer.concat([decipher.update(body), decipher.final()]);
  } catch (cause) {
    throw unreadable(context, cause);
  }
}

function unreadable(context: string, cause?: unknown): StateError {
  const [what] = context.split(" ");
  return new StateError(
    "corrupt",
    `a sealed ${what} can't be opened: it was changed, or it was sealed with another key or for another stack`,
    { cause },
  );
}

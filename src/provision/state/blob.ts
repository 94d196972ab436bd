// Bytes to sealed chunks and back: compress, cut, seal, name by content.
import { createHash } from "node:crypto";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { isKubeError } from "../../kube/index.ts";
import { StateError } from "./errors.ts";
import type { BlobRef } from "./head.ts";
import type { StackCipher } from "./seal.ts";
import type { StackStore } from "./store.ts";

/** A Secret holds 1 MiB and etcd takes 1.5 MiB a request: half a MiB of content stays clear of both, base64 included. */
export const maxChunkBytes = 512 * 1024;
/** Several of these fit into a head beside everything else. */
const maxInlineBytes = 128 * 1024;
/** nonce and tag */
const sealOverhead = 28;
/** What one blob may grow to when it is opened: a bomb in the store must not take the operator down. */
const maxPlainBytes = 256 * 1024 * 1024;

export interface PreparedBlob {
  readonly chunks: readonly { readonly digest: string; readonly bytes: Uint8Array }[];
  readonly size: number;
}

/** Compresses and seals; the same bytes give the same chunks. Nothing is written. */
export function prepareBlob(cipher: StackCipher, plaintext: Uint8Array): PreparedBlob {
  const packed = deflateRawSync(plaintext, { level: 6 });
  const step = maxChunkBytes - sealOverhead;
  const count = Math.max(1, Math.ceil(packed.length / step));
  const chunks = Array.from({ length: count }, (_, index) => {
    const bytes = cipher.sealChunk(packed.subarray(index * step, (index + 1) * step));
    return { digest: digestOf(bytes), bytes };
  });
  return { chunks, size: chunks.reduce((sum, chunk) => sum + chunk.bytes.length, 0) };
}

/** Writes the chunks; only after the head names them do they count. */
export async function putBlob(
  store: StackStore,
  uid: string,
  epoch: number,
  blob: PreparedBlob,
  signal: AbortSignal,
): Promise<BlobRef> {
  const ref = { epoch, chunks: blob.chunks.map((chunk) => chunk.digest), size: blob.size };
  try {
    for (const { digest, bytes } of blob.chunks) {
      await store.putChunk({ uid, epoch, digest }, bytes, signal);
    }
    return ref;
  } catch (error) {
    // A namespace being deleted takes no new objects, but its heads can change: a destroy must come to its end there.
    if (!isKubeError(error, "forbidden") || blob.size > maxInlineBytes) throw error;
    return { ...ref, inline: blob.chunks.map((chunk) => Buffer.from(chunk.bytes).toString("base64")) };
  }
}

export async function getBlob(
  store: StackStore,
  cipher: StackCipher,
  uid: string,
  ref: BlobRef,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for (const [index, digest] of ref.chunks.entries()) {
    const inline = ref.inline?.[index];
    const bytes =
      inline === undefined
        ? await store.getChunk({ uid, epoch: ref.epoch, digest }, signal)
        : Buffer.from(inline, "base64");
    if (digestOf(bytes) !== digest) {
      throw new StateError("corrupt", `chunk ${digest} of the state was changed; restore the Secret from a backup`);
    }
    parts.push(cipher.openChunk(bytes));
  }
  return unpack(Buffer.concat(parts));
}

/** One sealed, compressed string for inside the head. */
export function sealInline(cipher: StackCipher, plaintext: Uint8Array): string {
  return Buffer.from(cipher.sealChunk(deflateRawSync(plaintext, { level: 6 }))).toString("base64");
}

export function openInline(cipher: StackCipher, sealed: string): Uint8Array {
  return unpack(cipher.openChunk(Buffer.from(sealed, "base64")));
}

function unpack(packed: Uint8Array): Uint8Array {
  return inflateRawSync(packed, { maxOutputLength: maxPlainBytes });
}

function digestOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

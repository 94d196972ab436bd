// How a state gets to the person who asked, through nothing but the API server: a question and its answer as two annotations
// of a dry-run patch, which the server authenticates and never stores. The answer is sealed for a key that only the asker has.
import {
  createCipheriv,
  createDecipheriv,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from "node:crypto";
import { isRecord } from "../../kube/json.ts";

/** Set by the asker. */
export const exportAnnotation = "iacdharma.com/export";
/** Set by the webhook, in the answer to a dry run only. */
export const exportAnswerAnnotation = "iacdharma.com/export-answer";

/**
 * What is asked for. `state`: Pulumi's deployment; `steps`: all steps of a run's plan, where its status has room for 100
 * only; `decision`: the masked input a run's plan was judged by. `run` is a UID.
 */
export type ExportSubject =
  | { readonly kind: "state"; readonly secrets: "sealed" | "shown" }
  | { readonly kind: "steps" | "decision"; readonly run: string };

/** One question. Pages after the first name the digest of what they belong to. */
export interface ExportQuestion {
  readonly subject: ExportSubject;
  /** The asker's X25519 public key, DER (SPKI) in base64. */
  readonly key: string;
  readonly page: number;
  readonly digest?: string;
}

/** One page of gzipped JSON, sealed. */
export interface ExportAnswer {
  readonly pages: number;
  /** SHA-256 of all pages together, in clear. */
  readonly digest: string;
  /** The answer's own X25519 public key, as in the question. */
  readonly key: string;
  /** AES-256-GCM: 12 bytes nonce, 16 bytes tag, ciphertext; base64. */
  readonly data: string;
}

/** Annotations of an object may take 256 KiB together: this leaves a third of it to others. */
export const pageBytes = 120 * 1024;

/** Reads a question; undefined for what is none. */
export function parseQuestion(text: string): ExportQuestion | undefined {
  const value = parsed(text);
  if (!isRecord(value)) return undefined;
  const { subject, key, page, digest } = value;
  const asked = parseSubject(subject);
  if (asked === undefined || typeof key !== "string" || !isPage(page)) return undefined;
  return { subject: asked, key, page, ...(typeof digest === "string" ? { digest } : {}) };
}

/** Reads an answer; undefined for what is none. */
export function parseAnswer(text: string): ExportAnswer | undefined {
  const value = parsed(text);
  if (!isRecord(value)) return undefined;
  const { pages, digest, key, data } = value;
  if (!isPage(pages) || typeof digest !== "string" || typeof key !== "string" || typeof data !== "string")
    return undefined;
  return { pages, digest, key, data };
}

/** A key pair for one export. */
export interface ExportKey {
  /** For the question. */
  readonly publicKey: string;
  /** Throws where the answer was not made for this key, or was changed. */
  open(answer: ExportAnswer): Uint8Array;
}

/** Makes one. */
export function exportKey(): ExportKey {
  const { privateKey, publicKey } = generateKeyPairSync("x25519");
  return {
    publicKey: encoded(publicKey),
    open: ({ key, data }) => {
      const bytes = Buffer.from(data, "base64");
      const decipher = createDecipheriv("aes-256-gcm", shared(privateKey, key), bytes.subarray(0, 12));
      decipher.setAuthTag(bytes.subarray(12, 28));
      return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]);
    },
  };
}

/** Seals a page for the asker. Throws where `key` is no X25519 public key. */
export function sealPage(page: Uint8Array, key: string): Pick<ExportAnswer, "key" | "data"> {
  const { privateKey, publicKey } = generateKeyPairSync("x25519");
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", shared(privateKey, key), nonce);
  const ciphertext = Buffer.concat([cipher.update(page), cipher.final()]);
  return {
    key: encoded(publicKey),
    data: Buffer.concat([nonce, cipher.getAuthTag(), ciphertext]).toString("base64"),
  };
}

function shared(privateKey: KeyObject, other: string): Uint8Array {
  const publicKey = createPublicKey({ key: Buffer.from(other, "base64"), format: "der", type: "spki" });
  const secret = diffieHellman({ privateKey, publicKey });
  return new Uint8Array(hkdfSync("sha256", secret, new Uint8Array(0), "dharma export", 32));
}

function encoded(publicKey: KeyObject): string {
  return publicKey.export({ format: "der", type: "spki" }).toString("base64");
}

function parseSubject(value: unknown): ExportSubject | undefined {
  if (!isRecord(value)) return undefined;
  const { kind, secrets, run } = value;
  if (kind === "state" && (secrets === "sealed" || secrets === "shown")) return { kind, secrets };
  return (kind === "steps" || kind === "decision") && typeof run === "string" ? { kind, run } : undefined;
}

function isPage(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value < 10_000;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

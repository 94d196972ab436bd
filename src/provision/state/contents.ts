// What a head's blobs hold: checkpoint, journal, history, opened and sealed with the stack's own key.
import { getBlob, openInline, prepareBlob, putBlob, sealInline } from "./blob.ts";
import type { VersionedDeployment } from "./deployment.ts";
import { stateDigest } from "./digest.ts";
import { blobKey, emptyJournal } from "./head.ts";
import type { BlobRef, CheckpointRef, Head, JournalRef } from "./head.ts";
import type { HistoryRecord, UpdateInfo } from "./history.ts";
import type { JournalEntry } from "./journal.ts";
import type { KeyRing } from "./keys.ts";
import { replay } from "./replay.ts";
import { stackCipher, unwrapDataKey } from "./seal.ts";
import type { Entropy, StackCipher } from "./seal.ts";
import { openSecret } from "./secrets.ts";
import type { StackStore } from "./store.ts";

/** Above this many sealed bytes the journal's tail leaves the head for a chunk of its own. */
const maxTailBytes = 16 * 1024;
const cachedBlobs = 24;

/** One segment of a journal: the first also says what started it. */
interface Segment {
  readonly info?: UpdateInfo;
  readonly entries: readonly JournalEntry[];
}

/** A state nothing has happened to; what the CLI gets for a new stack. */
export const emptyState: VersionedDeployment = {
  version: 3,
  deployment: { manifest: { time: "0001-01-01T00:00:00Z", magic: "", version: "" } },
};

export class Contents {
  readonly #store: StackStore;
  readonly #ring: KeyRing;
  readonly #entropy: Entropy;
  readonly #ciphers = new Map<string, StackCipher>();
  /** Blobs are immutable: what was read once is right for good. */
  readonly #opened = new Map<string, unknown>();

  constructor(store: StackStore, ring: KeyRing, entropy: Entropy) {
    this.#store = store;
    this.#ring = ring;
    this.#entropy = entropy;
  }

  cipher(head: Head): StackCipher {
    const key = `${head.uid}/${head.dataKey.keyId}`;
    const known = this.#ciphers.get(key);
    if (known) return known;
    const made = stackCipher(unwrapDataKey(this.#ring, head.uid, head.dataKey), head.uid, this.#entropy);
    remember(this.#ciphers, key, made, 256);
    return made;
  }

  async putBytes(head: Head, bytes: Uint8Array, signal: AbortSignal): Promise<BlobRef> {
    return putBlob(this.#store, head.uid, head.epoch, prepareBlob(this.cipher(head), bytes), signal);
  }

  async getBytes(head: Head, ref: BlobRef, signal: AbortSignal): Promise<Uint8Array> {
    return getBlob(this.#store, this.cipher(head), head.uid, ref, signal);
  }

  async putState(head: Head, state: VersionedDeployment, version: number, signal: AbortSignal): Promise<CheckpointRef> {
    const ref = await this.#putJson(head, state, signal);
    const { resources, pending_operations: pending } = state.deployment ?? {};
    return { ...ref, version, resources: resources?.length ?? 0, pendingOperations: pending?.length ?? 0 };
  }

  async getState(head: Head, ref: BlobRef | undefined, signal: AbortSignal): Promise<VersionedDeployment> {
    return ref ? this.#getJson<VersionedDeployment>(head, ref, signal) : emptyState;
  }

  async putHistory(head: Head, records: readonly HistoryRecord[], signal: AbortSignal): Promise<BlobRef> {
    return this.#putJson(head, records, signal);
  }

  async getHistory(head: Head, signal: AbortSignal): Promise<readonly HistoryRecord[]> {
    return head.history ? this.#getJson<readonly HistoryRecord[]>(head, head.history, signal) : [];
  }

  /** The state as of now: the checkpoint with the journal of the update in flight on top. */
  async current(head: Head, signal: AbortSignal): Promise<VersionedDeployment> {
    const { update } = head;
    const base = await this.getState(head, update?.checkpoint ?? head.checkpoint, signal);
    if (!update || update.journal.entries === 0) return base;
    const { info, entries } = await this.journal(head, signal);
    const time = new Date(info.startTime).toISOString();
    return replay(base, entries, { time, engineVersion: info.engineVersion });
  }

  /** A journal that says how the update began, and nothing else. */
  newJournal(head: Head, info: UpdateInfo): JournalRef {
    return { ...emptyJournal, tail: this.#sealSegment(head, { info, entries: [] }) };
  }

  async journal(head: Head, signal: AbortSignal): Promise<{ info: UpdateInfo; entries: readonly JournalEntry[] }> {
    const { update } = head;
    const segments: Segment[] = [];
    for (const ref of update?.journal.segments ?? []) {
      segments.push(await this.#getJson<Segment>(head, ref, signal));
    }
    segments.push(this.#openTail(head, update?.journal ?? emptyJournal));
    const info = segments.find((segment) => segment.info)?.info ?? unknownInfo;
    return { info, entries: segments.flatMap((segment) => segment.entries) };
  }

  /** The journal with `entries` behind: in the tail while that is small, in a segment of its own after. */
  async appended(head: Head, entries: readonly JournalEntry[], signal: AbortSignal): Promise<JournalRef> {
    const journal = head.update?.journal ?? emptyJournal;
    const tail = this.#openTail(head, journal);
    const grown: Segment = { ...tail, entries: [...tail.entries, ...entries] };
    const count = journal.entries + entries.length;
    const sealed = this.#sealSegment(head, grown);
    if (sealed.length <= (maxTailBytes * 4) / 3) return { ...journal, tail: sealed, entries: count };
    const segment = await this.#putJson(head, grown, signal);
    return { segments: [...journal.segments, segment], tail: "", entries: count };
  }

  /** Whether both mean the same, so that the older may stay: times, places in source and ciphertext do not count. */
  sameState(head: Head, a: VersionedDeployment, b: VersionedDeployment): boolean {
    return JSON.stringify(besides(a)) === JSON.stringify(besides(b)) && this.digest(head, a) === this.digest(head, b);
  }

  /** See digest.ts. */
  digest(head: Head, state: VersionedDeployment): string {
    const cipher = this.cipher(head);
    const decrypt = (ciphertext: string): string => openSecret(cipher, ciphertext);
    return stateDigest(state, { decrypt, key: cipher.digestKey });
  }

  #openTail(head: Head, journal: JournalRef): Segment {
    if (journal.tail === "") return { entries: [] };
    const key = `tail/${head.uid}/${journal.tail}`;
    if (!this.#opened.has(key)) {
      remember(this.#opened, key, decode(openInline(this.cipher(head), journal.tail)), cachedBlobs);
    }
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see #getJson
    return this.#opened.get(key) as Segment;
  }

  #sealSegment(head: Head, segment: Segment): string {
    const sealed = sealInline(this.cipher(head), encode(segment));
    remember(this.#opened, `tail/${head.uid}/${sealed}`, segment, cachedBlobs);
    return sealed;
  }

  async #putJson(head: Head, value: unknown, signal: AbortSignal): Promise<BlobRef> {
    const ref = await this.putBytes(head, encode(value), signal);
    remember(this.#opened, `${head.uid}/${blobKey(ref)}`, value, cachedBlobs);
    return ref;
  }

  async #getJson<T>(head: Head, ref: BlobRef, signal: AbortSignal): Promise<T> {
    const key = `${head.uid}/${blobKey(ref)}`;
    if (!this.#opened.has(key)) {
      remember(this.#opened, key, decode(await this.getBytes(head, ref, signal)), cachedBlobs);
    }
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the cipher proves that this service wrote it as T
    return this.#opened.get(key) as T;
  }
}

const unknownInfo: UpdateInfo = {
  startTime: 0,
  holder: "",
  message: "",
  environment: {},
  config: {},
  engineVersion: "",
};

/** What the digest leaves out and a reader of the state would still miss. */
function besides(state: VersionedDeployment): unknown {
  const { manifest: _, resources: __, pending_operations: ___, ...rest } = state.deployment ?? {};
  return { ...rest, version: state.version, features: state.features };
}

function encode(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}

function decode(bytes: Uint8Array): unknown {
  return JSON.parse(Buffer.from(bytes).toString("utf8"));
}

function remember<V>(cache: Map<string, V>, key: string, value: V, most: number): void {
  cache.delete(key);
  cache.set(key, value);
  const [oldest] = cache.keys();
  if (cache.size > most && oldest !== undefined) cache.delete(oldest);
}

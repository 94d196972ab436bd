// Reads a shard from its newest record to its oldest and says whether it is what was written.
import { type ChainBreak, type ChainCheck, type ChainTip, checkLines, emptyTip, lineOf } from "./chain.ts";
import { checkMac, type Keyring } from "./key.ts";
import type { AuditRecord } from "./record.ts";
import { type AuditStore, type Head, type Segment, type SegmentRef, UnreadableSegment } from "./store.ts";

export type Verification =
  | {
      readonly kind: "intact";
      readonly shard: string;
      /** The first record that is kept. */
      readonly from: number;
      readonly records: number;
      readonly hash: string;
    }
  | { readonly kind: "broken"; readonly shard: string; readonly at: ChainBreak };

export interface ReadOptions {
  readonly store: AuditStore;
  readonly shard: string;
  readonly keys?: Keyring;
  readonly signal: AbortSignal;
}

/** Whether every record of a shard is as it was written; if not, the first that isn't. Rejects when it can't be read. */
export async function verifyShard(options: ReadOptions): Promise<Verification> {
  const { shard } = options;
  let records = 0;
  let { seq, hash } = emptyTip;
  for await (const part of readShard(options)) {
    if (part.kind === "broken") return { kind: "broken", shard, at: part.at };
    records += part.records.length;
    ({ seq, hash } = part.tip);
  }
  return { kind: "intact", shard, from: seq - records + 1, records, hash };
}

/** JSON Lines of a shard, oldest first, each with its newline. Throws BrokenChain at the first that isn't as written. */
export async function* exportShard(options: ReadOptions): AsyncGenerator<string, void, void> {
  for await (const part of readShard(options)) {
    if (part.kind === "broken") throw new BrokenChain(options.shard, part.at);
    for (const record of part.records) yield `${lineOf(record)}\n`;
  }
}

/** An export met a record that is not as it was written. */
export class BrokenChain extends Error {
  readonly at: ChainBreak;

  constructor(shard: string, at: ChainBreak) {
    super(`audit shard ${shard} is broken at record ${at.seq}: ${at.reason}`);
    this.name = "BrokenChain";
    this.at = at;
  }
}

/**
 * Checks JSON Lines as exportShard writes them, with no server. `known.tip` is where the log stood, `known.anchor` the last
 * record that was kept no more; without it the log has to begin with record 1.
 */
export function verifyLines(
  text: string,
  shard: string,
  known: { readonly tip?: ChainTip; readonly anchor?: ChainTip } = {},
): Verification {
  const { tip, anchor = emptyTip } = known;
  const lines = text.split("\n");
  const last = lines.pop();
  const check = checkLines(lines, { shard, tip: anchor, epoch: 0 });
  if (check.kind === "broken") return { kind: "broken", shard, at: check.at };
  const missing = (reason: string): Verification => ({
    kind: "broken",
    shard,
    at: { seq: check.tip.seq + 1, reason },
  });
  if (last !== "") return missing("it is not the canonical JSON of a record");
  if (tip !== undefined && (tip.seq !== check.tip.seq || tip.hash !== check.tip.hash)) {
    return missing(`the log ends here, it should end with record ${tip.seq}`);
  }
  const records = check.records.length;
  return { kind: "intact", shard, from: anchor.seq + 1, records, hash: check.tip.hash };
}

/** Parts of the chain, oldest first; a broken one is the last. */
async function* readShard(
  options: ReadOptions,
): AsyncGenerator<ChainCheck & { readonly records?: readonly AuditRecord[] }, void, void> {
  const { store, shard, keys, signal } = options;
  const stored = await store.readHead(shard, signal);
  if (stored === undefined) return;
  const { head } = stored;
  const anchor = head.anchor ?? emptyTip;
  const refs = await segmentRefs(head.sealed, anchor, options);
  if (!Array.isArray(refs)) {
    yield refs;
    return;
  }
  let at = { shard, tip: anchor, epoch: 0 };
  for (const ref of refs) {
    // oxlint-disable-next-line no-await-in-loop -- a log may be longer than memory
    const segment = await readSegment(ref, options);
    const check = segment === undefined ? gone(at.tip.seq + 1, ref.name) : checkLines(segment.lines, at);
    if (check.kind === "intact" && (check.tip.seq !== ref.tip.seq || check.tip.hash !== ref.tip.hash)) {
      yield broken(check.tip.seq + 1, `segment ${ref.name} ends here, it should end with record ${ref.tip.seq}`);
      return;
    }
    yield check;
    if (check.kind === "broken") return;
    at = { shard, tip: check.tip, epoch: check.epoch };
  }
  const check = checkHead(head, keys, at.epoch);
  yield check;
}

/** The segments after the anchor, oldest first, by following each to the one before. */
async function segmentRefs(
  newest: SegmentRef | undefined,
  anchor: ChainTip,
  options: ReadOptions,
): Promise<SegmentRef[] | (ChainCheck & { kind: "broken" })> {
  const refs: SegmentRef[] = [];
  for (let ref = newest; ref !== undefined && ref.tip.seq > anchor.seq;) {
    refs.unshift(ref);
    // oxlint-disable-next-line no-await-in-loop -- each names the one before
    const segment: Segment | undefined = await readSegment(ref, options);
    if (segment === undefined) return gone(ref.tip.seq, ref.name);
    const { previous } = segment;
    if (previous !== undefined && previous.tip.seq >= ref.tip.seq) {
      return broken(ref.tip.seq, `segment ${ref.name} names one that is not before it`);
    }
    ref = previous;
  }
  return refs;
}

async function readSegment(ref: SegmentRef, { store, signal }: ReadOptions): Promise<Segment | undefined> {
  try {
    return await store.readSegment(ref.name, signal);
  } catch (error) {
    if (error instanceof UnreadableSegment) return undefined;
    throw error;
  }
}

/** Checks what the head itself holds: its records, its tip, its seal. */
export function checkHead(head: Head, keys: Keyring | undefined, epoch = 0): ChainCheck {
  const check = checkLines(head.open, { shard: head.shard, tip: head.sealed?.tip ?? emptyTip, epoch });
  if (check.kind === "broken") return check;
  const next = check.tip.seq + 1;
  if (check.tip.seq !== head.tip.seq || check.tip.hash !== head.tip.hash) {
    return broken(next, `the log ends here, its head says it ends with record ${head.tip.seq}`);
  }
  if (check.epoch > head.epoch) return broken(check.tip.seq, `its epoch is newer than the head's`);
  if (keys !== undefined && head.tip.seq > 0) {
    if (head.seal === undefined) return broken(head.tip.seq, "the head carries no seal");
    const seal = checkMac(sealText(head), head.seal, keys);
    if (seal === "unknownKey")
      return broken(head.tip.seq, "the head is sealed by a key that is not known: give the former key too");
    if (seal === "wrong") return broken(head.tip.seq, "the head's seal does not match it");
  }
  return check;
}

/** What a head's seal is over. */
export function sealText({ shard, epoch, tip, anchor }: Head): string {
  return `dharma audit head v1\n${lineOf({ shard, epoch, tip, ...(anchor && { anchor }) })}`;
}

function broken(seq: number, reason: string): ChainCheck & { kind: "broken" } {
  return { kind: "broken", at: { seq, reason } };
}

function gone(seq: number, name: string): ChainCheck & { kind: "broken" } {
  return broken(seq, `segment ${name} is missing or can't be read`);
}

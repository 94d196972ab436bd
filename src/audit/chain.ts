// The hash chain: pure functions that link records and find the first place where the chain is broken.
import { createHash, timingSafeEqual } from "node:crypto";
import canonicalize from "canonicalize";
import type { AuditEntry, AuditRecord } from "./record.ts";

/** What the first record of a shard links to. */
export const GENESIS = "0".repeat(64);

/** A place in the chain: the sequence number and hash of the last record. */
export interface ChainTip {
  readonly seq: number;
  readonly hash: string;
}

/** Before any record. */
export const emptyTip: ChainTip = { seq: 0, hash: GENESIS };

const MAX_MESSAGE = 1024;
/** Longest record as text; beyond it an append is refused. */
export const MAX_RECORD = 16 << 10;

/** The record that follows `tip`. Throws TypeError for an entry that has no JSON form. */
export function link(
  entry: AuditEntry,
  at: { readonly tip: ChainTip; readonly shard: string; readonly epoch: number; readonly time: string },
): AuditRecord {
  const body = {
    ...entry,
    ...(entry.message === undefined ? {} : { message: entry.message.slice(0, MAX_MESSAGE) }),
    shard: at.shard,
    seq: at.tip.seq + 1,
    epoch: at.epoch,
    time: at.time,
    prevHash: at.tip.hash,
  };
  return { ...body, hash: hashOf(body) };
}

/** RFC 8785 text: one line of the log. */
export function lineOf(record: object): string {
  const text = canonicalize(record);
  if (text === undefined) throw new TypeError("the record has no JSON form");
  return text;
}

function hashOf(body: object): string {
  return createHash("sha256").update(lineOf(body)).digest("hex");
}

/** The first record that is not what it was when it was written. */
export interface ChainBreak {
  /** The sequence number that was expected there. */
  readonly seq: number;
  readonly reason: string;
}

export type ChainCheck =
  | {
      readonly kind: "intact";
      readonly tip: ChainTip;
      readonly epoch: number;
      readonly records: readonly AuditRecord[];
    }
  | { readonly kind: "broken"; readonly at: ChainBreak };

/** Checks lines that follow `tip`: each is canonical, has the right place, an unchanged hash, and links to the one before. */
export function checkLines(
  lines: readonly string[],
  from: { readonly shard: string; readonly tip: ChainTip; readonly epoch: number },
): ChainCheck {
  let { tip, epoch } = from;
  const records: AuditRecord[] = [];
  for (const line of lines) {
    const seq = tip.seq + 1;
    const broken = (reason: string): ChainCheck => ({ kind: "broken", at: { seq, reason } });
    const record = parse(line);
    if (record === undefined) return broken("it is not the canonical JSON of a record");
    const { hash, ...body } = record;
    if (record.shard !== from.shard) return broken(`it belongs to shard ${record.shard}`);
    if (record.seq !== seq) return broken(`its sequence number is ${record.seq}`);
    if (record.prevHash !== tip.hash) return broken("it does not link to the record before");
    if (record.epoch < epoch) return broken(`its epoch ${record.epoch} is older than ${epoch} of the record before`);
    if (!sameHash(hash, hashOf(body))) return broken("its content does not match its hash");
    records.push(record);
    tip = { seq, hash };
    epoch = record.epoch;
  }
  return { kind: "intact", tip, epoch, records };
}

/** A record from its line, if the line is exactly what lineOf would write. */
function parse(line: string): AuditRecord | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isRecord(value) && lineOf(value) === line ? value : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is AuditRecord {
  if (typeof value !== "object" || value === null) return false;
  const has = (name: string, type: string) => typeof Reflect.get(value, name) === type;
  return (
    ["shard", "time", "prevHash", "hash", "action", "result"].every((name) => has(name, "string")) &&
    ["seq", "epoch"].every((name) => has(name, "number")) &&
    ["actor", "object"].every((name) => has(name, "object"))
  );
}

function sameHash(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}

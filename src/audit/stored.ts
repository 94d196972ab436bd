// Reads heads and segments from JSON that anybody may have changed.
import type { ChainTip } from "./chain.ts";
import { type Head, type Segment, type SegmentRef, UnreadableSegment } from "./store.ts";

/** Throws UnreadableSegment for anything that is not a head. */
export function headOf(value: unknown, name: string): Head {
  const object = objectOf(value, name);
  const { shard, epoch, holder, seal, segments } = object;
  if (typeof shard !== "string" || typeof holder !== "string" || !isCount(epoch)) throw not("a head", name);
  if (seal !== undefined && typeof seal !== "string") throw not("a head", name);
  if (segments !== undefined && !isCount(segments)) throw not("a head", name);
  return {
    shard,
    epoch,
    holder,
    open: linesOf(object["open"], name),
    tip: tipOf(object["tip"], name),
    ...(segments === undefined ? {} : { segments }),
    ...(object["anchor"] === undefined ? {} : { anchor: tipOf(object["anchor"], name) }),
    ...(object["sealed"] === undefined ? {} : { sealed: refOf(object["sealed"], name) }),
    ...(seal === undefined ? {} : { seal }),
  };
}

/** Throws UnreadableSegment for anything that is not a segment. */
export function segmentOf(value: unknown, name: string): Segment {
  const object = objectOf(value, name);
  const { shard } = object;
  if (typeof shard !== "string") throw not("a segment", name);
  return {
    shard,
    lines: linesOf(object["lines"], name),
    ...(object["previous"] === undefined ? {} : { previous: refOf(object["previous"], name) }),
  };
}

function refOf(value: unknown, name: string): SegmentRef {
  const object = objectOf(value, name);
  if (typeof object["name"] !== "string") throw not("a segment's name", name);
  return { name: object["name"], tip: tipOf(object["tip"], name) };
}

function tipOf(value: unknown, name: string): ChainTip {
  const { seq, hash } = objectOf(value, name);
  if (!isCount(seq) || typeof hash !== "string") throw not("a place in the chain", name);
  return { seq, hash };
}

function linesOf(value: unknown, name: string): readonly string[] {
  if (!Array.isArray(value)) throw not("records", name);
  const lines = value.filter((line) => typeof line === "string");
  if (lines.length !== value.length) throw not("records", name);
  return lines;
}

function objectOf(value: unknown, name: string): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw not("an object", name);
  return Object.fromEntries(Object.entries(value));
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function not(what: string, name: string): UnreadableSegment {
  return new UnreadableSegment(name, `it does not hold ${what}`);
}

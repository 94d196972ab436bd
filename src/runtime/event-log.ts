// What to send for a stream of notes: pure bookkeeping of series, rates and memory. Times are monotonic milliseconds.
import type { KubeObject } from "../api/object.ts";
import type { EventNote } from "./events.ts";

/** One event or series as known here. */
export interface Occurrence {
  readonly id: string;
  readonly regarding: KubeObject;
  readonly event: EventNote;
  /** Wall clock of the first occurrence; the eventTime. */
  readonly firstWallMs: number;
  lastWallMs: number;
  lastMs: number;
  count: number;
  /** Name of the stored Event once it was sent. */
  stored: string | undefined;
  /** The count last sent. */
  sent: number;
}

export interface EventLimits {
  /** Events about one object: at most this many at once ... */
  readonly burst: number;
  /** ... and one more after each of these milliseconds. client-go: 25, then one in 5 minutes. */
  readonly refillMs: number;
  /** A repeat within this joins the series. client-go: 6 minutes. */
  readonly seriesMs: number;
  /** Most occurrences remembered; the oldest go first. */
  readonly memory: number;
}

export const defaultEventLimits: EventLimits = { burst: 25, refillMs: 300_000, seriesMs: 360_000, memory: 4096 };

interface Bucket {
  tokens: number;
  at: number;
}

export class EventLog {
  readonly #limits: EventLimits;
  readonly #known = new Map<string, Occurrence>();
  readonly #buckets = new Map<string, Bucket>();
  #dirty = new Set<Occurrence>();
  #dropped = 0;

  constructor(limits: EventLimits = defaultEventLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#known.size;
  }

  /** Notes it; `dropped` when over the object's rate. */
  note(regarding: KubeObject, event: EventNote, nowMs: number, wallMs: number): "kept" | "dropped" {
    const id = identity(regarding, event);
    const known = this.#known.get(id);
    if (known && nowMs - known.lastMs <= this.#limits.seriesMs) {
      known.count += 1;
      known.lastMs = nowMs;
      known.lastWallMs = wallMs;
      this.#known.delete(id);
      this.#known.set(id, known);
      this.#dirty.add(known);
      return "kept";
    }
    if (!this.#pay(regarding.metadata.uid ?? regarding.metadata.name, nowMs)) {
      this.#dropped += 1;
      return "dropped";
    }
    const fresh: Occurrence = {
      id,
      regarding,
      event,
      firstWallMs: wallMs,
      lastWallMs: wallMs,
      lastMs: nowMs,
      count: 1,
      stored: undefined,
      sent: 0,
    };
    this.#known.delete(id);
    this.#known.set(id, fresh);
    this.#dirty.add(fresh);
    this.#shrink(nowMs);
    return "kept";
  }

  /** What is to be sent now, oldest first; not told again until it changes. */
  takeDirty(): Occurrence[] {
    const dirty = [...this.#dirty];
    this.#dirty = new Set();
    return dirty;
  }

  /** To be sent again later. */
  putBack(occurrence: Occurrence): void {
    this.#dirty.add(occurrence);
  }

  /** Drops counted since the last call. */
  takeDropped(): number {
    const dropped = this.#dropped;
    this.#dropped = 0;
    return dropped;
  }

  #pay(object: string, nowMs: number): boolean {
    const bucket = this.#buckets.get(object) ?? { tokens: this.#limits.burst, at: nowMs };
    const tokens = Math.min(this.#limits.burst, bucket.tokens + (nowMs - bucket.at) / this.#limits.refillMs);
    const paid = tokens >= 1;
    this.#buckets.delete(object);
    this.#buckets.set(object, { tokens: paid ? tokens - 1 : tokens, at: nowMs });
    return paid;
  }

  #shrink(nowMs: number): void {
    for (const [id, occurrence] of this.#known) {
      const isOld = nowMs - occurrence.lastMs > this.#limits.seriesMs && !this.#dirty.has(occurrence);
      if (!isOld && this.#known.size <= this.#limits.memory) break;
      if (this.#dirty.delete(occurrence)) this.#dropped += 1;
      this.#known.delete(id);
    }
    const fullAgainMs = this.#limits.refillMs * this.#limits.burst;
    for (const [object, bucket] of this.#buckets) {
      if (nowMs - bucket.at <= fullAgainMs && this.#buckets.size <= this.#limits.memory) break;
      this.#buckets.delete(object);
    }
  }
}

function identity(regarding: KubeObject, event: EventNote): string {
  const { uid, namespace, name } = regarding.metadata;
  const related = event.related?.metadata.uid ?? "";
  return [uid ?? `${namespace}/${name}`, event.type, event.reason, event.action, event.note, related].join("\u0000");
}

// Engine events of updates in flight: put back in order, given to the operator once each, summed up for history.
import { isObject } from "../deployment.ts";
import { StateError } from "../errors.ts";
import type { EngineEvent, EngineEventSink } from "../events.ts";
import { EventLog } from "../history.ts";
import type { StackId } from "../stack.ts";
import { mayReport } from "./access.ts";
import type { UpdateClaims } from "./access.ts";
import type { ApiAnswer, ApiCall } from "./exchange.ts";

interface Stream {
  readonly log: EventLog;
  readonly early: Map<number, EngineEvent>;
  next: number;
}

const maxStreams = 2_000;
/** The client sends three batches of 50 at once: a larger gap means that a batch was given up on. */
const maxEarly = 500;

export class EventStreams {
  readonly #sink: EngineEventSink;
  readonly #streams = new Map<string, Stream>();

  constructor(sink: EngineEventSink) {
    this.#sink = sink;
  }

  add(claims: UpdateClaims, events: readonly EngineEvent[]): void {
    const stream = this.#open(claims.updateId);
    for (const event of events) {
      if (event.sequence >= stream.next) stream.early.set(event.sequence, event);
    }
    this.#deliver(claims, stream);
    if (stream.early.size > maxEarly) this.#flush(claims, stream);
  }

  /** Gives out what was held back. The log is what history keeps. */
  end(claims: UpdateClaims): EventLog {
    const stream = this.#open(claims.updateId);
    this.#flush(claims, stream);
    this.#streams.delete(claims.updateId);
    return stream.log;
  }

  #open(updateId: string): Stream {
    const known = this.#streams.get(updateId);
    if (known) return known;
    const stream: Stream = { log: new EventLog(), early: new Map(), next: 0 };
    this.#streams.set(updateId, stream);
    const [oldest] = this.#streams.keys();
    if (this.#streams.size > maxStreams && oldest !== undefined) this.#streams.delete(oldest);
    return stream;
  }

  #flush(claims: UpdateClaims, stream: Stream): void {
    for (const sequence of [...stream.early.keys()].toSorted((a, b) => a - b)) {
      stream.next = Math.max(stream.next, sequence);
      this.#deliver(claims, stream);
    }
  }

  #deliver(claims: UpdateClaims, stream: Stream): void {
    for (let event = stream.early.get(stream.next); event; event = stream.early.get(stream.next)) {
      stream.early.delete(stream.next);
      stream.next += 1;
      stream.log.add(event);
      const { stack, updateId, updateKind: kind, operation } = claims;
      this.#sink({ stack, updateId, kind, operation, event });
    }
  }
}

/** POST events and events/batch. */
export function postEvents(streams: EventStreams, call: ApiCall, stack: StackId): ApiAnswer {
  const claims = mayReport(call.claims, stack, call.parts[5] ?? "");
  const list = isObject(call.body) && Array.isArray(call.body["events"]) ? call.body["events"] : [call.body];
  const events = list.filter(isEvent);
  if (events.length !== list.length) throw new StateError("invalid", "an engine event has no sequence or timestamp");
  streams.add(claims, events);
  return { status: 200, body: {} };
}

function isEvent(value: unknown): value is EngineEvent {
  return isObject(value) && Number.isSafeInteger(value["sequence"]) && typeof value["timestamp"] === "number";
}

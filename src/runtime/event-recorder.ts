// Sends events to events.k8s.io/v1: a create for the first, a patch of the series for repeats.
import { createHash } from "node:crypto";
import { type Event, events, type ObjectReference } from "../api/core.ts";
import type { KubeObject } from "../api/object.ts";
import type { Clock } from "../kube/clock.ts";
import { isKubeError } from "../kube/errors.ts";
import type { Kube } from "../kube/kube.ts";
import { rfc3339Micro } from "./conditions.ts";
import { EventLog, type EventLimits, type Occurrence } from "./event-log.ts";
import type { EventRecorder } from "./events.ts";
import type { Logger } from "./log.ts";
import { maskText } from "./mask.ts";

export interface RecorderOptions {
  readonly kube: Kube;
  readonly clock: Clock;
  readonly log: Logger;
  /** This replica; the reportingInstance. */
  readonly identity: string;
  readonly limits?: EventLimits;
  readonly dropped?: (count: number) => void;
}

/** An EventRecorder that somebody has to run. */
export interface RunningRecorder extends EventRecorder {
  /** Sends twice a second until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

const reportingController = "iacdharma.com/dharma";
const tickMs = 500;
/** Most requests a tick, so that a storm of events can't starve the API server: 50 a second. */
const batch = 25;
/** The API server refuses notes of 1 kB and more. */
const longestNote = 1000;

export function createEventRecorder(options: RecorderOptions): RunningRecorder {
  const { kube, clock, log } = options;
  const book = new EventLog(options.limits);
  let sending: Promise<void> = Promise.resolve();

  const send = async (occurrence: Occurrence, signal: AbortSignal): Promise<void> => {
    const { count } = occurrence;
    try {
      if (occurrence.stored === undefined) {
        const created = await kube.create(events, eventOf(occurrence, options.identity), { signal });
        occurrence.stored = created.metadata.name;
      }
      if (count > 1 && count > occurrence.sent) {
        const series = { count, lastObservedTime: rfc3339Micro(occurrence.lastWallMs) };
        const key = { namespace: namespaceOf(occurrence.regarding), name: occurrence.stored };
        await kube.patch(events, key, { kind: "merge", body: { series } }, { signal });
      }
      occurrence.sent = count;
    } catch (error) {
      if (isKubeError(error, "alreadyExists")) {
        occurrence.stored = nameOf(occurrence);
        book.putBack(occurrence);
      } else if (isKubeError(error, "notFound") && occurrence.stored !== undefined) {
        // The stored Event has expired (an hour by default): the series goes on in a new one.
        occurrence.stored = undefined;
        book.putBack(occurrence);
      } else if (signal.aborted || isKubeError(error, "throttled", "server", "timeout", "unreachable")) {
        book.putBack(occurrence);
      } else {
        options.dropped?.(1);
        log.debug("event refused", { reason: occurrence.event.reason, error });
      }
    }
  };

  const sendAll = async (most: number, signal: AbortSignal): Promise<number> => {
    const dropped = book.takeDropped();
    if (dropped > 0) options.dropped?.(dropped);
    const dirty = book.takeDirty();
    for (const occurrence of dirty.slice(most)) book.putBack(occurrence);
    for (const occurrence of dirty.slice(0, most)) {
      // oxlint-disable-next-line no-await-in-loop -- one at a time bounds what events cost the API server
      await send(occurrence, signal);
    }
    return dirty.length;
  };

  /** Senders take turns, so that a create and the patch that follows it keep their order. */
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const turn = sending.then(work, work);
    sending = turn.catch(() => {});
    return turn;
  };

  return {
    record(regarding, event) {
      const note = cut(maskText(event.note));
      book.note(slimObject(regarding), { ...event, note }, clock.monotonic(), clock.now());
    },
    flush: (signal) =>
      inTurn(async () => {
        // Failures put work back; three rounds, then what is left is given up.
        for (let round = 0; round < 3 && !signal.aborted; round += 1) {
          // oxlint-disable-next-line no-await-in-loop -- rounds follow each other
          if ((await sendAll(Number.POSITIVE_INFINITY, signal)) === 0) return;
        }
      }),
    async run(signal) {
      while (!signal.aborted) {
        // oxlint-disable-next-line no-await-in-loop -- a loop in time
        await clock.sleep(tickMs, signal).catch(() => {});
        // oxlint-disable-next-line no-await-in-loop -- a loop in time
        if (!signal.aborted) await inTurn(async () => void (await sendAll(batch, signal)));
      }
    },
  };
}

function eventOf(occurrence: Occurrence, identity: string): Event {
  const { regarding, event } = occurrence;
  return {
    apiVersion: "events.k8s.io/v1",
    kind: "Event",
    metadata: { name: nameOf(occurrence), namespace: namespaceOf(regarding) },
    eventTime: rfc3339Micro(occurrence.firstWallMs),
    reportingController,
    reportingInstance: identity.slice(0, 128),
    type: event.type,
    reason: event.reason.slice(0, 128),
    action: event.action.slice(0, 128),
    note: event.note,
    regarding: referenceTo(regarding),
    ...(event.related === undefined ? {} : { related: referenceTo(event.related) }),
  };
}

function nameOf(occurrence: Occurrence): string {
  const hash = createHash("sha256").update(`${occurrence.id}\u0000${occurrence.firstWallMs}`).digest("hex");
  return `${occurrence.regarding.metadata.name.slice(0, 230)}.${hash.slice(0, 16)}`;
}

/** Events about cluster-scoped objects live in `default`. */
function namespaceOf(object: KubeObject): string {
  return object.metadata.namespace ?? "default";
}

function referenceTo({ apiVersion, kind, metadata }: KubeObject): ObjectReference {
  const { name, namespace, uid, resourceVersion } = metadata;
  return {
    apiVersion,
    kind,
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
  };
}

/** What an event needs of its object, so that a buffer of events does not keep old objects alive. */
function slimObject({ apiVersion, kind, metadata }: KubeObject): KubeObject {
  const { name, namespace, uid, resourceVersion } = metadata;
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    },
  };
}

function cut(note: string): string {
  if (Buffer.byteLength(note) <= longestNote) return note;
  return `${new TextDecoder().decode(Buffer.from(note).subarray(0, longestNote - 4)).replace(/\uFFFD+$/, "")}…`;
}

// Turns the stream of a watch into events.
import type { KubeObject, ResourceType } from "../api/object.ts";
import { KubeError } from "./errors.ts";
import { connectionFailure } from "./failures.ts";
import { asRecord, asText, isRecord } from "./json.ts";
import { LineSplitter } from "./ndjson.ts";
import type { WatchEvent } from "./kube.ts";
import { decodeObject } from "./decode.ts";
import { errorFromStatus } from "./status.ts";

/** Source: k8s.io/apimachinery/pkg/apis/meta/v1 InitialEventsAnnotationKey. */
const initialEventsEnd = "k8s.io/initial-events-end";

/** Events of `body` in order. Throws as Kube.watch says. The source is ended when the reader stops. */
export async function* decodeWatch<T extends KubeObject>(
  what: string,
  type: ResourceType<T>,
  body: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<WatchEvent<T>> {
  const lines = new LineSplitter();
  const chunks = body[Symbol.asyncIterator]();
  try {
    for (;;) {
      const chunk = await nextChunk(what, chunks, signal);
      if (chunk === undefined) break;
      for (const line of lines.push(chunk)) yield decodeEvent(what, type, line);
    }
  } finally {
    await chunks.return?.();
  }
  if (lines.torn) throw new KubeError("malformed", `${what}: the stream ended in the middle of an event`);
}

/** Only the source's failures become connection failures, never those of the reader. */
async function nextChunk(
  what: string,
  chunks: AsyncIterator<Uint8Array>,
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  try {
    const { done, value } = await chunks.next();
    signal.throwIfAborted();
    return done === true ? undefined : value;
  } catch (error) {
    signal.throwIfAborted();
    throw connectionFailure(what, error);
  }
}

function decodeEvent<T extends KubeObject>(what: string, type: ResourceType<T>, line: string): WatchEvent<T> {
  let event: unknown;
  try {
    event = JSON.parse(line);
  } catch (error) {
    throw new KubeError("malformed", `${what}: an event is not JSON`, { cause: error });
  }
  if (!isRecord(event)) throw new KubeError("malformed", `${what}: an event is not an object`);
  switch (event.type) {
    case "ADDED":
      return { kind: "added", object: decodeObject(what, type, event.object) };
    case "MODIFIED":
      return { kind: "modified", object: decodeObject(what, type, event.object) };
    case "DELETED":
      return { kind: "deleted", object: decodeObject(what, type, event.object) };
    case "BOOKMARK": {
      const metadata = asRecord(asRecord(event.object).metadata);
      return {
        kind: "bookmark",
        resourceVersion: asText(metadata.resourceVersion),
        initialEventsEnd: asRecord(metadata.annotations)[initialEventsEnd] === "true",
      };
    }
    case "ERROR":
      throw errorFromStatus(what, 200, event.object);
    default:
      throw new KubeError("malformed", `${what}: an event has the unknown type ${JSON.stringify(event.type)}`);
  }
}

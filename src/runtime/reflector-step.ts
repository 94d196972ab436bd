// How a reflector lives: every state it can be in, and what each input makes of it. Pure; reflector.ts carries it out.
//
//   init -> streaming (WatchList) or listing (pages) -> watching -> ... ; any failure -> backoff -> where it left off;
//   a version that is gone -> init again; a broken connection -> probing (is it still the same server?) -> watching.
import type { KubeObject } from "../api/object.ts";
import { isKubeError, transientKinds } from "../kube/index.ts";
import type { WatchEvent } from "../kube/index.ts";
import type {
  Memory,
  PageRequest,
  ReflectorEffect,
  ReflectorEnv,
  ReflectorInput,
  ReflectorState,
  Resume,
  Step,
} from "./reflector-state.ts";
import { reflectorBackoffMs, watchTimeoutSeconds } from "./reflector-timing.ts";
import { compareVersions } from "./versions.ts";

/** Objects a page. */
const pageLimit = 500;
/** After so many broken streams in a row the initial state is listed instead: the server may not know WatchList. */
const maxBrokenStreams = 3;
/** A watch that ends sooner without an event is a failure: reconnecting at once would be a hot loop. */
const shortestWatchMs = 1_000;
/** A second relist sooner than this waits like a failure. */
const relistGapMs = 10_000;

export function step<T extends KubeObject>(
  state: ReflectorState,
  input: ReflectorInput<T>,
  env: ReflectorEnv,
): Step<T> {
  switch (input.kind) {
    case "start":
      return begin(state.memory, "stream", env);
    case "woke":
      return state.kind === "backoff" ? resume(state.memory, state.next, env) : { state, effects: [] };
    case "page":
      return onPage(state, input, env);
    case "probed":
      return onProbed(state, input, env);
    case "event":
      return onEvent(state, input.event, env);
    case "ended":
      return onEnded(state, env);
    case "failed":
      return onFailure(state, input.error, env);
  }
}

function begin<T>(memory: Memory, by: "stream" | "pages", env: ReflectorEnv): Step<T> {
  const stream = by === "stream" && memory.streaming === "allowed" && memory.brokenStreams < maxBrokenStreams;
  if (!stream) return { ...page(memory, { limit: pageLimit, continueToken: undefined }, [{ kind: "discard" }]) };
  return {
    state: { kind: "streaming", memory },
    effects: [
      { kind: "discard" },
      { kind: "watch", resourceVersion: undefined, timeoutSeconds: watchTimeoutSeconds(env.random) },
    ],
  };
}

function page<T>(memory: Memory, at: PageRequest, before: readonly ReflectorEffect<T>[] = []): Step<T> {
  return { state: { kind: "listing", at, memory }, effects: [...before, { kind: "list", ...at }] };
}

function watch<T>(
  memory: Memory,
  resourceVersion: string,
  env: ReflectorEnv,
  before: readonly ReflectorEffect<T>[] = [],
): Step<T> {
  return {
    state: { kind: "watching", resourceVersion, openedAt: env.now, eventful: false, memory },
    effects: [...before, { kind: "watch", resourceVersion, timeoutSeconds: watchTimeoutSeconds(env.random) }],
  };
}

function resume<T>(memory: Memory, next: Resume, env: ReflectorEnv): Step<T> {
  switch (next.kind) {
    case "begin":
      return begin(memory, next.by, env);
    case "page":
      return page(memory, next.at);
    case "probe":
      return {
        state: { kind: "probing", resourceVersion: next.resourceVersion, memory },
        effects: [{ kind: "probe" }],
      };
    case "watch":
      return watch(memory, next.resourceVersion, env);
  }
}

function onPage<T>(
  state: ReflectorState,
  input: ReflectorInput<T> & { readonly kind: "page" },
  env: ReflectorEnv,
): Step<T> {
  if (state.kind !== "listing") return { state, effects: [] };
  const stage: ReflectorEffect<T> = { kind: "stage", objects: input.items };
  if (input.continueToken !== undefined)
    return page(state.memory, { ...state.at, continueToken: input.continueToken }, [stage]);
  const memory = { ...state.memory, committedAt: env.now };
  return watch(memory, input.resourceVersion, env, [stage, { kind: "commit", resourceVersion: input.resourceVersion }]);
}

/** A server begun afresh would let a watch from our version wait in silence, and keep what it never had in our store. */
function onProbed<T>(
  state: ReflectorState,
  input: { readonly resourceVersion: string; readonly agrees: boolean },
  env: ReflectorEnv,
): Step<T> {
  if (state.kind !== "probing") return { state, effects: [] };
  const sameServer = input.agrees && compareVersions(input.resourceVersion, state.resourceVersion) !== "older";
  return sameServer ? watch(state.memory, state.resourceVersion, env) : begin(state.memory, "stream", env);
}

function onEvent<T extends KubeObject>(state: ReflectorState, event: WatchEvent<T>, env: ReflectorEnv): Step<T> {
  if (state.kind === "streaming") {
    if (event.kind === "deleted") return { state, effects: [{ kind: "unstage", object: event.object }] };
    if (event.kind !== "bookmark") return { state, effects: [{ kind: "stage", objects: [event.object] }] };
    if (!event.initialEventsEnd) return { state, effects: [] };
    const { resourceVersion } = event;
    return {
      state: {
        kind: "watching",
        resourceVersion,
        openedAt: env.now,
        eventful: true,
        memory: { ...state.memory, brokenStreams: 0, committedAt: env.now },
      },
      effects: [{ kind: "commit", resourceVersion }],
    };
  }
  if (state.kind !== "watching") return { state, effects: [] };
  if (event.kind === "bookmark")
    return {
      state: { ...state, resourceVersion: event.resourceVersion, eventful: true },
      effects: [{ kind: "advance", resourceVersion: event.resourceVersion }],
    };
  const resourceVersion = event.object.metadata.resourceVersion ?? state.resourceVersion;
  return {
    state: { ...state, resourceVersion, eventful: true },
    effects: [{ kind: event.kind === "deleted" ? "remove" : "put", object: event.object }],
  };
}

function onEnded<T>(state: ReflectorState, env: ReflectorEnv): Step<T> {
  if (state.kind === "streaming")
    return failStream(state.memory, new Error("the stream of the initial state ended before its end"), env);
  if (state.kind !== "watching") return { state, effects: [] };
  if (state.eventful || env.now - state.openedAt >= shortestWatchMs)
    return watch(state.memory, state.resourceVersion, env);
  const error = new Error("the server ended a watch as soon as it began");
  return backoff(state.memory, error, { kind: "watch", resourceVersion: state.resourceVersion }, env);
}

function onFailure<T>(state: ReflectorState, error: unknown, env: ReflectorEnv): Step<T> {
  const { memory } = state;
  switch (state.kind) {
    case "init":
    case "backoff":
      return { state, effects: [{ kind: "report", error }] };
    case "streaming":
      // A server without WatchList says 422 (or 400); one that may not watch may still list.
      if (isKubeError(error, "invalid")) return begin({ ...memory, streaming: "unsupported" }, "pages", env);
      if (isKubeError(error, "forbidden")) return begin(memory, "pages", env);
      return failStream(memory, error, env);
    case "listing":
      // The continue token is too old: pages can't keep up with compaction, so take it whole.
      if (isKubeError(error, "gone") && state.at.continueToken !== undefined)
        return page(memory, { limit: 0, continueToken: undefined }, [{ kind: "report", error }, { kind: "discard" }]);
      if (isKubeError(error, ...transientKinds)) return backoff(memory, error, { kind: "page", at: state.at }, env);
      return backoff(memory, error, { kind: "begin", by: "pages" }, env);
    case "watching":
    case "probing":
      if (isKubeError(error, "gone", "invalid", "notFound")) return relist(memory, error, env);
      return backoff(memory, error, { kind: "probe", resourceVersion: state.resourceVersion }, env);
  }
}

function failStream<T>(memory: Memory, error: unknown, env: ReflectorEnv): Step<T> {
  const brokenStreams = isKubeError(error, "unreachable", "throttled")
    ? memory.brokenStreams
    : memory.brokenStreams + 1;
  return backoff({ ...memory, brokenStreams }, error, { kind: "begin", by: "stream" }, env);
}

/** The watch can't go on from its version. At once, unless the last whole state is quite new. */
function relist<T>(memory: Memory, error: unknown, env: ReflectorEnv): Step<T> {
  const recent = memory.committedAt !== undefined && env.now - memory.committedAt < relistGapMs;
  if (recent || !isKubeError(error, "gone")) return backoff(memory, error, { kind: "begin", by: "stream" }, env);
  const begun = begin<T>(memory, "stream", env);
  return { state: begun.state, effects: [{ kind: "report", error }, ...begun.effects] };
}

function backoff<T>(memory: Memory, error: unknown, next: Resume, env: ReflectorEnv): Step<T> {
  const { ms, failures } = reflectorBackoffMs(memory, error, env);
  return {
    state: { kind: "backoff", next, memory: { ...memory, failures, failedAt: env.now } },
    effects: [
      { kind: "report", error },
      { kind: "wait", ms },
    ],
  };
}

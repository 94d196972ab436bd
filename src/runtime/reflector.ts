// Carries out what reflector-step.ts decides: one source of inputs at a time, one step for each input.
import type { KubeObject, ResourceType } from "../api/object.ts";
import type { Clock, Kube, Random, Selection, WatchEvent } from "../kube/index.ts";
import type { Pace } from "./pace.ts";
import { initialState } from "./reflector-state.ts";
import type { ReflectorEffect, ReflectorInput, ReflectorState } from "./reflector-state.ts";
import { step } from "./reflector-step.ts";
import type { ObjectStore } from "./store.ts";

export interface ReflectorParts<T extends KubeObject> {
  readonly kube: Kube;
  readonly type: ResourceType<T>;
  readonly selection: Selection;
  readonly store: ObjectStore<T>;
  readonly clock: Clock;
  readonly random: Random;
  readonly pace: Pace;
  /** The life of the reflector. */
  readonly signal: AbortSignal;
  /** Silence after which a watch is dead; milliseconds, above 60,000 outside tests. */
  readonly idleMs: number;
  /** Each state as it is entered, and each sign of life from the server. */
  readonly onState: (state: ReflectorState, contact: "heard" | "silent") => void;
  readonly report: (error: unknown) => void;
}

/** Inputs that are signs of life of the server. */
const heard: ReadonlySet<string> = new Set(["page", "probed", "event", "ended"]);

/** Where the next input comes from. */
interface Source<T> {
  next(): Promise<ReflectorInput<T>>;
  close(): Promise<void>;
}

/** Fills the store and keeps it up to date until `signal` aborts; then resolves. Never rejects for a failure of the server. */
export async function runReflector<T extends KubeObject>(parts: ReflectorParts<T>): Promise<void> {
  const { clock, random, pace, signal } = parts;
  let state = initialState;
  let source: Source<T> = once(() => Promise.resolve({ kind: "start" }));
  try {
    while (!signal.aborted) {
      const input = await source.next();
      if (signal.aborted) break;
      const next = step(state, input, { now: clock.monotonic(), random: random() });
      if (next.state !== state) parts.onState(next.state, heard.has(input.kind) ? "heard" : "silent");
      state = next.state;
      for (const effect of next.effects) {
        const begun = await carryOut(parts, effect);
        if (begun === undefined) continue;
        await source.close();
        source = begun;
      }
      if (pace.due()) await pace.breathe();
    }
  } finally {
    await source.close();
  }
}

/** Returns the new source when the effect begins one. */
async function carryOut<T extends KubeObject>(
  parts: ReflectorParts<T>,
  effect: ReflectorEffect<T>,
): Promise<Source<T> | undefined> {
  const { store } = parts;
  switch (effect.kind) {
    case "discard":
      store.discard();
      return undefined;
    case "stage":
      await store.stage(effect.objects);
      return undefined;
    case "unstage":
      store.unstage(effect.object);
      return undefined;
    case "commit":
      await store.commit(effect.resourceVersion);
      return undefined;
    case "put":
      store.put(effect.object);
      return undefined;
    case "remove":
      store.remove(effect.object);
      return undefined;
    case "advance":
      store.advance(effect.resourceVersion);
      return undefined;
    case "report":
      parts.report(effect.error);
      return undefined;
    case "list":
      return once(() => listPage(parts, effect));
    case "probe":
      return once(() => probe(parts));
    case "watch":
      return watchSource(parts, effect);
    case "wait":
      return once(async () => {
        await parts.clock.sleep(effect.ms, parts.signal);
        return { kind: "woke" };
      });
  }
}

async function listPage<T extends KubeObject>(
  parts: ReflectorParts<T>,
  effect: ReflectorEffect<T> & { readonly kind: "list" },
): Promise<ReflectorInput<T>> {
  const page = await parts.kube.list(parts.type, {
    ...parts.selection,
    ...(effect.limit > 0 && { limit: effect.limit }),
    ...(effect.continueToken !== undefined && { continueToken: effect.continueToken }),
    retry: "none", // the reflector has a backoff of its own
    signal: parts.signal,
  });
  const { items, resourceVersion, continueToken } = page;
  return { kind: "page", items, resourceVersion, continueToken };
}

/** One request tells the server's version and whether an object we hold is still the same one there. */
async function probe<T extends KubeObject>(parts: ReflectorParts<T>): Promise<ReflectorInput<T>> {
  const { selection, store } = parts;
  const held = store.first;
  const fields = [selection.fieldSelector, held && `metadata.name=${held.metadata.name}`].filter(
    (each) => each !== undefined,
  );
  const page = await parts.kube.list(parts.type, {
    ...selection,
    ...(held?.metadata.namespace !== undefined && { namespace: held.metadata.namespace }),
    ...(fields.length > 0 && { fieldSelector: fields.join(",") }),
    limit: 1,
    timeoutMs: 10_000,
    retry: "none",
    signal: parts.signal,
  });
  return {
    kind: "probed",
    resourceVersion: page.resourceVersion,
    agrees: page.items[0]?.metadata.uid === held?.metadata.uid,
  };
}

function watchSource<T extends KubeObject>(
  parts: ReflectorParts<T>,
  effect: ReflectorEffect<T> & { readonly kind: "watch" },
): Source<T> {
  const stream: AsyncIterable<WatchEvent<T>> = parts.kube.watch(parts.type, {
    ...parts.selection,
    ...(effect.resourceVersion === undefined
      ? { sendInitialEvents: true }
      : { resourceVersion: effect.resourceVersion }),
    timeoutSeconds: effect.timeoutSeconds,
    idleMs: parts.idleMs,
    signal: parts.signal,
  });
  const events = stream[Symbol.asyncIterator]();
  return {
    next: () =>
      failing(async () => {
        const { done, value } = await events.next();
        return done === true ? { kind: "ended" } : { kind: "event", event: value };
      }),
    async close() {
      await events.return?.();
    },
  };
}

/** A source of one input. */
function once<T>(work: () => Promise<ReflectorInput<T>>): Source<T> {
  return { next: () => failing(work), close: () => Promise.resolve() };
}

async function failing<T>(work: () => Promise<ReflectorInput<T>>): Promise<ReflectorInput<T>> {
  try {
    return await work();
  } catch (error) {
    return { kind: "failed", error }; // also the signal's abort, which the loop sees for itself
  }
}

// Shared informers: one reflector and one store for each type and selection, alive as long as somebody refers to it.
import type { KubeObject, ResourceType } from "../api/object.ts";
import type { Clock, Kube, Random, Selection } from "../kube/index.ts";
import type { Informer, InformerOptions, Informers } from "./cache.ts";
import { FollowingInformer } from "./informer.ts";
import { Interner } from "./interner.ts";
import { createPace } from "./pace.ts";
import type { Pace } from "./pace.ts";

export interface InformersOptions {
  readonly kube: Kube;
  readonly clock: Clock;
  readonly random: Random;
  /** The owner's scope: when it aborts every informer stops. */
  readonly signal: AbortSignal;
  /** Failures that the informers recover from by themselves, for the log: `what` is the plural of the type. */
  readonly report: (what: string, error: unknown) => void;
  /** Milliseconds of silence after which a watch is dead. Default 90,000; bookmarks come every 60,000. */
  readonly idleMs?: number;
  /** Default 120,000. */
  readonly syncTimeoutMs?: number;
  /** Made for each informer. Default createPace(clock); `restless` for simulation. */
  readonly pace?: () => Pace;
}

export function createInformers(options: InformersOptions): Informers {
  const { signal } = options;
  const interner = new Interner();
  const shared = new Map<string, Shared>();
  const running = new Set<Promise<void>>();
  const closed = closeWith(signal, shared, running);

  const start = <T extends KubeObject>(
    name: string,
    type: ResourceType<T>,
    selection: Selection,
    reduce: ((object: T) => T) | undefined,
  ): Shared & { informer: FollowingInformer<T> } => {
    const stop = new AbortController();
    const parts = {
      kube: options.kube,
      clock: options.clock,
      random: options.random,
      interner,
      pace: (options.pace ?? (() => createPace(options.clock)))(),
      signal: stop.signal,
      report: (error: unknown) => options.report(type.plural, error),
      idleMs: options.idleMs ?? 90_000,
      syncTimeoutMs: options.syncTimeoutMs ?? 120_000,
    };
    const informer = new FollowingInformer(type, selection, parts, reduce);
    const begun = { informer, stop, references: 0 };
    shared.set(name, begun);
    const run = informer
      .run()
      .catch((error: unknown) => options.report(type.plural, error))
      .finally(() => running.delete(run));
    running.add(run);
    return begun;
  };

  return {
    informer<T extends KubeObject>(type: ResourceType<T>, wanted: InformerOptions<T>): Informer<T> {
      signal.throwIfAborted();
      wanted.signal.throwIfAborted();
      const selection = selectionOf(wanted);
      const name = nameOf(type, selection);
      const found = shared.get(name);
      const entry = found !== undefined && isOf(type, found) ? found : start(name, type, selection, wanted.reduce);
      for (const [index, values] of Object.entries(wanted.indexes ?? {})) entry.informer.addIndex(index, values);
      entry.references += 1;
      wanted.signal.addEventListener("abort", () => release(shared, name, entry), { once: true });
      return entry.informer;
    },
    all: () => [...shared.values()].map((each) => each.informer),
    closed,
  };
}

interface Shared {
  readonly informer: Informer<KubeObject>;
  readonly stop: AbortController;
  references: number;
}

function release(shared: Map<string, Shared>, name: string, entry: Shared): void {
  entry.references -= 1;
  if (entry.references > 0) return;
  if (shared.get(name) === entry) shared.delete(name);
  entry.stop.abort(new Error(`nobody needs the informer of ${name} any more`));
}

/** Entries are found by a name made of the type, so what is found under it is of that type. */
function isOf<T extends KubeObject>(
  type: ResourceType<T>,
  entry: Shared,
): entry is Shared & { informer: FollowingInformer<T> } {
  return entry.informer.type.plural === type.plural && entry.informer.type.group === type.group;
}

function selectionOf(options: Selection): Selection {
  const { namespace, labelSelector, fieldSelector, metadataOnly } = options;
  return {
    ...(namespace !== undefined && { namespace }),
    ...(labelSelector !== undefined && { labelSelector }),
    ...(fieldSelector !== undefined && { fieldSelector }),
    ...(metadataOnly && { metadataOnly }),
  };
}

function nameOf(type: ResourceType, selection: Selection): string {
  const { namespace, labelSelector, fieldSelector, metadataOnly } = selection;
  return JSON.stringify([type.group, type.version, type.plural, namespace, labelSelector, fieldSelector, metadataOnly]);
}

async function closeWith(
  signal: AbortSignal,
  shared: Map<string, Shared>,
  running: ReadonlySet<Promise<void>>,
): Promise<void> {
  const over = Promise.withResolvers<void>();
  const stopAll = () => {
    for (const each of shared.values()) each.stop.abort(signal.reason);
    shared.clear();
    over.resolve();
  };
  if (signal.aborted) stopAll();
  signal.addEventListener("abort", stopAll, { once: true });
  await over.promise;
  await Promise.allSettled(running);
}

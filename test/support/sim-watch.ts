// One watch on the simulated API server.
import { KubeError } from "../../src/kube/index.ts";
import type { Clock, WatchEvent, WatchOptions } from "../../src/kube/index.ts";
import type { SimFaults } from "./sim-faults.ts";
import { eventOf, selects, shown } from "./sim-select.ts";
import type { SimObject, SimStorage } from "./sim-storage.ts";

export interface SimWatchParts {
  readonly what: string;
  readonly type: string;
  readonly storage: SimStorage;
  readonly faults: SimFaults;
  readonly clock: Clock;
  /** Aborts when the server goes down. */
  readonly server: AbortSignal;
}

/** Milliseconds between bookmarks. */
const bookmarkMs = 60_000;

export async function* simWatch(parts: SimWatchParts, options: WatchOptions): AsyncGenerator<WatchEvent<SimObject>> {
  const { clock, storage, faults, type, what } = parts;
  const started = clock.monotonic();
  const ends = started + (options.timeoutSeconds ?? 1_800) * 1_000;
  const queue: WatchEvent<SimObject>[] = [...firstEvents(parts, options)];
  let wake: () => void = () => undefined;
  const unfollow = storage.follow((write) => {
    // As the real watch cache: a version from the future means silence until the server gets there.
    const expected = write.type === type && write.revision > Number(options.resourceVersion ?? 0);
    const event = expected ? eventOf(options, write) : undefined;
    if (event === undefined) return;
    queue.push(event);
    wake();
  });
  const life = AbortSignal.any([options.signal, parts.server]);
  let heard = started;
  let silent = false;
  try {
    for (;;) {
      options.signal.throwIfAborted();
      if (parts.server.aborted) throw new KubeError("unreachable", `${what}: other side closed`);
      const now = clock.monotonic();
      if (silent && now - heard >= (options.idleMs ?? 90_000))
        throw new KubeError("timeout", `${what}: the server fell silent`);
      if (!silent && now >= ends) return;
      if (!silent && now - heard >= bookmarkMs)
        queue.push({ kind: "bookmark", resourceVersion: String(storage.revision), initialEventsEnd: false });
      const next = silent ? undefined : queue.shift();
      if (next !== undefined) {
        const breakage = faults.breakage(what);
        if (breakage instanceof KubeError) throw breakage;
        silent = breakage === "silent";
        if (silent) continue;
        heard = now;
        yield next;
        continue;
      }
      const until = silent ? heard + (options.idleMs ?? 90_000) : Math.min(ends, heard + bookmarkMs);
      const woken = new Promise<void>((resolve) => (wake = resolve));
      await sleepOr(clock, Math.max(until - now, 1), silent ? new Promise<void>(() => undefined) : woken, life);
    }
  } finally {
    unfollow();
  }
}

function firstEvents({ storage, type }: SimWatchParts, options: WatchOptions): readonly WatchEvent<SimObject>[] {
  if (!options.sendInitialEvents)
    return storage
      .since(type, Number(options.resourceVersion ?? storage.revision))
      .flatMap((write) => eventOf(options, write) ?? []);
  const present = storage.all(type).filter((object) => selects(options, object));
  return [
    ...present.map((object): WatchEvent<SimObject> => ({ kind: "added", object: shown(options, object) })),
    { kind: "bookmark", resourceVersion: String(storage.revision), initialEventsEnd: true },
  ];
}

/** Resolves after `ms`, when `woken` does, or when `life` aborts. */
async function sleepOr(clock: Clock, ms: number, woken: Promise<void>, life: AbortSignal): Promise<void> {
  const stop = new AbortController();
  const onAbort = () => stop.abort();
  life.addEventListener("abort", onAbort, { once: true });
  if (life.aborted) stop.abort();
  const slept = clock.sleep(ms, stop.signal).catch(() => undefined);
  await Promise.race([slept, woken]);
  stop.abort();
  life.removeEventListener("abort", onAbort);
}

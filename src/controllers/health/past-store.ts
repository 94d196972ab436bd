// Keeps what is known of objects' pasts in the operator's namespace: written when something happened, taken up again after a restart.
import { configMaps, type ConfigMap } from "../../api/index.ts";
import type { Clock } from "../../kube/index.ts";
import {
  isWorthKeeping,
  type KeptPast,
  mergePasts,
  type News,
  type PastKeeper,
  pastIn,
  textOf,
} from "../../signals/index.ts";
import type { Informer, Logger } from "../../runtime/index.ts";
import { pastLabel, pastName, subjectAnnotation } from "./names.ts";

export interface PastStoreParts {
  /** Writes a ConfigMap. */
  readonly apply: (object: ConfigMap, signal: AbortSignal) => Promise<unknown>;
  readonly namespace: string;
  /** Of the ConfigMaps with `pastLabel`. */
  readonly cache: Pick<Informer<ConfigMap>, "get" | "subscribe">;
  readonly keeper: Pick<PastKeeper, "snapshot" | "restore" | "forget">;
  /** What stands in subjectAnnotation, of an object that this replica holds; undefined for any other. */
  readonly held: (uid: string) => string | undefined;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface PastStore {
  /** Something was learnt of the object: its past is written soon, if it is held by then and more is known than is kept. */
  note(uid: string, news: News): void;
  /** Takes up what is kept, now and whenever it changes: another replica may have written it. */
  follow(signal: AbortSignal): void;
  /** Writes what was noted until the signal aborts, then what must not be lost. */
  run(signal: AbortSignal): Promise<void>;
}

const field = "past.json";
/** Bytes of one past at most; an ordinary one has some hundred. */
const maxBytes = 16 * 1024;
/** What happens in a burst is written once. */
const happenedMs = 1_000;
/** Warnings come in many, and the API server has those of the last hour: they wait, and for long after a write. */
const warnedMs = 30_000;
const betweenWarningsMs = 600_000;
const retryMs = 30_000;
const tickMs = 1_000;
/** Time for the last writes at shutdown. */
const lastMs = 5_000;

/** Nothing is written before `run`. Times are those of the clock's monotonic side. */
export function createPastStore(parts: PastStoreParts): PastStore {
  const { namespace, cache, keeper, held, clock, log } = parts;
  const noted = new Map<string, { readonly news: News; readonly due: number }>();
  const written = new Map<string, number>();
  const unreadable = new Set<string>();
  let isFailing = false;

  const note: PastStore["note"] = (uid, news) => {
    const now = clock.monotonic();
    const quietUntil = (written.get(uid) ?? -Infinity) + betweenWarningsMs;
    const due = news === "happened" ? now + happenedMs : Math.max(now + warnedMs, quietUntil);
    const before = noted.get(uid);
    if (before === undefined || due < before.due) noted.set(uid, { news, due });
  };

  const keptOf = (uid: string): KeptPast | undefined => {
    const text = cache.get({ namespace, name: pastName(uid) })?.data?.[field];
    return text === undefined ? undefined : pastIn(text);
  };

  const write = async (uid: string, signal: AbortSignal): Promise<void> => {
    const subject = held(uid);
    const past = keeper.snapshot(uid);
    if (subject === undefined || past === undefined || !isWorthKeeping(past)) return;
    if (!tellsMore(past, keptOf(uid), clock.now())) return;
    const body = {
      apiVersion: "v1",
      kind: configMaps.kind,
      metadata: {
        name: pastName(uid),
        namespace,
        labels: { [pastLabel]: uid, "app.kubernetes.io/managed-by": "dharma" },
        annotations: { [subjectAnnotation]: subject },
      },
      data: { [field]: textOf(past, maxBytes) },
    };
    await parts.apply(body, signal);
    written.set(uid, clock.monotonic());
  };

  const writeDue = async (
    isDue: (entry: { news: News; due: number }) => boolean,
    signal: AbortSignal,
  ): Promise<void> => {
    for (const [uid, entry] of noted) {
      if (!isDue(entry)) continue;
      noted.delete(uid);
      try {
        // oxlint-disable-next-line no-await-in-loop -- one after the other: nobody waits for them, and the API server has others
        await write(uid, signal);
        isFailing = false;
      } catch (error) {
        noted.set(uid, { news: entry.news, due: clock.monotonic() + retryMs });
        if (signal.aborted) return;
        if (!isFailing) log.warn("an object's past can't be kept; tried again", { uid, error });
        isFailing = true;
      }
    }
  };

  const takeUp = (uid: string, text: string | undefined): void => {
    const kept = pastIn(text ?? "");
    if (kept !== undefined) {
      unreadable.delete(uid);
      keeper.restore(uid, kept, clock.now());
      // Somebody with an older memory may have written over more.
      const past = keeper.snapshot(uid);
      if (past !== undefined && held(uid) !== undefined && tellsMore(past, kept, clock.now())) note(uid, "warned");
    } else if (!unreadable.has(uid)) {
      unreadable.add(uid);
      log.warn("what was kept of an object's past can't be read: its past begins anew", { configMap: pastName(uid) });
    }
  };

  return {
    note,
    follow(signal) {
      cache.subscribe((change) => {
        const uid = (change.new ?? change.old).metadata.labels?.[pastLabel];
        if (uid === undefined) return;
        if (change.new !== undefined) return takeUp(uid, change.new.data?.[field]);
        unreadable.delete(uid);
        if (held(uid) === undefined) keeper.forget(uid);
      }, signal);
    },
    async run(signal) {
      while (!signal.aborted) {
        const now = clock.monotonic();
        // oxlint-disable-next-line no-await-in-loop -- one round after the other
        await writeDue(({ due }) => due <= now, signal);
        for (const [uid, at] of written) if (at + betweenWarningsMs < now) written.delete(uid);
        // oxlint-disable-next-line no-await-in-loop -- likewise
        await clock.sleep(tickMs, signal).catch((error: unknown) => {
          if (!signal.aborted) throw error;
        });
      }
      await writeDue(({ news }) => news === "happened", AbortSignal.timeout(lastMs));
    },
  };
}

/** Whether `past` has anything, within what is written, that `kept` has not. */
function tellsMore(past: KeptPast, kept: KeptPast | undefined, now: number): boolean {
  if (kept === undefined) return true;
  return textOf(mergePasts(kept, past, now), maxBytes) !== textOf(mergePasts(kept, kept, now), maxBytes);
}

// Gives the event loop its turn during long work, so that leases are renewed and probes answered meanwhile.
import { setImmediate } from "node:timers/promises";

import type { Clock } from "../kube/index.ts";

export interface Pace {
  /** True when this turn has lasted long enough; then await `breathe`. */
  due(): boolean;
  breathe(): Promise<void>;
}

/** Things worked on between two turns by `inTurns`. */
const chunk = 1_024;

/** Calls `work` with parts of `things`, in order; everybody else gets a turn before each. */
export async function inTurns<T>(things: Iterable<T>, work: (part: readonly T[]) => void): Promise<void> {
  let part: T[] = [];
  for (const thing of things) {
    part.push(thing);
    if (part.length < chunk) continue;
    // oxlint-disable-next-line no-await-in-loop -- that is what it is for
    await setImmediate();
    work(part);
    part = [];
  }
  if (part.length === 0) return;
  await setImmediate();
  work(part);
}

/** Never due: for virtual time, where turns of the real event loop would not come in a reproducible order. */
export const restless: Pace = { due: () => false, breathe: () => Promise.resolve() };

/** `budgetMs`: work longer than this is cut by a turn of the event loop. */
export function createPace(clock: Clock, budgetMs = 8): Pace {
  let began = clock.monotonic();
  return {
    due: () => clock.monotonic() - began > budgetMs,
    async breathe() {
      await setImmediate();
      began = clock.monotonic();
    },
  };
}

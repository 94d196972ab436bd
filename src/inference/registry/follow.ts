// Looking at a source again and again.
import type { Clock, Random } from "../../kube/index.ts";
import { backoffMs, jittered } from "../../runtime/index.ts";
import type { FoundModel, ModelSource } from "./source.ts";

export interface FollowOptions {
  readonly source: ModelSource;
  /** Takes what a look found; awaited before the next look. `again`: something could not be had for now. */
  readonly onLook: (found: readonly FoundModel[], signal: AbortSignal) => Promise<"done" | "again">;
  readonly onFailure: (error: unknown) => void;
  /** Resolves when another look is asked for. */
  readonly asked: (signal: AbortSignal) => Promise<void>;
  readonly clock: Clock;
  readonly random: Random;
}

/** Until the signal aborts, then resolves. A failure is tried again from 1 s on, doubling up to the interval. */
export async function followSource(options: FollowOptions, signal: AbortSignal): Promise<void> {
  const { source, clock, random } = options;
  let failures = 0;
  while (!signal.aborted) {
    // Before looking: what changes during a look is looked at again.
    const round = new AbortController();
    const until = AbortSignal.any([signal, round.signal]);
    const news = [options.asked(until), ...(source.changed === undefined ? [] : [source.changed(until)])];
    for (const each of news) each.catch(() => undefined); // raced below; the round's end rejects them
    try {
      const taken = await options.onLook(await source.look(signal), signal);
      failures = taken === "done" ? 0 : failures + 1;
    } catch (error) {
      if (signal.aborted) break;
      failures += 1;
      options.onFailure(error);
    }
    const waitMs =
      failures === 0
        ? source.intervalMs
        : Math.min(backoffMs({ baseMs: 1_000, maxMs: 60_000 }, failures), Math.max(source.intervalMs, 1_000));
    const slept = clock.sleep(jittered(waitMs, 0.2, random), until);
    await Promise.race([slept, ...news]).catch(() => undefined);
    slept.catch(() => undefined);
    round.abort(new Error("the round is over"));
  }
}

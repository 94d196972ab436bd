// Restarts of a Pod's containers, from its status as it was seen over time. Pure.
import { recentTimes } from "./recent-times.ts";

/** The part of a Pod's status.containerStatuses that tells of restarts. */
export interface ContainerRestarts {
  readonly name: string;
  readonly restartCount: number;
  readonly lastState?: { readonly terminated?: { readonly finishedAt?: string } };
}

/** What is remembered of the Pods of one object, and of one of them. */
export interface RestartHistory {
  /** Of all of them, oldest first: of the last 7 days, 256 at most. */
  readonly times: readonly number[];
  /** Restarts of the Pod by container when last seen; none for one that was not seen yet. */
  readonly counts: Readonly<Record<string, number>>;
}

const week = 7 * 86_400_000;

/**
 * The history after the statuses of a Pod were seen. Each restart since the last look counts; when it happened is known of the newest only, so the
 * others of one look stand a millisecond apart before it. Restarts from before the first look are known by the newest alone. `earlierMs` of a
 * container, below 1,000, keeps apart what Pods did within one second, which is as exact as they say it.
 */
export function restartHistory(
  before: RestartHistory | undefined,
  containers: readonly ContainerRestarts[],
  now: number,
  earlierMs: (container: string) => number = () => 0,
): RestartHistory {
  const times = [...(before?.times ?? [])];
  for (const { name, restartCount, lastState } of containers) {
    const seen = before?.counts[name];
    const more = seen === undefined ? Math.min(1, restartCount) : Math.min(restartCount - seen, 64);
    const said = Date.parse(lastState?.terminated?.finishedAt ?? "");
    if (seen === undefined && Number.isNaN(said)) continue;
    const newest = Number.isNaN(said) ? now : Math.min(said, now);
    const time = newest - earlierMs(name);
    for (let back = 0; back < more; back += 1) times.push(time - back);
  }
  const counts = Object.fromEntries(containers.map(({ name, restartCount }) => [name, restartCount]));
  return { times: recentTimes(times, now, week), counts };
}

// The baseline of drift rate: drift found in the last 30 days, as a constant rate.
import type { Random } from "../kube/clock.ts";
import type { DriftHistory, DriftRate } from "./drift-rate.ts";

const DAY = 86_400_000;
const MINUTE = 60_000;
/** What is older says little about tomorrow. */
const WINDOW_DAYS = 30;
/** Either way. */
const JITTER = 0.1;

/**
 * driftPercent = round(100 x (1 - e^(-n / d))): n times drift was found in the last 30 days, d days of them in which it was
 * looked for (1 at least, so that one find on the first day is no certainty). It is the chance of at least one drift
 * within a day if drift comes at a constant rate (a Poisson process); no checks yet: undefined.
 */
export function driftPercent(history: DriftHistory, now: number): number | undefined {
  const { firstCheckTime } = history;
  if (firstCheckTime === undefined) return undefined;
  const from = Math.max(now - WINDOW_DAYS * DAY, Math.min(firstCheckTime, now));
  const days = Math.max(1, (now - from) / DAY);
  const found = history.driftTimes.filter((time) => time >= from && time <= now).length;
  return Math.round(100 * (1 - Math.exp(-found / days)));
}

/** The 30-day change count. `random` spreads the checks. */
export function changeCountDriftRate({ random }: { readonly random: Random }): DriftRate {
  return {
    driftPercent,
    nextCheckMs: (intervalMs) => Math.max(MINUTE, Math.round(intervalMs * (1 - JITTER + 2 * JITTER * random()))),
  };
}
